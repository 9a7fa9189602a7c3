"""What reads needs nothing to write: verbs that look work on another user's files, read-only disks and full ones."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines.alerts.policy import AlertPolicy
from pipelines.record import record
from pipelines.store.database import open_store
from tests.store.making import FOREST, NOW, article, match, page, reading

LOOKS = (["status"], ["stories"], ["show", "1"], ["search", "딥시크"], ["export"], ["alerts", "list"], ["alerts", "show", "1"],
         ["sources", "list"], ["db", "stats"], ["topics", "explain", "china-ai", "1"])
SCRIPT = f"""
import json
from click.testing import CliRunner
from crawler.cli.main import sosik
told = [CliRunner().invoke(sosik, each) for each in {LOOKS}]
print(json.dumps([(each.exit_code, each.stdout, each.stderr, str(each.exception or "")) for each in told]))
"""
PR_CAPBSET_DROP = 24  # linux/prctl.h
CAPABILITIES = (1, 2, 3)  # those by which root passes over rights: DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER


def as_anyone() -> None:
    if os.geteuid() == 0:
        for each in CAPABILITIES:
            ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, each)


def on_a_full_disk() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the verbs said in a process that is kept from writing."""

    failed: dict[str, str]  # verb → why
    warned: dict[str, str]  # verb → what it said on standard error
    exported: int


def looks(folder: Path, where: Callable[[], None]) -> Told:
    done = subprocess.run(
        [sys.executable, "-B", "-c", SCRIPT], cwd=folder, capture_output=True, text=True, timeout=100, preexec_fn=where,
        env={"PYTHONPATH": str(Path.cwd()), "PATH": "/usr/bin:/bin", "HOME": str(folder)}, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    told = dict(zip(map(" ".join, LOOKS), json.loads(done.stdout), strict=True))
    return Told(
        failed={verb: f"{out}{err}{trouble}" for verb, (status, out, err, trouble) in told.items() if status},
        warned={verb: err for verb, (_, _, err, _) in told.items() if err}, exported=told["export"][1].count("\n"),
    )  # fmt: skip


@pytest.fixture
def left(tmp_path: Path) -> Iterator[Path]:
    """A folder as a killed process leaves it: one article in the database, another in its log."""
    folder = tmp_path / "left"
    folder.mkdir()
    (folder / "sosik.toml").write_text('[sosik]\ndata_dir = "."\nlanguage = "en"\n', encoding="utf-8")
    with open_store(tmp_path / "sosik.db") as store:
        record(store, reading(matches=[match()]), now=NOW, policy=AlertPolicy())
        store.checkpoint()
        record(store, reading(article("대설에 탐방로 통제", FOREST), page("b")), now=NOW, policy=AlertPolicy())
        for name in ("sosik.db", "sosik.db-wal"):
            shutil.copy(tmp_path / name, folder)
    yield folder
    folder.chmod(0o755)


def forbid(folder: Path) -> None:
    for each in folder.iterdir():
        each.chmod(0o444)
    folder.chmod(0o555)


def test_files_that_may_not_be_written_are_read(left: Path) -> None:
    open_store(left / "sosik.db").close()  # its log is in the file now
    forbid(left)
    assert looks(left, as_anyone) == Told(failed={}, warned={}, exported=2)


def test_what_is_read_without_its_log_says_so(left: Path) -> None:
    forbid(left)
    told = looks(left, as_anyone)
    assert (told.failed, told.exported, len(told.warned)) == ({}, 1, len(LOOKS))
    assert all("what was stored last may be missing" in each for each in told.warned.values())


def test_on_a_full_disk_all_is_read_the_log_too(left: Path) -> None:
    assert looks(left, on_a_full_disk) == Told(failed={}, warned={}, exported=2)


def test_a_daemon_on_a_full_disk_names_the_file_that_it_could_not_write(left: Path) -> None:
    with (left / "sosik.toml").open("a", encoding="utf-8") as settings:
        settings.write("shipped_sources = false\n")
    done = subprocess.run(
        [sys.executable, "-B", "-m", "crawler", "--config", str(left / "sosik.toml"), "daemon"], check=False,
        capture_output=True, text=True, timeout=60, preexec_fn=on_a_full_disk,
    )  # fmt: skip
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith(f"sosik: {left / 'sosik.db-daemon.lock'}: ")


def test_files_of_an_earlier_version_are_not_read_half(left: Path) -> None:
    (left / "sosik.db-wal").unlink()
    with closing(sqlite3.connect(left / "sosik.db")) as connection, connection:
        connection.execute("DELETE FROM _sqlite_migrations WHERE name <> 'm001_first'")
    forbid(left)
    failed = looks(left, as_anyone).failed
    assert [verb for verb, why in failed.items() if "is of an earlier version" in why] == [" ".join(verb) for verb in LOOKS]


def test_what_writes_is_refused_in_one_line(left: Path) -> None:
    forbid(left)
    done = subprocess.run(
        [sys.executable, "-B", "-m", "crawler", "--config", str(left / "sosik.toml"), "alerts", "mute", "1"], check=False,
        capture_output=True, text=True, timeout=60, preexec_fn=as_anyone,
    )  # fmt: skip
    assert (done.returncode, done.stderr.count("\n"), "cannot be opened or written" in done.stderr) == (1, 1, True)
