"""What the daemon decides in moments that are rare: crashes, full disks, clocks that leap, files that are wrong."""

from __future__ import annotations

import asyncio
import io
import os
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler

import crawler.daemon
from crawler.child import run_child
from crawler.cli.status import complaints
from crawler.crawl_job import unpacked
from crawler.crawls import Crawls
from crawler.daemon import Daemon, Every
from crawler.jobs import Jobs
from crawler.metrics import exposition
from pipelines.clock import now
from pipelines.errors import UserError
from pipelines.record import record
from pipelines.rhythm import Rhythm
from pipelines.store import backup
from pipelines.store.beats import GAP, beat_daemon
from pipelines.store.database import open_store
from pipelines.store.polls import begin_run, due_sources
from pipelines.wording import Wording, texts
from tests.daemon.beside import Launches, Maker, beating, settings, ticks
from tests.store.making import POLICY, reading

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
STUBBORN = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
time.sleep(99)
"""


@pytest.mark.slow
def test_told_to_stop_it_ends_in_time_though_a_crawl_will_not_and_the_database_is_held(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    crawl = partial(run_child, command=[sys.executable, "-c", STUBBORN, str(begun)])
    daemon = Daemon(config_path=settings(tmp_path, "[daemon]\ntick_s = 0.2\n"), crawls=Crawls(run=crawl))

    async def look() -> float:
        running = asyncio.create_task(daemon.run())
        async with asyncio.timeout(60):
            while not begun.exists():
                await asyncio.sleep(0.05)
        with closing(sqlite3.connect(tmp_path / "sosik.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(1)  # some jobs wait for the database now
            told = time.monotonic()
            daemon.stop.set()
            await running
            other.execute("ROLLBACK")
        return time.monotonic() - told

    assert asyncio.run(look()) < 15


# ------------------------------------------------------------------ files

def test_a_broken_file_keeps_the_old_plan_for_crawls_too_and_is_told_once(
    make: Maker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    crawls = Launches()
    daemon = make(crawls)
    sources = tmp_path / "sources.toml"
    good = sources.read_text(encoding="utf-8")
    changed(sources, good.replace("feeds", "feed"))
    for _ in range(3):
        asyncio.run(daemon.reload_if_changed())
    assert caplog.text.count("reload=refused kept=old") == 1
    assert "sources.toml:5" in caplog.text
    ticks(daemon)
    assert len(unpacked(io.BytesIO(crawls.started[0])).catalogue.enabled) == 3
    changed(sources, good + good.replace("alpha", "delta").split("\n\n")[0])
    asyncio.run(daemon.reload_if_changed())
    assert len(daemon.plan.catalogue.enabled) == 4


def test_a_fault_mended_in_a_file_that_the_old_plan_does_not_know_is_noticed(make: Maker, tmp_path: Path) -> None:
    daemon = make(Launches())
    own = tmp_path / "more.toml"
    own.write_text("[[source]]\nnam = 1\n", encoding="utf-8")
    changed(tmp_path / "sosik.toml", (tmp_path / "sosik.toml").read_text(encoding="utf-8").replace("sources.toml", "more.toml"))
    asyncio.run(daemon.reload_if_changed())
    assert daemon.refusal
    own.write_text((tmp_path / "sources.toml").read_text(encoding="utf-8").replace("alpha", "omega"), encoding="utf-8")
    asyncio.run(daemon.reload_if_changed())
    assert not daemon.refusal
    assert "omega" in daemon.plan.catalogue.by_name


def test_word_lists_beside_a_topic_are_taken_over_too(make: Maker, tmp_path: Path) -> None:
    daemon = make(Launches())
    (tmp_path / "chips.toml").write_text('name = "chips"\nquery = "@makers"\n', encoding="utf-8")
    changed(tmp_path / "sosik.toml", (tmp_path / "sosik.toml").read_text(encoding="utf-8")
            .replace("[sosik]", '[sosik]\ntopics = ["chips.toml"]'))
    asyncio.run(daemon.reload_if_changed())
    assert "@makers" in daemon.refusal
    (tmp_path / "sets.toml").touch()
    for words in ('"화웨이"', '"화웨이", "캠브리콘"'):
        changed(tmp_path / "sets.toml", f"[sets]\nmakers = [{words}]\n")
        assert daemon.refusal or daemon.plan.has_changed
        asyncio.run(daemon.reload_if_changed())
        assert not daemon.refusal
        assert not daemon.plan.has_changed


def test_the_database_does_not_move_under_a_running_daemon(make: Maker, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    daemon = make(Launches())
    path = tmp_path / "sosik.toml"
    changed(path, path.read_text(encoding="utf-8").replace('data_dir = "."', 'data_dir = "elsewhere"'))
    daemon.reload()
    assert "cannot change while the daemon runs" in caplog.text
    assert daemon.plan.config.sosik.data_dir == tmp_path


def test_a_new_tick_holds_from_the_reload_on(make: Maker, tmp_path: Path) -> None:
    daemon = make(Launches(end=lambda: None), "[daemon]\ntick_s = 3600\n")

    async def look() -> None:
        daemon.scheduler = daemon._schedule()
        changed(tmp_path / "sosik.toml", (tmp_path / "sosik.toml").read_text(encoding="utf-8").replace("3600", "7"))
        daemon.reload()
        for name in ("crawl", "send", "files"):
            job = daemon.scheduler.get_job(name)
            assert job.trigger.interval == timedelta(seconds=7)
            assert job.next_run_time <= now() + timedelta(seconds=8), "the hour it was to wait is over"
        daemon.scheduler.shutdown(wait=False)
        for task in daemon.crawls.running:
            task.cancel()

    asyncio.run(look())


def test_the_metrics_port_follows_the_settings(make: Maker, tmp_path: Path) -> None:
    first, second = free_port(), free_port()
    daemon = make(Launches(), f"[daemon]\nmetrics_port = {first}\n")

    async def is_served(port: int) -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            return False
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        told = await reader.read()
        writer.close()
        return b"sosik_articles 0" in told

    async def look() -> None:
        path = tmp_path / "sosik.toml"
        for old, new in ((first, second), (second, 0)):
            await daemon.measure()
            assert await is_served(old)
            changed(path, path.read_text(encoding="utf-8").replace(f"port = {old}", f"port = {new}"))
            daemon.reload()
            await daemon.measure()
            assert not await is_served(old)
        assert daemon.metrics_server is None

    asyncio.run(look())


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_a_log_file_that_cannot_be_written_is_a_bad_setting(
    make: Maker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    daemon = make(Launches())
    (tmp_path / "taken").write_text("a file, no folder", encoding="utf-8")
    path = tmp_path / "sosik.toml"
    changed(path, path.read_text(encoding="utf-8") + '[daemon]\nlog_file = "taken/sosik.log"\n')
    daemon.reload()
    assert "reload=refused kept=old why=daemon.log_file: " in caplog.text
    assert daemon.plan.config.daemon.log_file == ""


def test_what_a_reload_refused_needs_a_look_until_it_is_mended(make: Maker, tmp_path: Path) -> None:
    daemon = make(Launches())
    beating(daemon, daemon.store)
    path = tmp_path / "sosik.toml"
    good = path.read_text(encoding="utf-8")
    changed(path, good + "[daemon]\ntick = 3\n")
    daemon.reload()
    (line,) = complaints(daemon.store, Wording("en"), now())
    assert "the old settings are still in use" in line
    assert "sosik.toml:" in line
    changed(path, good)
    asyncio.run(daemon.reload_if_changed())
    assert list(complaints(daemon.store, Wording("en"), now())) == []


def changed(path: Path, text: str) -> None:
    before = path.stat().st_mtime
    path.write_text(text, encoding="utf-8")
    os.utime(path, (before + 10, before + 10))  # two writes within one tick of the file system's clock


# ------------------------------------------------------------------ clocks

STEPS = [timedelta(hours=1), timedelta(days=1), timedelta(days=3650)]


@pytest.mark.parametrize("step", [*STEPS, *(-step for step in STEPS)])
def test_a_clock_that_leaps_leaves_no_source_behind_and_crawls_none_twice(tmp_path: Path, step: timedelta) -> None:
    rhythms = [Rhythm(source="adaptive"), Rhythm(source="fixed", interval_s=600)]
    with open_store(tmp_path / "sosik.db") as store:
        for rhythm in rhythms:
            begin_run(store, rhythm.source, NOW)
        assert due_sources(store, rhythms, NOW + timedelta(seconds=5)) == ()
        began, starts = NOW + step, []
        for minute in range(121):
            now = began + timedelta(minutes=minute)
            for source in due_sources(store, rhythms, now):
                starts.append(source)
                begin_run(store, source, now)
                with store.transaction() as connection:  # as the end of a crawl does
                    due = f"{now + timedelta(minutes=10):%Y-%m-%dT%H:%M:%SZ}"
                    connection.execute("UPDATE source_run SET next_due_at = ? WHERE source = ?", [due, source])
        assert 11 <= starts.count("adaptive") <= 13
        assert 11 <= starts.count("fixed") <= 13


@pytest.mark.parametrize("step", [*STEPS, *(-step for step in STEPS), timedelta(minutes=20)])
def test_who_was_away_or_whose_clock_leapt_begins_to_watch_anew(tmp_path: Path, step: timedelta) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        assert beat_daemon(store, 1, NOW) == NOW
        assert beat_daemon(store, 2, NOW + GAP) == NOW, "a restart is no gap"
        back = NOW + GAP + step
        assert beat_daemon(store, 3, back) == back
        assert beat_daemon(store, 3, back + timedelta(seconds=30)) == back


def test_a_leap_of_years_is_one_missed_run_and_not_millions() -> None:
    every, later = Every(10.0), NOW + timedelta(days=3650)
    assert every.get_next_fire_time(None, NOW) == NOW
    assert every.get_next_fire_time(NOW, later) == later + timedelta(seconds=10)


def test_after_a_leap_every_job_is_due_now(make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    daemon = make(Launches(), "[daemon]\ntick_s = 0.01\n")
    ran = asyncio.Event()

    async def job() -> None:
        ran.set()

    async def look() -> None:
        scheduler = AsyncIOScheduler()
        scheduler.add_job(job, Every(10.0), next_run_time=datetime.now(UTC) + timedelta(days=3650))  # as before a step back
        scheduler.start()
        watch = asyncio.create_task(daemon._watch(scheduler))
        await asyncio.sleep(0)  # it notes both clocks
        wall = crawler.daemon.time.time() - 3600
        monkeypatch.setattr(crawler.daemon.time, "time", lambda: wall)
        async with asyncio.timeout(20):
            await ran.wait()
        watch.cancel()
        scheduler.shutdown(wait=False)

    asyncio.run(look())


# ------------------------------------------------------------------ jobs

def test_a_backup_that_could_not_be_made_is_tried_again_before_the_next_day(
    make: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon = make(Launches())
    record(daemon.store, reading(), now=now(), policy=POLICY)
    monkeypatch.setattr(backup, "FREE_BYTES_MIN", 10**18)
    for _ in range(2):
        asyncio.run(daemon.care())
    assert not list((tmp_path / "backups").glob("*.db"))
    monkeypatch.undo()
    for _ in range(2):
        asyncio.run(daemon.care())
    assert len(list((tmp_path / "backups").glob("*.db"))) == 1


def test_the_first_backup_waits_for_the_first_article(make: Maker, tmp_path: Path) -> None:
    daemon = make(Launches())
    asyncio.run(daemon.care())
    assert not (tmp_path / "backups").exists()
    record(daemon.store, reading(), now=now(), policy=POLICY)
    for _ in range(2):
        asyncio.run(daemon.care())
    assert len(list((tmp_path / "backups").glob("*.db"))) == 1


def test_pruning_that_fails_costs_no_backup(make: Maker, tmp_path: Path) -> None:
    daemon = make(Launches())
    record(daemon.store, reading(), now=now(), policy=POLICY)
    daemon.store.db.execute("UPDATE raw_page SET fetched_at = '2000-01-01T00:00:00Z'")
    daemon.store.db.execute("CREATE TRIGGER fault BEFORE DELETE ON raw_page BEGIN SELECT RAISE(ABORT, 'a defect'); END")
    with pytest.raises(sqlite3.IntegrityError, match="a defect"):
        asyncio.run(daemon.care())
    assert len(list((tmp_path / "backups").glob("*.db"))) == 1


@pytest.mark.parametrize("error", [UserError("the list has gone"), RuntimeError("a defect")])
def test_a_job_that_fails_is_logged_once_and_seen_until_it_works_again(
    error: Exception, make: Maker, caplog: pytest.LogCaptureFixture
) -> None:
    daemon, troubles = make(Launches()), [error, error, None]
    beating(daemon, daemon.store)

    async def job() -> None:
        if trouble := troubles.pop(0):
            raise trouble

    guarded = Jobs(store=daemon.store).guarded("send", job)
    for _ in range(2):
        asyncio.run(guarded())
        (line,) = complaints(daemon.store, Wording("en"), now())
        assert "sending alerts: " in line
        assert str(error) in line
        assert 'sosik_job_failing{job="send"} 1' in exposition(daemon.store, now())
    assert caplog.text.count("job=send failed") == 1
    assert ("Traceback" in caplog.text) is not isinstance(error, UserError)
    asyncio.run(guarded())
    assert list(complaints(daemon.store, Wording("en"), now())) == []
    assert "sosik_job_failing{" not in exposition(daemon.store, now())


def test_every_job_has_a_name_that_status_can_tell(make: Maker) -> None:
    daemon = make(Launches())

    async def jobs() -> list[str]:
        scheduler = daemon._schedule()
        scheduler.shutdown(wait=False)
        return [job.id for job in scheduler.get_jobs()]

    assert {f"job-{name}" for name in asyncio.run(jobs())} == {key for key in texts("status") if key.startswith("job-")}


def test_metrics_that_cannot_be_written_or_served_are_one_line_of_the_log_and_do_not_keep_the_other_away(
    make: Maker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        daemon = make(Launches(), f"[daemon]\nmetrics_port = {port}\nmetrics_file = 'sosik.prom'\n")
        beating(daemon, daemon.store)
        measure = Jobs(store=daemon.store).guarded("metrics", daemon.measure)
        for _ in range(3):
            asyncio.run(measure())
        (line,) = complaints(daemon.store, Wording("en"), now())
    assert f"daemon.metrics_port: {port} cannot be used: Address already in use" in line
    assert caplog.text.count("job=metrics failed") == 1
    assert "Traceback" not in caplog.text
    assert "sosik_articles 0" in (tmp_path / "sosik.prom").read_text(encoding="utf-8")


def test_the_supervisor_loads_no_page_reader() -> None:
    heavy = ("scrapy", "twisted", "trafilatura", "lxml", "pebble", "htmldate", "apprise", "requests", "httpx")
    script = f"import sys, crawler.daemon, crawler.cli.daemon; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr
