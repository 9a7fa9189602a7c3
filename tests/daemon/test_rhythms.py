"""When a source is due: by its interval, its cron, its hours."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from crawler.plan import load_plan
from pipelines.clock import KST, stored
from pipelines.errors import UserError
from pipelines.rhythm import CRON_SPREAD_S, RESUMED_AFTER, Rhythm, Run, is_open
from pipelines.store.database import open_store
from pipelines.store.polls import begin_run, due_sources, end_run
from tests.daemon.beside import settings

MIDNIGHT = datetime(2026, 11, 22, 0, 0, tzinfo=KST)


def starts(path: Path, rhythm: Rhythm, days: int = 1) -> list[datetime]:
    """When a daemon that looks every 10 seconds crawls the source, from midnight on; it was crawled a second before."""
    found = []
    with open_store(path / "sosik.db") as store:
        begin_run(store, rhythm.source, MIDNIGHT - timedelta(seconds=1))
        for tick in range(days * 24 * 360):
            now = MIDNIGHT + timedelta(seconds=10 * tick)
            if due_sources(store, [rhythm], now):
                begin_run(store, rhythm.source, now)
                found.append(now)
    return found


@pytest.mark.parametrize("interval_s", [600, 0])
def test_sources_share_crawls_and_none_is_ever_late_or_asked_much_too_early(tmp_path: Path, interval_s: int) -> None:
    rhythms = [Rhythm(source=f"source{n}", interval_s=interval_s) for n in range(54)]
    starts: dict[str, list[datetime]] = {rhythm.source: [] for rhythm in rhythms}
    crawls = 0
    with open_store(tmp_path / "sosik.db") as store:
        store.db.execute("PRAGMA synchronous = OFF")
        for tick in range(2 * 360):
            now = MIDNIGHT + timedelta(seconds=10 * tick)
            due = due_sources(store, rhythms, now, jitter=0.1)
            crawls += bool(due)
            for source in due:
                starts[source].append(now)
                begin_run(store, source, now)
                store.db.execute(  # as the end of a crawl of an adaptive source does
                    "UPDATE source_run SET next_due_at = ? WHERE source = ?", [stored(now + timedelta(minutes=10)), source])
    assert {times[0] for times in starts.values()} == {MIDNIGHT}, "the first crawl is one: nobody waits for it"
    assert crawls < 2 * 6 * 3, "each alone would be 54 times 12"
    gaps = [(later - earlier).total_seconds() for times in starts.values() for earlier, later in pairwise(times)]
    assert min(gaps) >= 480
    assert max(gaps) <= 600


def test_sources_out_of_step_share_crawls_too(tmp_path: Path) -> None:
    rhythms = [Rhythm(source=f"source{n}", interval_s=600) for n in range(54)]
    crawls = 0
    with open_store(tmp_path / "sosik.db") as store:
        store.db.execute("PRAGMA synchronous = OFF")
        for n, rhythm in enumerate(rhythms):
            begin_run(store, rhythm.source, MIDNIGHT - timedelta(seconds=11 * n))
        for tick in range(2 * 360):
            now = MIDNIGHT + timedelta(seconds=10 * tick)
            due = due_sources(store, rhythms, now, jitter=0.1)
            crawls += bool(due)
            for source in due:
                begin_run(store, source, now)
    assert crawls < 2 * 6 * 5


def test_without_jitter_each_comes_at_its_own_time(tmp_path: Path) -> None:
    rhythms = [Rhythm(source="alpha", interval_s=600), Rhythm(source="beta", interval_s=600)]
    with open_store(tmp_path / "sosik.db") as store:
        begin_run(store, "alpha", MIDNIGHT)
        begin_run(store, "beta", MIDNIGHT + timedelta(seconds=1))
        assert due_sources(store, rhythms, MIDNIGHT + timedelta(seconds=600)) == ("alpha",)
        assert set(due_sources(store, rhythms, MIDNIGHT + timedelta(seconds=600), jitter=0.1)) == {"alpha", "beta"}


def test_cron_times_are_korean_and_each_comes_once(tmp_path: Path) -> None:
    found = starts(tmp_path, Rhythm(source="alpha", cron="0 7,12,18 * * *"))
    assert [at.hour for at in found] == [7, 12, 18]
    assert all(at.minute * 60 + at.second < CRON_SPREAD_S + 10 for at in found)


def test_sources_with_the_same_cron_do_not_begin_at_the_same_second(tmp_path: Path) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        rhythms = [Rhythm(source=f"source{n}", cron="0 * * * *") for n in range(50)]
        for rhythm in rhythms:
            begin_run(store, rhythm.source, MIDNIGHT - timedelta(minutes=1))
        early = len(due_sources(store, rhythms, MIDNIGHT + timedelta(seconds=20)))
        assert 5 < early < 45
        assert len(due_sources(store, rhythms, MIDNIGHT + timedelta(seconds=CRON_SPREAD_S))) == 50


def test_a_cron_time_missed_while_the_machine_slept_is_made_up_once(tmp_path: Path) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        rhythm = Rhythm(source="alpha", cron="*/10 * * * *")
        begin_run(store, "alpha", MIDNIGHT)
        now = MIDNIGHT + timedelta(hours=9, minutes=5)
        assert due_sources(store, [rhythm], now) == ("alpha",)
        begin_run(store, "alpha", now)
        assert due_sources(store, [rhythm], now + timedelta(minutes=1)) == ()


def test_an_interval_rests_outside_the_hours(tmp_path: Path) -> None:
    found = starts(tmp_path, Rhythm(source="alpha", interval_s=3600, hours=(time(6), time(23))))
    assert found[0] == MIDNIGHT.replace(hour=6)
    assert {at.hour for at in found} == set(range(6, 23))


def test_hours_may_reach_over_midnight() -> None:
    hours = (time(22), time(7))
    assert [hour for hour in range(24) if is_open(hours, MIDNIGHT.replace(hour=hour).astimezone(UTC))] == [*range(7), 22, 23]


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ('cron = "7 o\'clock"', "as in crontab"),
        ('cron = "0 7 30 2 *"', "the month must be *"),
        ('hours = "late"', "hours"),
        ('cron = "0 7 * * *"\ninterval_min = 5', "both cron and interval_min"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, keys: str, told: str) -> None:
    path = settings(tmp_path)
    block = '[[source]]\nname = "omega"\ntitle = "o"\nhosts = ["o.invalid"]\nfeeds = ["https://o.invalid/rss"]\n'
    (tmp_path / "sources.toml").write_text(f"{block}{keys}\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"sources\.toml:\d+") as caught:
        load_plan(path)
    assert told in str(caught.value)


@pytest.mark.parametrize("rhythm", [
    Rhythm(source="alpha", interval_s=600), Rhythm(source="alpha"), Rhythm(source="alpha", cron="0 7 * * *"),
])  # fmt: skip
def test_a_crawl_that_was_killed_is_resumed_soon_and_one_that_runs_is_left_alone(tmp_path: Path, rhythm: Rhythm) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        script = f"""
import sys
from datetime import datetime
from pathlib import Path
from pipelines.store.database import open_store
from pipelines.store.polls import begin_run
begin_run(open_store(Path({str(store.path)!r})), "alpha", datetime.fromisoformat({MIDNIGHT.isoformat()!r}))
print("begun", flush=True)
sys.stdin.read()
"""
        with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as crawl:
            assert crawl.stdout
            assert crawl.stdout.readline() == "begun\n"
            soon = MIDNIGHT + RESUMED_AFTER
            assert due_sources(store, [rhythm], soon) == (), "another process is at it"
            crawl.kill()
        assert due_sources(store, [rhythm], soon - timedelta(seconds=1)) == ()
        assert due_sources(store, [rhythm], soon) == ("alpha",)
        end_run(store, "alpha", Run(), began=MIDNIGHT, now=soon)
        assert due_sources(store, [rhythm], soon + timedelta(seconds=1)) == (), "it came to its end"
