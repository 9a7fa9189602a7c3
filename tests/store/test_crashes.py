"""kill -9, power cuts, a full disk and a held lock, as scripts that the suite runs in the small.

By hand, in the large: `python -m tests.store.kills --kills 200`, `python -m tests.store.cuts --cuts 500`.
"""

from __future__ import annotations

import random
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.errors import DiskFull
from pipelines.record import record
from pipelines.store.database import open_store
from pipelines.store.upkeep import check
from tests.store import cuts, kills
from tests.store.making import NOW, POLICY


def test_25_kills_lose_nothing_and_double_nothing() -> None:
    command = [sys.executable, "-m", "tests.store.kills", "--kills", "26", "--seed", str(random.randrange(10**6))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    assert "0 lost, 0 twice, 0 half, 0 alerts lost" in done.stdout


def test_40_cuts_of_the_log_leave_the_first_articles_whole(tmp_path: Path) -> None:
    least, most = cuts.storm(tmp_path, 40, random.randrange(10**6))
    assert 0 <= least < most <= cuts.ARTICLES


@pytest.mark.parametrize("damage", [
    "DELETE FROM raw_page WHERE rowid = 2", "DELETE FROM match", "UPDATE address SET state = 'pending'",
    "DELETE FROM probe WHERE article_id = 1", "DELETE FROM delivery",
])
def test_the_scripts_notice_what_is_half_done(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "sosik.db"
    with open_store(path) as store:
        for number in range(4):
            record(store, kills.numbered(number), now=NOW, policy=POLICY)
    assert kills.complaints(path, {0, 1, 2, 3}) == []
    assert kills.complaints(path, {0, 1, 2, 3, 4}) == ["1 lost"]
    with open_store(path) as store:
        store.db.execute(damage)
    assert kills.complaints(path, {0, 1, 2, 3}) != []


def fill_the_disk(path: str) -> None:
    """In a process of its own: files may grow to 3 MB, as on a small disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, resource.RLIM_INFINITY))
    with open_store(Path(path)) as store:
        number = 0
        try:
            while True:
                record(store, kills.numbered(number), now=NOW, policy=POLICY)
                number += 1
        except DiskFull:
            print(number)


def test_a_disk_that_fills_up_loses_nothing_and_work_goes_on_when_there_is_room(tmp_path: Path) -> None:
    path = tmp_path / "sosik.db"
    command = [sys.executable, "-c", f"from tests.store.test_crashes import fill_the_disk; fill_the_disk({str(path)!r})"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    recorded = int(done.stdout)
    assert recorded > 20
    assert kills.complaints(path, set(range(recorded))) == []
    with open_store(path) as store:
        record(store, kills.numbered(recorded), now=NOW, policy=POLICY)
        assert check(store) == ()
