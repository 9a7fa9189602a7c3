"""The frontier: what is new is entered once, what failed comes back, what changed is looked at again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.article import Hint
from pipelines.clock import loaded
from pipelines.outcome import Outcome
from pipelines.record import withdraw
from pipelines.retries import RETRY_AFTER, after_failure
from pipelines.store.database import Store, open_store
from pipelines.store.endings import postpone, settle, settle_failure
from pipelines.store.frontier import (
    VISITS_MAX,
    Announced,
    enter,
    enter_goal,
    in_order,
    is_known,
    known,
    stranded,
    waiting,
    waiting_count,
)
from pipelines.store.polls import begin_run

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ONE = Announced(key="https://a.kr/1", url="http://a.kr/1?x", hint=Hint(title="딥시크, 새 모형 공개", published=NOW))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "sosik.db") as opened:
        yield opened


def entered(store: Store, *announced: Announced, now: datetime = NOW) -> list[str]:
    with store.transaction() as connection:
        return [each.key for each in enter(connection, announced, source="a", now=now)]


def read(store: Store, key: str, title: str, at: datetime) -> None:
    """As the Record stage leaves it: an article at the address."""
    with store.transaction() as connection:
        connection.execute(
            "INSERT OR IGNORE INTO story (id, headline, first_seen_at, last_seen_at) VALUES (1, ?, ?, ?)",
            [title, str(at), str(at)],
        )
        connection.execute(
            """INSERT OR IGNORE INTO article
                 (id, story_id, key, url, source, title, text, first_seen_at, last_seen_at, fingerprint, text_hash)
               VALUES (1, 1, ?, ?, 'a', ?, '본문', ?, ?, '{}', 'h')""",
            [key, key, title, str(at), str(at)],
        )
        settle(connection, key=key, url=key, source="a", outcome=Outcome.STORED, now=at, article_id=1)


def test_a_link_is_entered_once_and_waits_with_its_hint(store: Store) -> None:
    assert entered(store, ONE, ONE) == [ONE.key]
    assert entered(store, ONE) == []
    (left,) = waiting(store, "a", NOW)
    assert (left.key, left.url, left.hint) == (ONE.key, ONE.url, ONE.hint)
    assert waiting_count(store, ["a", "b"], NOW) == 1
    assert waiting_count(store, ["b"], NOW) == 0
    assert waiting(store, "b", NOW) == ()
    assert is_known(store.db.conn, ONE.key)


def test_what_was_tried_in_vain_comes_back_five_times_and_then_is_dead(store: Store) -> None:
    entered(store, ONE)
    at, waits = NOW, []
    for _ in RETRY_AFTER:
        with store.transaction() as connection:
            where = {"key": ONE.key, "url": ONE.url, "source": "a"}
            assert settle_failure(connection, outcome=Outcome.RETRY, reason="timeout", now=at, **where) is Outcome.RETRY
        assert waiting(store, "a", at) == ()
        wait = next(w for w in RETRY_AFTER if waiting(store, "a", at + w))
        waits.append(wait)
        at += wait
    assert waits == list(RETRY_AFTER)
    with store.transaction() as connection:
        assert settle_failure(connection, outcome=Outcome.RETRY, reason="timeout", now=at, **where) is Outcome.DEAD
    assert waiting(store, "a", at + timedelta(days=9)) == ()


def test_the_server_s_wish_lengthens_the_wait_but_not_beyond_a_day() -> None:
    assert after_failure(Outcome.RETRY, tries=0, wish=timedelta(hours=2)) == timedelta(hours=2)
    assert after_failure(Outcome.RETRY, tries=0, wish=timedelta(days=30)) == timedelta(days=1)
    assert after_failure(Outcome.RETRY, tries=2, wish=timedelta(seconds=1)) == timedelta(hours=1)


def test_what_could_not_be_asked_counts_as_no_try(store: Store) -> None:
    entered(store, ONE)
    for _ in range(9):
        with store.transaction() as connection:
            postpone(
                connection, key=ONE.key, url=ONE.url, source="a", outcome=Outcome.RETRY, reason="host-paused", until=NOW, now=NOW
            )  # fmt: skip
    assert store.db.execute("SELECT tries, state FROM address").fetchone() == (0, "retry")
    assert len(waiting(store, "a", NOW)) == 1


def test_a_known_article_is_looked_at_again_when_its_headline_or_time_changes(store: Store) -> None:
    entered(store, ONE)
    read(store, ONE.key, "딥시크, 새 모형 공개", NOW)
    assert entered(store, ONE) == []
    assert entered(store, replace(ONE, hint=Hint(title="딥시크 새 모형 공개"))) == []  # only the punctuation
    assert entered(store, replace(ONE, modified=NOW - timedelta(hours=1))) == []
    assert entered(store, replace(ONE, modified=NOW + timedelta(hours=1))) == [ONE.key]
    assert len(waiting(store, "a", NOW)) == 1
    with store.transaction() as connection:
        settle(connection, key=ONE.key, url=ONE.url, source="a", outcome=Outcome.UNCHANGED, now=NOW + timedelta(hours=2))
    renamed = replace(ONE, hint=Hint(title="딥시크, 새 모형 공개(종합)"))
    assert entered(store, renamed) == [ONE.key]


def test_two_lists_that_name_an_article_differently_do_not_chase_it_for_ever(store: Store) -> None:
    entered(store, ONE)
    read(store, ONE.key, "기사 안의 제목", NOW)
    visits = 0
    for number in range(40):
        title = ("피드의 제목", "목록의 제목")[number % 2]
        if entered(store, replace(ONE, hint=Hint(title=title))):
            visits += 1
            with store.transaction() as connection:
                settle(connection, key=ONE.key, url=ONE.url, source="a", outcome=Outcome.UNCHANGED, now=NOW)
    assert visits < VISITS_MAX


def fail(store: Store, outcome: Outcome, at: datetime, source: str = "a") -> Outcome:
    with store.transaction() as connection:
        return settle_failure(connection, key=ONE.key, url=ONE.url, source=source, outcome=outcome, reason="x", now=at)


def test_a_page_that_came_sets_the_tries_back(store: Store) -> None:
    entered(store, ONE)
    for _ in range(5):
        read(store, ONE.key, "제목", NOW)
    assert [fail(store, Outcome.RETRY, NOW) for _ in range(6)] == [*[Outcome.RETRY] * 5, Outcome.DEAD]
    assert fail(store, Outcome.RETRY, NOW) is Outcome.RETRY, "looked at again after it was given up"
    read(store, ONE.key, "제목", NOW)
    assert fail(store, Outcome.RETRY, NOW) is Outcome.RETRY
    assert store.db.execute("SELECT tries, visits FROM address").fetchone() == (1, 6)


@pytest.mark.parametrize("outcome", [Outcome.GONE, Outcome.DENIED])
def test_an_announced_page_that_is_not_there_yet_is_asked_for_three_times_more(store: Store, outcome: Outcome) -> None:
    entered(store, ONE)
    at, waits = NOW, []
    while fail(store, outcome, at) is outcome and (row := store.db.execute("SELECT next_try_at FROM address").fetchone())[0]:
        assert waiting(store, "a", loaded(row[0]))
        waits.append(loaded(row[0]) - at)
        at = loaded(row[0])
    assert waits == [timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6)]
    assert store.db.execute("SELECT state, outcome FROM address").fetchone() == ("done", outcome)


def test_a_page_that_is_not_there_is_not_asked_for_again_when_it_is_old_or_nobody_announced_it(store: Store) -> None:
    entered(store, ONE)
    fail(store, Outcome.GONE, NOW + timedelta(days=3))
    assert waiting(store, "a", NOW + timedelta(days=9)) == ()
    with store.transaction() as connection:
        settle_failure(connection, key="k", url="u", source="", outcome=Outcome.GONE, reason="http-404", now=NOW)
    assert store.db.execute("SELECT state FROM address WHERE key = 'k'").fetchone() == ("done",)


def test_an_article_that_is_gone_is_looked_for_once_more(store: Store) -> None:
    entered(store, ONE)
    read(store, ONE.key, "제목", NOW)
    found = []
    for hours in range(3):
        at = NOW + timedelta(hours=hours)
        withdraw(store, key=ONE.key, url=ONE.url, source="a", reason="http-404", now=at)
        found.append(len(waiting(store, "a", at + timedelta(hours=1))))
    assert found == [1, 0, 0]


def test_the_frontier_is_asked_in_the_order_of_publishing_whether_fresh_or_left_over(store: Store) -> None:
    links = [
        Announced(key=name, url=name, hint=Hint(published=NOW + timedelta(minutes=minute)))
        for name, minute in (("종합", 40), ("속보", 0), ("1보", 10))
    ]
    with store.transaction() as connection:
        fresh = enter(connection, links, source="a", now=NOW)
    assert [each.key for each in in_order(fresh, NOW)] == ["속보", "1보", "종합"]
    assert [each.key for each in waiting(store, "a", NOW)] == ["속보", "1보", "종합"]
    assert [each.key for each in waiting(store, "a", NOW, limit=2)] == ["1보", "종합"], "of too many, the newest"


def test_an_address_keeps_its_silence_and_passes_it_on_where_it_leads(store: Store) -> None:
    with store.transaction() as connection:
        enter(connection, [replace(ONE, is_silent=True)], source="a", now=NOW)
        enter_goal(connection, key="goal", url="http://a.kr/goal", came_from=ONE.key, now=NOW)
    goal = known(store, "goal")
    start = known(store, ONE.key)
    assert goal
    assert start
    assert goal == replace(start, key="goal", url="http://a.kr/goal")
    assert goal.is_silent
    assert goal.hint == ONE.hint


def test_what_no_source_will_come_back_for_is_stranded(store: Store) -> None:
    entered(store, ONE)
    begin_run(store, "a", NOW)
    with store.transaction() as connection:
        typed = {"outcome": Outcome.RETRY, "reason": "http-500", "now": NOW}
        settle_failure(connection, key="page", url="http://b.kr/page", source="", **typed)
        enter(connection, [replace(ONE, key="entry", url="http://b.kr/entry")], source="b.kr", now=NOW)
    assert stranded(store, NOW) == ()
    assert stranded(store, NOW + timedelta(minutes=2)) == ("http://b.kr/page",)
    assert set(stranded(store, NOW + timedelta(hours=1))) == {"http://b.kr/page", "http://b.kr/entry"}


def test_what_was_refused_is_not_asked_again(store: Store) -> None:
    entered(store, ONE)
    with store.transaction() as connection:
        settle(connection, key=ONE.key, url=ONE.url, source="a", outcome=Outcome.REFUSED, reason="listing", now=NOW)
    assert entered(store, replace(ONE, hint=Hint(title="다른 제목"), modified=NOW + timedelta(days=1))) == []
