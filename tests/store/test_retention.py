"""Stories that no topic matched go when their time is over, and leave nothing behind but their addresses."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from pipelines.clock import stored
from pipelines.match import Level, Match
from pipelines.record import record
from pipelines.store.by_hand import join, split
from pipelines.store.database import Store
from pipelines.store.judgements import judge
from pipelines.store.retention import AT_ONCE, drop_unmatched
from pipelines.store.upkeep import check
from tests.store.making import DEEPSEEK, FOREST, NOW, POLICY, article, match, page, reading

OLD, NEW = NOW - timedelta(days=91), NOW - timedelta(days=89)
BEFORE = NOW - timedelta(days=90)


def put(
    store: Store, name: str, now: datetime, paragraphs: tuple[str, ...] = FOREST, *, title: str = "",
    matches: tuple[Match, ...] = (),
) -> None:
    made = article(title or "강원 산간 대설에 탐방로 통제", paragraphs, published=now)
    record(store, reading(made, page(name), matches=matches), now=now, policy=POLICY)


def names(store: Store) -> list[str]:
    return [str(url).rsplit("/", 1)[1] for (url,) in store.db.execute("SELECT url FROM article ORDER BY id")]


def test_old_stories_go_and_new_ones_stay(store: Store) -> None:
    put(store, "old", OLD)
    put(store, "copy", OLD + timedelta(hours=1))
    put(store, "new", NEW, DEEPSEEK, title="딥시크 새 모델에 반도체 업계 긴장")
    assert drop_unmatched(store, before=BEFORE) == 1
    assert names(store) == ["new"]
    assert store.db["story"].count == 1
    assert store.db.execute("SELECT count(*) FROM probe WHERE article_id < 3").fetchone() == (0,)
    assert store.db.execute("SELECT count(*) FROM raw_page").fetchone() == (1,)
    assert check(store) == ()
    assert store.db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_a_story_lives_from_its_last_article(store: Store) -> None:
    put(store, "first", OLD)
    put(store, "late", OLD + timedelta(days=2))  # a copy
    assert drop_unmatched(store, before=BEFORE) == 0
    assert names(store) == ["first", "late"]


@pytest.mark.parametrize("reason", ["match", "judgement"])
def test_what_mattered_to_a_topic_stays(store: Store, reason: str) -> None:
    put(store, "kept", OLD, matches=(match(),) if reason == "match" else ())
    put(store, "copy", OLD + timedelta(hours=1))
    put(store, "mention", OLD, DEEPSEEK, title="딥시크 새 모델에 반도체 업계 긴장", matches=(match(Level.MENTION),))
    if reason == "judgement":
        with store.transaction() as connection:
            judge(connection, article_id=1, topic="china-ai", is_right=False, now=OLD)
    assert drop_unmatched(store, before=BEFORE) == 1
    assert names(store) == ["kept", "copy"], "a mention does not keep its story"


def test_what_is_gone_is_not_fetched_again(store: Store) -> None:
    put(store, "old", OLD)
    drop_unmatched(store, before=BEFORE)
    assert store.db.execute("SELECT state, outcome, article_id FROM address").fetchall() == [("done", "stored", None)]


def test_stories_joined_into_one_go_with_it_and_a_later_relative_stays(store: Store) -> None:
    put(store, "old", OLD)
    put(store, "apart", OLD, DEEPSEEK, title="딥시크 새 모델에 반도체 업계 긴장")
    with store.transaction() as connection:
        connection.execute("UPDATE article SET story_id = 1 WHERE id = 2")
        connection.execute("UPDATE story SET joined_into = 1, articles = 0, canonical_article_id = NULL WHERE id = 2")
        connection.execute("UPDATE story SET articles = 2 WHERE id = 1")
    put(store, "new", NEW, ("경기 북부에 호우주의보가 내려졌다고 기상청이 3일 오전 밝혔다.",), title="경기 북부 호우주의보")
    with store.transaction() as connection:
        connection.execute("UPDATE article SET related_to = 2 WHERE id = 3")
    assert drop_unmatched(store, before=BEFORE) == 1
    assert names(store) == ["new"]
    assert store.db.execute("SELECT id, joined_into FROM story").fetchall() == [(3, None)]
    assert check(store) == ()


def test_many_go_in_short_steps(store: Store) -> None:
    with store.transaction() as connection:
        connection.executemany(
            "INSERT INTO story (headline, first_seen_at, last_seen_at) VALUES (?, ?, ?)",
            [(f"{n}", stored(OLD), stored(OLD)) for n in range(3 * AT_ONCE + 1)])
    assert drop_unmatched(store, before=BEFORE) == 3 * AT_ONCE + 1


def test_a_story_stays_that_an_alert_refers_to_though_its_article_was_split_off(store: Store) -> None:
    put(store, "told", OLD, matches=(match(),))
    put(store, "told-too", OLD, DEEPSEEK, title="딥시크 새 모델에 반도체 업계 긴장", matches=(match(),))
    put(store, "copy", OLD + timedelta(hours=1))
    with store.transaction() as connection:
        split(connection, join(connection, 1, 2), [1, 2], now=OLD)
        connection.execute("UPDATE alert SET story_id = 2 WHERE id = 2")  # where earlier versions left it
    drop_unmatched(store, before=BEFORE)
    assert names(store) == ["told", "told-too", "copy"]
    assert check(store) == ()
