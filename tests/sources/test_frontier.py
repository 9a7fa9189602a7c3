"""The frontier: what is new is entered once, what failed comes back, what changed is looked at again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.article import Hint
from pipelines.outcome import Outcome
from pipelines.store.addresses import (
    RETRY_AFTER,
    VISITS_MAX,
    Announced,
    enter,
    is_known,
    next_wait,
    postpone,
    settle,
    settle_failure,
    waiting,
    waiting_count,
)
from pipelines.store.database import Store, open_store

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
            """INSERT INTO article
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
    assert next_wait(0, timedelta(hours=2)) == timedelta(hours=2)
    assert next_wait(0, timedelta(days=30)) == timedelta(days=1)
    assert next_wait(2, timedelta(seconds=1)) == timedelta(hours=1)


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


def test_what_was_refused_is_not_asked_again(store: Store) -> None:
    entered(store, ONE)
    with store.transaction() as connection:
        settle(connection, key=ONE.key, url=ONE.url, source="a", outcome=Outcome.REFUSED, reason="listing", now=NOW)
    assert entered(store, replace(ONE, hint=Hint(title="다른 제목"), modified=NOW + timedelta(days=1))) == []
