"""Which crawls the daemon starts, over which sources, and what it makes of their ends."""

from __future__ import annotations

import asyncio
import io
import logging
from datetime import timedelta
from pathlib import Path

import pytest

import crawler.crawls
from crawler.child import ChildEnd
from crawler.crawl_job import unpacked
from pipelines.clock import now
from pipelines.rhythm import Run
from pipelines.store.beats import PAUSED, last_beat
from pipelines.store.polls import begin_run, end_run
from tests.daemon.beside import CRASHED, Launches, Maker, ticks


def test_all_that_is_due_goes_out_in_one_errand_without_secrets(
    make: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOSIK_SMTP_PASSWORD", "s3cret-word")
    crawls = Launches()
    daemon = make(crawls)
    assert daemon.plan.config.smtp_password == "s3cret-word"
    ticks(daemon)
    (job,) = crawls.started
    assert b"s3cret-word" not in job
    found = unpacked(io.BytesIO(job))
    assert sorted(found.sources) == ["alpha", "beta", "gamma"]
    assert found.config.path == daemon.config_path
    assert found.catalogue.enabled == daemon.plan.catalogue.enabled
    assert found.database == tmp_path / "sosik.db"


def test_a_source_is_crawled_somewhat_before_its_interval_is_over(make: Maker) -> None:
    crawls = Launches()
    daemon = make(crawls)
    for name in ("alpha", "beta", "gamma"):
        begin_run(daemon.store, name, now() - timedelta(seconds=599))  # the first interval is 600 seconds
    ticks(daemon)
    assert crawls.started, "that all three drew a lot of less than a sixtieth happens once in 200,000 runs"


def test_crawls_that_die_before_they_can_write_do_not_make_a_hammer(make: Maker) -> None:
    crawls = Launches(end=lambda: CRASHED)
    ticks(make(crawls), count=50)
    assert len(crawls.started) == 1


def test_a_process_that_cannot_be_started_is_a_failure_like_a_crash(make: Maker, caplog: pytest.LogCaptureFixture) -> None:
    def no_memory() -> None:
        raise OSError(12, "Cannot allocate memory")

    crawls = Launches(end=no_memory)
    daemon = make(crawls)

    async def look() -> None:
        for _ in range(20):
            await daemon.start_due()
            await asyncio.gather(*daemon.crawls.running, return_exceptions=True)
            await asyncio.sleep(0)

    asyncio.run(look())
    assert len(crawls.started) == 1
    assert "crawl=failed sources=alpha,beta,gamma" in caplog.text
    assert daemon.crawls.ends == {"not-started": 1}


def test_a_crawl_whose_end_cannot_be_looked_up_was_started_all_the_same(
    make: Maker, caplog: pytest.LogCaptureFixture
) -> None:
    def crash_beside_a_broken_database() -> ChildEnd:
        daemon.store.query("ALTER TABLE source_run RENAME TO lost")
        return CRASHED

    daemon = make(Launches(end=crash_beside_a_broken_database))

    async def look() -> None:
        await daemon.start_due()
        await asyncio.gather(*daemon.crawls.running, return_exceptions=True)
        await asyncio.sleep(0)

    asyncio.run(look())
    assert "crawl=failed sources=alpha,beta,gamma" in caplog.text
    assert daemon.crawls.ends == {CRASHED.kind: 1}


def test_no_more_crawls_run_at_once_than_the_settings_allow(make: Maker) -> None:
    crawls = Launches(end=lambda: None)
    daemon = make(crawls, "[daemon]\ncrawls = 1\n")

    async def look() -> None:
        await daemon.start_due()
        await asyncio.sleep(0)
        daemon.crawls.cooldowns._until.clear()
        await daemon.start_due()
        for task in daemon.crawls.running:
            task.cancel()

    asyncio.run(look())
    assert len(crawls.started) == 1


def test_a_source_that_has_come_to_its_end_does_not_wait_for_a_slow_one_of_its_crawl(make: Maker) -> None:
    crawls = Launches(end=lambda: None)
    daemon = make(crawls)

    async def look() -> None:
        await daemon.start_due()
        await asyncio.sleep(0)
        for name in ("alpha", "beta"):
            begin_run(daemon.store, name, now())
        end_run(daemon.store, "alpha", Run(answers=1), began=now(), now=now() - timedelta(hours=1))
        daemon.crawls.cooldowns._until.clear()
        await daemon.start_due()
        await asyncio.sleep(0)
        for task in daemon.crawls.running:
            task.cancel()

    asyncio.run(look())
    assert [sorted(unpacked(io.BytesIO(job)).sources) for job in crawls.started] == [["alpha", "beta", "gamma"], ["alpha"]]


def test_a_crash_is_put_down_to_the_sources_that_had_not_come_to_their_end(make: Maker) -> None:
    daemon = make(Launches(end=lambda: None))

    def crash() -> ChildEnd:
        for name in ("alpha", "beta"):
            begin_run(daemon.store, name, now())
        end_run(daemon.store, "alpha", Run(answers=1), began=now(), now=now())
        return CRASHED

    daemon.crawls.run = Launches(end=crash)
    ticks(daemon)
    assert {name for name in ("alpha", "beta", "gamma") if daemon.crawls.cooldowns._failures[name]} == {"beta", "gamma"}


def test_articles_due_for_another_look_are_not_asked_for_at_each_tick(make: Maker) -> None:
    daemon = make(Launches())
    asked: list[str] = []
    daemon.store.db.conn.set_trace_callback(asked.append)
    ticks(daemon, count=20)
    assert len([sql for sql in asked if "FROM match" in sql]) == len(daemon.plan.config.daemon.revisit_hours)


def test_crawling_waits_for_room_on_the_disk_and_says_so_once(
    make: Maker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    crawls = Launches()
    daemon = make(crawls)
    monkeypatch.setattr(crawler.crawls, "FREE_BYTES_MIN", 10**18)
    ticks(daemon, count=3)
    assert crawls.started == []
    assert caplog.text.count("crawl=paused") == 1
    assert last_beat(daemon.store, PAUSED).value == "disk"  # type: ignore[union-attr]
    monkeypatch.setattr(crawler.crawls, "FREE_BYTES_MIN", 1)
    ticks(daemon)
    assert len(crawls.started) == 1
    assert caplog.text.count("crawl=resumed") == 1
    assert last_beat(daemon.store, PAUSED).value == ""  # type: ignore[union-attr]
