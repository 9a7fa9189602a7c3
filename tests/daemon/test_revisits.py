"""Which articles are due for another look."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.outcome import Outcome
from pipelines.store.database import Store, open_store
from pipelines.store.endings import settle, settle_failure
from pipelines.store.revisits import due_revisits
from tests.daemon.beside import publish

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
AGES = [timedelta(hours=h) for h in (1, 6, 24)]
URL = "https://alpha.example/1"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """One matched article, first seen at NOW."""
    with open_store(tmp_path / "sosik.db") as store:
        publish(store, "alpha", [NOW])
        with store.transaction() as connection:
            connection.execute("UPDATE article SET key = 'k', url = ?", [URL])
            connection.execute("UPDATE article SET id = 1")
        store.db.execute(
            "INSERT INTO match (article_id, topic, level, score, evidence, matched_at)"
            " VALUES (1, 'china-ai', 'match', 1.0, '[]', '2026-11-22T03:00:00Z')"
        )
        seen(store, NOW)
        yield store


def seen(store: Store, at: datetime) -> None:
    with store.transaction() as connection:
        settle(connection, key="k", url=URL, source="alpha", outcome=Outcome.UNCHANGED, now=at, article_id=1)


def test_it_is_looked_at_after_each_age_once(store: Store) -> None:
    looks = []
    for minutes in range(0, 60 * 60, 5):
        now = NOW + timedelta(minutes=minutes)
        if due_revisits(store, now, AGES):
            looks.append(minutes / 60)
            seen(store, now)
    assert looks == [1.0, 6.0, 24.0]


def test_a_look_that_failed_is_left_to_its_own_next_try(store: Store) -> None:
    now = NOW + timedelta(hours=1)
    assert due_revisits(store, now, AGES) == (URL,)
    with store.transaction() as connection:
        settle_failure(connection, key="k", url=URL, source="alpha", outcome=Outcome.RETRY, reason="http-503", now=now)
    assert due_revisits(store, now + timedelta(seconds=30), AGES) == ()
    assert due_revisits(store, now + timedelta(hours=5), AGES) == (URL,), "the next age"


def test_what_was_withdrawn_or_is_long_past_is_left_alone(store: Store) -> None:
    assert due_revisits(store, NOW + timedelta(days=4), AGES) == ()
    store.db.execute("UPDATE article SET withdrawn_at = '2026-11-22T03:30:00Z'")
    assert due_revisits(store, NOW + timedelta(hours=1), AGES) == ()


def test_what_was_typed_and_failed_is_tried_again_also_when_no_age_is_set(store: Store) -> None:
    typed = "https://typed.example/1"
    with store.transaction() as connection:
        settle_failure(connection, key="t", url=typed, source="", outcome=Outcome.RETRY, reason="http-503", now=NOW)
    assert due_revisits(store, NOW + timedelta(minutes=1), []) == ()
    assert due_revisits(store, NOW + timedelta(minutes=2), []) == (typed,)


def test_a_daemon_that_slept_looks_once_for_all_ages_missed(store: Store) -> None:
    now = NOW + timedelta(hours=30)
    assert due_revisits(store, now, AGES) == (URL,)
    seen(store, now)
    assert due_revisits(store, now, AGES) == ()
