"""What the user said of articles, and the archive as the rule lab reads it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.clock import stored
from pipelines.record import record
from pipelines.store.database import Store, open_store
from pipelines.store.judgements import judge, judgements, levels, look_up, put_match, stored_articles, topics_of
from tests.store.making import FOREST, NOW, POLICY, article, match, page, reading


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "sosik.db") as opened:
        record(opened, reading(article(), page("a1"), matches=(match(),)), now=NOW, policy=POLICY)
        record(opened, reading(article("설악산에 큰눈", FOREST), page("a2")), now=NOW + timedelta(days=1), policy=POLICY)
        yield opened


def test_a_later_word_replaces_an_earlier_one(store: Store) -> None:
    for is_right in (True, False):
        with store.transaction() as connection:
            judge(connection, article_id=1, topic="china-ai", is_right=is_right, now=NOW)
    assert judgements(store, "china-ai") == {1: False}
    assert judgements(store, "other") == {}


def test_articles_come_back_as_they_were_read(store: Store) -> None:
    assert [(each.id, each.article.title) for each in stored_articles(store)] == [(1, article().title), (2, "설악산에 큰눈")]
    assert next(stored_articles(store)).article.paragraphs == article().paragraphs


def test_since_counts_from_when_they_were_first_seen(store: Store) -> None:
    assert [each.id for each in stored_articles(store, since=NOW + timedelta(hours=1))] == [2]


def test_an_article_is_named_by_number_or_address(store: Store) -> None:
    for name in ("1", page("a1").url):
        found = look_up(store, name)
        assert found is not None
        assert found.id == 1
    assert look_up(store, "99") is None
    assert look_up(store, "https://news.example/none") is None


def test_an_address_may_be_spelt_as_it_is_found(store: Store) -> None:
    canonical = article("폭설에 하늘길 막혀", FOREST[:2], canonical_url="https://news.example/list/?No=3")
    record(store, reading(canonical, page("a3", requested_key="https://news.example/moved")), now=NOW, policy=POLICY)
    for spelt in ("http://NEWS.example/a3/?utm_source=mail#top", "https://news.example/moved", "https://news.example/list/?No=3"):
        found = look_up(store, spelt)
        assert found is not None, spelt
        assert found.id == 3
    assert look_up(store, "ftp://news.example/a3") is None


def test_a_verdict_of_one_topic_leaves_the_others_and_alerts_nobody(store: Store) -> None:
    with store.transaction() as connection:
        before = connection.execute("SELECT count(*) FROM alert").fetchone()
        connection.execute(
            "INSERT INTO match (article_id, topic, level, score, matched_at) VALUES (1, 'other', 'mention', 0.1, ?)",
            (stored(NOW),))
        put_match(connection, article_id=1, topic="china-ai", match=None, now=NOW)
        put_match(connection, article_id=2, topic="china-ai", match=match(), now=NOW)
        assert connection.execute("SELECT count(*) FROM alert").fetchone() == before
    assert levels(store, "china-ai") == {2: "match"}
    assert topics_of(store, 1) == ("other",)
