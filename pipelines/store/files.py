"""The database as files: where its backups lie, and whether a file is sound. Opens files read-only, never writes."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from urllib.parse import quote

BACKUPS = "backups"  # a folder beside the database
STAMP, STAMP_PATTERN = "%Y%m%dT%H%M%SZ", r"\d{8}T\d{6}Z"


def stamp(moment: datetime) -> str:
    """The moment as it stands in the names of files."""
    return moment.astimezone(UTC).strftime(STAMP)


def backup_path(path: Path, made_at: datetime) -> Path:
    """Where a backup of this database goes. Those of one second are numbered, also while one of them is being written."""
    named = path.parent / BACKUPS / f"{_name(path)}-{stamp(made_at)}"
    paths = (Path(f"{named}{number}.db") for number in chain([""], (f"-{each}" for each in count(2))))
    return next(each for each in paths if not each.exists() and not partial(each).exists())


def partial(target: Path) -> Path:
    """The file's name while it is being written."""
    return target.with_name(f"{target.name}.partial")


def backups_of(path: Path) -> list[Path]:
    """Backups of this database and of no other in its folder, the newest first: their names hold the time they were made."""
    ours = re.compile(rf"{re.escape(_name(path))}-({STAMP_PATTERN})(?:-(\d+))?\.db")
    found = {each: name for each in (path.parent / BACKUPS).glob("*.db") if (name := ours.fullmatch(each.name))}
    return sorted(found, key=lambda each: (found[each][1], int(found[each][2] or 1)), reverse=True)


def _name(path: Path) -> str:
    """What tells databases of one folder apart: sosik.db and sosik.sqlite are two."""
    return path.name.removesuffix(".db")


def newest_sound_backup(path: Path) -> Path | None:
    return next((backup for backup in backups_of(path) if not complaints(backup)), None)


def complaints(path: Path, *, thorough: bool = False) -> tuple[str, ...]:
    """What SQLite finds wrong with a file, empty when it is sound. `thorough` also compares indexes with tables."""
    check = "integrity_check" if thorough else "quick_check"
    try:
        with closing(read_only(path)) as connection:
            found = [str(line) for (line,) in connection.execute(f"PRAGMA {check}(20)")]
            if thorough:
                found += [f"{table} row {row} points to a missing {parent}"
                          for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check").fetchmany(20)]
    except sqlite3.DatabaseError as error:
        return (str(error),)
    return tuple(line for line in found if line != "ok")


def read_only(path: Path, *, with_log: bool = True) -> sqlite3.Connection:
    """Without its log the file can be read where nothing at all may be written; no one may be writing it then."""
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro{'' if with_log else '&immutable=1'}", uri=True)
