"""Copies of the database that are known to be good, and putting one back."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from pipelines.disk import private_folder
from pipelines.errors import DiskFull, StoreBusy, StoreDamaged, StoreError, StoreForeign, UserError
from pipelines.store.beats import BACKUP, beat
from pipelines.store.database import Store, alone, explained_files, is_behind, open_store, primary_code
from pipelines.store.files import backup_path, backups_of, complaints, newest_sound_backup, partial, read_only, stamp
from pipelines.store.room import FREE_BYTES_MIN, free_bytes
from pipelines.store.schema import APPLICATION_ID

KEPT = 7  # backups in the backup folder; older ones go. A week of daily ones
ABANDONED_AFTER = timedelta(hours=1)  # no backup is being written for so long; chosen by hand
SIDE_FILES = ("-wal", "-shm", "-journal")


def back_up(store: Store, *, now: datetime, to: Path | None = None, keep: int = KEPT) -> Path:
    """A checked copy; its path. Others may write meanwhile. Without `to` it goes to the folder `backups` beside the database,
    where only the newest `keep` stay, and fewer when there is no room else. Raises DiskFull before it would leave none. The beat
    BACKUP, which says why there was none, is empty then."""
    target = to or backup_path(store.path, now)
    with explained_files(target):
        private_folder(target.parent)
        if target.exists():
            raise StoreError(f"{target} is there already; nothing was overwritten. Name another file.")
        made = partial(target)
        for left_over in (made, *(_abandoned(target.parent, now) if to is None else ())):
            left_over.unlink(missing_ok=True)
        _make_room(store, target.parent, backups_of(store.path) if to is None else [])
        os.close(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            store.db.conn.execute("VACUUM INTO ?", (str(made),))
            if found := complaints(made, thorough=True):
                raise StoreDamaged(f"{store.path}: the backup is not good ({found[0]}). Check the database: sosik db check")
            _settle(made, target)
        finally:
            made.unlink(missing_ok=True)
    if to is None:
        for old in backups_of(store.path)[keep:]:
            old.unlink()
    beat(store, BACKUP, "", now)
    return target


def _make_room(store: Store, folder: Path, backups: list[Path]) -> None:
    """Drop backups, the oldest first and never the newest good one, until a copy fits; none when that would not do."""
    needed = store.query(
        "SELECT page_size * (page_count - freelist_count) FROM pragma_page_size, pragma_page_count, pragma_freelist_count"
    ).fetchone()[0] + FREE_BYTES_MIN
    if free_bytes(folder) >= needed:
        return
    kept = newest_sound_backup(store.path)
    old = [each for each in reversed(backups) if each != kept]
    while old and free_bytes(folder) < needed <= free_bytes(folder) + sum(each.stat().st_size for each in old):
        old.pop(0).unlink()
    if (free := free_bytes(folder)) < needed:
        raise DiskFull(f"{folder}: a backup needs {needed / 10**9:.1f} GB and {free / 10**9:.1f} GB are free; none was made."
                       " Free some space, or name a file on another disk: sosik db backup FILE")


def _abandoned(folder: Path, now: datetime) -> tuple[Path, ...]:
    """What a backup left behind that was killed: it may be as large as the database."""
    return tuple(path for path in folder.glob("*.partial") if path.stat().st_mtime < (now - ABANDONED_AFTER).timestamp())


def restore(path: Path, backup: Path, *, now: datetime) -> Path | None:
    """Put a backup in the database's place. What stood there is moved aside, never deleted; its new name, None without one."""
    refuse_unfit(backup)
    with explained_files(path):
        private_folder(path.parent)
        if (free := free_bytes(path.parent)) < (needed := backup.stat().st_size):
            raise DiskFull(f"{path}: {needed / 10**9:.1f} GB are needed and {free / 10**9:.1f} GB are free; nothing was changed."
                           " What stood there stays beside it: free some space first.")
        made = partial(path)
        _drop(made)
        try:
            os.close(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            with closing(read_only(backup)) as old, closing(sqlite3.connect(made)) as new:
                old.backup(new)  # with what is in its write-ahead log
            open_store(made).close()  # an older backup is brought up to date
            if not path.exists():
                _settle(made, path)
                return None
            with _held(path):
                aside = _move_aside(path, now)
                _settle(made, path)
                return aside
        finally:
            _drop(made)


def _drop(made: Path) -> None:
    for name in ("", *SIDE_FILES):
        Path(f"{made}{name}").unlink(missing_ok=True)


def refuse_unfit(backup: Path) -> None:
    """Raise UserError or StoreError unless the file is a sound database of ours."""
    if not backup.is_file():
        raise UserError(f"{backup}: there is no such file. `sosik db stats` lists the backups.")
    if found := complaints(backup, thorough=True):
        raise StoreDamaged(f"{backup} is damaged ({found[0]}); nothing was changed. Choose another: `sosik db stats` lists them.")
    with closing(read_only(backup)) as connection:
        if connection.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
            raise StoreForeign(f"{backup} is not a sosik database; nothing was changed.")
        is_behind(backup, Database(connection))


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Inside, no one else can begin to use the database. Empties the write-ahead log of a sound one. Raises StoreBusy while
    another program has it open."""
    with closing(alone(path, busy_timeout_s=1)) as connection:
        try:
            connection.execute("PRAGMA journal_mode = DELETE")  # granted to the only user of a file (sqlite.org/wal.html)
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:  # else it is damaged: that is why a backup is put back
            if primary_code(error) == sqlite3.SQLITE_BUSY:
                raise StoreBusy(f"{path} is in use; nothing was changed. Stop the daemon and other sosik commands.") from error
        yield


def _move_aside(path: Path, now: datetime) -> Path:
    """The write-ahead log goes first: left alone, it would be read into the restored file. The file itself gets a second name, so
    that no one finds its place empty and makes a new one there."""
    aside = path.with_name(f"{path.stem}-replaced-{stamp(now)}{path.suffix}")
    if aside.exists():
        raise StoreError(f"{aside} is there already, from another restore in this second; nothing was changed. Try again.")
    for side in SIDE_FILES:
        with suppress(FileNotFoundError):
            Path(f"{path}{side}").rename(f"{aside}{side}")
    try:
        os.link(path, aside)
    except OSError:  # a file system without hard links
        path.rename(aside)
    return aside


def _settle(made: Path, target: Path) -> None:
    """Rename a finished file into its place so that it is there, whole, after a power cut."""
    _sync(made)
    made.rename(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
