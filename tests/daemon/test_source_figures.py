"""The figures that alarms are judged by, counted by SQLite, against the same counted by hand."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from crawler.alarms import watch_sources
from crawler.health import Look, due_alarm
from pipelines.alerts.policy import AlertPolicy, Recipient
from pipelines.clock import stored
from pipelines.outcome import Outcome
from pipelines.store.alarms import AlarmKind, open_alarms
from pipelines.store.database import Store, open_store
from pipelines.store.endings import settle
from pipelines.store.frontier import Announced, enter
from pipelines.store.health import DAY, Pages, Seen, SourceHealth, source_healths
from pipelines.store.polls import Poll, write_poll
from tests.daemon.beside import crawled, publish

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def health(store: Store, source: str = "alpha") -> SourceHealth:
    (found,) = source_healths(store, [source], NOW)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_the_counts_are_right(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    span_h = draw.choice([20, 200, 700, 1000])
    times = sorted({NOW - timedelta(seconds=draw.randrange(span_h * 3600)) for _ in range(draw.choice([5, 60, 300]))})
    with open_store(tmp_path / "sosik.db") as store:
        publish(store, "alpha", times)
        publish(store, "beta", [NOW - HOUR])
        crawled(store, "alpha", NOW - timedelta(days=29), NOW)
        found = health(store)
    known = [at for at in times if at > NOW - timedelta(days=29)]
    gaps = [later - earlier for earlier, later in pairwise(known)]
    weeks = [timedelta(weeks=week) for week in range(1, 5)]
    assert found.last_article_at == max(times)
    assert found.longest_gap == (max(gaps) if len(gaps) >= 20 else None)
    assert found.fresh == sum(at > NOW - DAY for at in times)
    assert found.usual == tuple(sum(NOW - week - DAY < at <= NOW - week for at in known) for week in weeks)


def a_day(count: int, weeks: int) -> list[datetime]:
    """So many articles in the 24 hours that ended so many weeks ago."""
    return [NOW - timedelta(weeks=weeks) - n * DAY / count for n in range(count)]


def alarms(store: Store) -> list[AlarmKind]:
    found = due_alarm(Look(health=health(store), since=NOW - timedelta(days=2), now=NOW))
    return [found.kind] if found else []


@pytest.mark.parametrize("was_asked", [False, True])  # the daemon was off, or the source was on and never answered
def test_days_without_crawls_are_no_quiet_days(tmp_path: Path, was_asked: bool) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        publish(store, "alpha", [*a_day(200, 4), *a_day(200, 3), *a_day(30, 0)])
        for weeks in (4, 3, 0):
            crawled(store, "alpha", NOW - timedelta(weeks=weeks) - 2 * DAY, NOW - timedelta(weeks=weeks))
        if was_asked:
            for weeks in (2, 1):
                end = NOW - timedelta(weeks=weeks)
                crawled(store, "alpha", end - DAY, end, is_answered=False)
        assert health(store).usual == (200, 200)
        assert alarms(store) == [AlarmKind.VOLUME], "30 against 200; against days of 0, too, it would pass"


def test_days_of_which_we_saw_a_few_hours_make_no_usual_volume(tmp_path: Path) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        publish(store, "alpha", [*a_day(200, 4), *a_day(200, 0), *(at for weeks in (3, 2, 1) for at in a_day(200, weeks)[:25])])
        for weeks, span in ((4, 2 * DAY), (3, 3 * HOUR), (2, 3 * HOUR), (1, 3 * HOUR), (0, 2 * DAY)):
            crawled(store, "alpha", NOW - timedelta(weeks=weeks) - span, NOW - timedelta(weeks=weeks))
        assert health(store).usual == (200,)
        assert alarms(store) == []


def test_the_volume_of_a_source_is_judged_after_a_day_of_crawls(tmp_path: Path) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        publish(store, "alpha", [at for weeks in (4, 3, 2, 1) for at in a_day(200, weeks)])
        crawled(store, "alpha", NOW - timedelta(days=29), NOW - timedelta(days=3))
        crawled(store, "alpha", NOW - 2 * HOUR, NOW)
        assert alarms(store) == [], "it was off until two hours ago"
        crawled(store, "alpha", NOW - timedelta(days=2), NOW)
        assert alarms(store) == [AlarmKind.VOLUME]


def test_the_hours_kept_do_not_grow(tmp_path: Path) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        crawled(store, "alpha", NOW - timedelta(days=70), NOW)
        (hours,) = store.db.execute("SELECT count(*) FROM source_hour").fetchone()
    assert hours == 30 * 24


def test_what_a_back_fill_brings_is_no_rhythm_of_the_source(tmp_path: Path) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        publish(store, "alpha", [NOW - n * HOUR for n in range(1, 500)] + [NOW - HOUR / 2] * 300)
        assert health(store).fresh == 23 + 300
        old = [Announced(key=f"alpha/{n}", url=f"alpha/{n}", is_silent=True) for n in range(499, 799)]
        with store.transaction() as connection:
            enter(connection, old, source="alpha", now=NOW)
            connection.execute("UPDATE address SET article_id = (SELECT id FROM article WHERE article.key = address.key)")
        assert (health(store).fresh, health(store).last_article_at) == (23, NOW - HOUR)


def test_a_source_without_articles_has_no_figures(tmp_path: Path) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        assert health(store) == SourceHealth(source="alpha", is_watched=False)


def test_articles_from_the_future_of_a_wrong_clock_count_for_nothing(tmp_path: Path) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        publish(store, "alpha", [NOW + timedelta(days=3650)])
        assert health(store).last_article_at is None


def test_a_feed_that_was_dropped_from_the_catalogue_is_no_closed_robots(tmp_path: Path) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        for days, is_closed in ((4, False), (1, True)):
            with store.transaction() as connection:
                connection.execute(
                    "INSERT OR REPLACE INTO endpoint (url, source, polled_at, trouble) VALUES ('u', 'alpha', ?, 'robots')",
                    [stored(NOW - timedelta(days=days))],
                )
            assert health(store).is_robots_closed is is_closed


def test_a_robots_txt_that_cannot_be_had_is_not_closed(tmp_path: Path) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        for trouble, is_closed in (("robots-unreachable", False), ("robots-ai", True), ("robots", True)):
            poll = Poll(url="u", status=None, trouble=trouble)
            with store.transaction() as connection:
                write_poll(connection, poll, source="alpha", now=NOW)
            assert health(store).is_robots_closed is is_closed


def ended(store: Store, outcome: Outcome, count: int, *, reason: str = "", tries: int = 1, ago: timedelta = HOUR) -> None:
    again = NOW + HOUR if outcome is Outcome.RETRY else None
    with store.transaction() as connection:
        for number in range(count):
            url = f"https://alpha.example/{outcome}/{reason}/{number}"
            for _ in range(tries):
                settle(connection, key=url, url=url, source="alpha", outcome=outcome, reason=reason, now=NOW - ago,
                       next_try_at=again)


def test_the_addresses_of_a_day_are_told_apart_by_what_became_of_them(tmp_path: Path) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        ended(store, Outcome.STORED, 3, ago=3 * HOUR)
        ended(store, Outcome.REFUSED, 4, reason="listing", ago=2 * HOUR)
        ended(store, Outcome.ROBOTS, 5, reason="robots")
        ended(store, Outcome.DENIED, 6, reason="http-403")
        ended(store, Outcome.RETRY, 7, reason="timeout", tries=2)
        ended(store, Outcome.RETRY, 90, reason="dns", tries=1)
        for outcome in (Outcome.MOVED, Outcome.FORBIDDEN, Outcome.BUDGET, Outcome.WITHDRAWN):
            ended(store, outcome, 50)
        ended(store, Outcome.GONE, 99, ago=timedelta(days=2))
        assert health(store).pages == Pages(
            read=7, last_read_at=NOW - 2 * HOUR, has_article=3, last_stored_at=NOW - 3 * HOUR, unread=13, why_unread="timeout",
            closed=5,
        )


def test_a_source_fails_since_it_was_first_asked_in_vain(tmp_path: Path) -> None:
    """Not since its last success: it may be asked at certain hours only."""
    with open_store(tmp_path / "sosik.db") as store:
        crawled(store, "alpha", NOW - 60 * HOUR, NOW - 50 * HOUR, is_answered=False)
        crawled(store, "alpha", NOW - 40 * HOUR, NOW - 16 * HOUR)
        assert health(store).failing_since is None
        crawled(store, "alpha", NOW - 2 * HOUR, NOW, is_answered=False)
        assert health(store).failing_since == NOW - 2 * HOUR
        crawled(store, "beta", NOW - 3 * HOUR, NOW, is_answered=False)
        assert health(store, "beta").failing_since == NOW - 3 * HOUR


def test_the_newest_articles_are_seen_one_by_one(tmp_path: Path) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        publish(store, "alpha", [NOW - n * HOUR for n in range(-1, 20)])
        store.db.execute("UPDATE article SET flags = '[\"suspect\"]' WHERE first_seen_at < ?", [stored(NOW - 5 * HOUR)])
        assert health(store).newest == tuple(Seen(at=NOW - n * HOUR, is_suspect=n > 5) for n in range(10))


def test_a_machine_that_slept_a_weekend_wakes_without_alarms_and_raises_them_later(tmp_path: Path) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        publish(store, "alpha", [NOW - timedelta(hours=60 + n) for n in range(300)])
        policy = AlertPolicy(recipients=(Recipient(address="analyst@example.org"),))
        for hours, alarms in ((0.1, []), (11, []), (13, ["silent"]), (25, ["silent"])):
            awake = timedelta(hours=hours)
            crawled(store, "alpha", NOW + awake - HOUR / 2, NOW + awake)
            watch_sources(store, {"alpha": "알파신문"}, policy, since=NOW, now=NOW + awake)
            assert [alarm.kind for alarm in open_alarms(store)] == alarms, hours
