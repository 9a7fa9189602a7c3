"""What is remembered between polls, and how often a source is asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.rhythm import INTERVAL_MAX_S, INTERVAL_MIN_S, Rhythm, Run, back_off, next_interval
from pipelines.store.database import Store, open_store
from pipelines.store.polls import Memory, Poll, begin_run, due_sources, end_run, last_success, remembered, write_poll

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
URL = "https://a.kr/rss"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "sosik.db") as opened:
        yield opened


def write(store: Store, poll: Poll, now: datetime = NOW) -> None:
    with store.transaction() as connection:
        write_poll(connection, poll, source="a", now=now)


def test_validators_come_back_and_a_304_keeps_them(store: Store) -> None:
    assert remembered(store, URL) == Memory()
    write(
        store,
        Poll(url=URL, status=200, etag='"1"', last_modified="Sun, 22 Nov 2026 00:00:00 GMT", body_hash="h", links=9, newest=NOW),
    )
    write(store, Poll(url=URL, status=304, is_unchanged=True))
    memory = remembered(store, URL)
    assert (memory.etag, memory.body_hash, memory.polls, memory.answered_at) == ('"1"', "h", 2, NOW)
    assert memory.headers == {"If-None-Match": '"1"', "If-Modified-Since": "Sun, 22 Nov 2026 00:00:00 GMT"}


def test_a_refused_body_takes_its_validators_along(store: Store) -> None:
    write(store, Poll(url=URL, status=200, etag='"1"', body_hash="h"))
    write(store, Poll(url=URL, status=200, etag='"2"', body_hash="i", trouble="html-instead-of-xml"))
    assert remembered(store, URL) == Memory(polls=2)


def test_every_tenth_poll_is_unconditional() -> None:
    asked = [bool(Memory(etag='"1"', polls=number).headers) for number in range(21)]
    assert [number for number, conditional in enumerate(asked) if not conditional] == [0, 10, 20]


RUNS = st.builds(
    Run,
    links=st.integers(0, 3000),
    new_links=st.integers(0, 3000),
    answers=st.integers(0, 9),
    trouble=st.sampled_from(["", "dns"]),
)


@given(st.floats(1, 10**6), RUNS, st.one_of(st.none(), st.floats(-(10**6), 10**7)), st.integers(0, 400))
def test_an_interval_lies_between_a_minute_and_a_day(before: float, run: Run, elapsed_s: float | None, failures: int) -> None:
    interval = next_interval(before, run, elapsed_s=elapsed_s)
    assert INTERVAL_MIN_S <= interval <= INTERVAL_MAX_S
    assert interval <= back_off(interval, failures, run.trouble) <= INTERVAL_MAX_S


def settled(per_hour: float, window: int = 50) -> float:
    """The interval in minutes to which a source of this rate settles."""
    interval = 600
    for _ in range(40):
        new = round(per_hour * interval / 3600)
        interval = next_interval(interval, Run(links=window, new_links=min(new, window), answers=1), elapsed_s=interval)
    return interval / 60


def test_a_wire_is_asked_often_and_a_weekly_rarely() -> None:
    assert settled(120) <= 3
    assert 5 <= settled(10) <= 30
    assert settled(0) == 24 * 60


def test_a_long_feed_is_no_reason_to_be_late() -> None:
    assert settled(20, window=400) <= 15


def test_a_short_feed_is_asked_before_it_turns_over() -> None:
    assert settled(60, window=10) <= 6


def test_a_burst_shortens_the_interval_at_once_but_not_to_nothing() -> None:
    after = next_interval(3600, Run(links=50, new_links=40, answers=1), elapsed_s=3600)
    assert 3600 / 4 <= after < 3600


def test_asking_early_does_not_slow_a_source_down() -> None:
    assert next_interval(600, Run(links=50, answers=1), elapsed_s=20) == 600
    assert next_interval(600, Run(links=50, answers=1), elapsed_s=600) == 900


def test_a_source_in_trouble_is_never_given_up(store: Store) -> None:
    at = NOW
    for _ in range(30):
        begin_run(store, "a", at)
        end_run(store, "a", Run(trouble="dns"), began=at, now=at)
        assert due_sources(store, [Rhythm(source="a")], at + timedelta(days=1)) == ("a",)
        at += timedelta(days=1)
    (failures,) = store.db.execute("SELECT failures FROM source_run").fetchone()
    assert failures == 30
    begin_run(store, "a", at)
    end_run(store, "a", Run(links=5, new_links=1, answers=1), began=at, now=at)
    assert store.db.execute("SELECT failures, trouble FROM source_run").fetchone() == (0, "")


def test_an_outage_of_our_own_line_is_over_within_the_hour_and_leaves_the_rhythm(store: Store) -> None:
    at = NOW
    for _ in range(12):
        begin_run(store, "a", at)
        end_run(store, "a", Run(trouble="dns"), began=at, now=at)
        at += timedelta(hours=1)
        assert due_sources(store, [Rhythm(source="a")], at) == ("a",)
    assert store.db.execute("SELECT interval_s FROM source_run").fetchone() == (600,)
    assert [back_off(600, n, "http-404") for n in (0, 1, 2, 9)] == [600, 1200, 2400, 24 * 3600]


def test_the_longest_overdue_comes_first_and_what_is_not_due_waits(store: Store) -> None:
    for name, minutes in (("late", 60), ("later", 90), ("fresh", 1)):
        began = NOW - timedelta(minutes=minutes)
        begin_run(store, name, began)
        end_run(store, name, Run(links=9, new_links=1, answers=1), began=began, now=began)
    rhythms = [Rhythm(source=name) for name in ("fresh", "late", "later")]
    assert due_sources(store, rhythms, NOW) == ("later", "late")


def test_a_source_never_crawled_is_due(store: Store) -> None:
    assert due_sources(store, [Rhythm(source="a")], NOW) == ("a",)


def test_a_fixed_interval_is_kept(store: Store) -> None:
    begin_run(store, "a", NOW)
    end_run(store, "a", Run(links=9, new_links=9, answers=1), began=NOW, now=NOW)
    rhythm = Rhythm(source="a", interval_s=7200)
    assert due_sources(store, [rhythm], NOW + timedelta(minutes=119)) == ()
    assert due_sources(store, [rhythm], NOW + timedelta(minutes=120)) == ("a",)


SHUT = Run(links=20, new_links=20, answers=1, denied=20)


@pytest.mark.parametrize("shut", [SHUT, Run(trouble="http-403"), Run(trouble="challenge")])
def test_a_source_that_shuts_us_out_is_asked_ever_more_rarely_whatever_its_rhythm(store: Store, shut: Run) -> None:
    for rhythm in (Rhythm(source="adaptive"), Rhythm(source="fixed", interval_s=300), Rhythm(source="cron", cron="*/5 * * * *")):
        crawls, at = 0, NOW
        while at < NOW + timedelta(days=2):
            if due_sources(store, [rhythm], at, jitter=0.1):
                begin_run(store, rhythm.source, at)
                end_run(store, rhythm.source, shut, began=at, now=at)
                crawls += 1
            at += timedelta(minutes=5)
        assert 5 <= crawls <= 10, rhythm.source
        begin_run(store, rhythm.source, at)
        end_run(store, rhythm.source, Run(links=20, new_links=1, answers=1, pages=1), began=at, now=at)
        assert due_sources(store, [rhythm], at + timedelta(minutes=20)) == (rhythm.source,), "and as before once it lets us in"


@pytest.mark.parametrize("run", [
    Run(links=20, new_links=4, answers=1, denied=4),  # a few locked articles
    Run(links=20, new_links=20, answers=1, denied=19, pages=1),  # most behind a wall
])  # fmt: skip
def test_some_denied_articles_shut_nobody_out(store: Store, run: Run) -> None:
    begin_run(store, "a", NOW)
    end_run(store, "a", run, began=NOW, now=NOW)
    assert store.db.execute("SELECT failures, trouble FROM source_run").fetchone() == (0, "")


def test_a_due_time_from_a_clock_that_was_years_ahead_is_none(store: Store) -> None:
    begin_run(store, "a", NOW)
    end_run(store, "a", Run(links=9, answers=1), began=NOW, now=NOW + timedelta(days=3650))
    assert due_sources(store, [Rhythm(source="a")], NOW + timedelta(days=1)) == ("a",)


def test_a_clock_that_was_set_back_silences_no_source(store: Store) -> None:
    begin_run(store, "a", NOW + timedelta(days=365))
    end_run(store, "a", Run(links=9, answers=1), began=NOW + timedelta(days=365), now=NOW + timedelta(days=365))
    assert due_sources(store, [Rhythm(source="a")], NOW) == ("a",)


def test_a_back_fill_says_nothing_of_the_rhythm(store: Store) -> None:
    begin_run(store, "a", NOW)
    end_run(store, "a", Run(links=50, new_links=1, answers=1), began=NOW, now=NOW)
    before = store.db.execute("SELECT interval_s, next_due_at, failures, last_success_at FROM source_run").fetchone()
    later = NOW + timedelta(minutes=10)
    begin_run(store, "a", later)
    end_run(store, "a", Run(links=5000, new_links=5000, answers=90, is_back_fill=True), began=later, now=later)
    after = store.db.execute("SELECT interval_s, next_due_at, failures, last_success_at FROM source_run").fetchone()
    assert after == before


def test_a_source_that_only_a_back_fill_has_seen_is_still_to_be_crawled_for_the_first_time(store: Store) -> None:
    for is_back_fill in (True, False):
        begin_run(store, "a", NOW)
        assert last_success(store, "a") is None
        end_run(store, "a", Run(links=5, new_links=5, answers=1, is_back_fill=is_back_fill), began=NOW, now=NOW)
    assert last_success(store, "a") == NOW


def test_a_crawl_that_was_killed_is_due_again(store: Store) -> None:
    begin_run(store, "a", NOW)
    assert due_sources(store, [Rhythm(source="a")], NOW + timedelta(minutes=11)) == ("a",)
