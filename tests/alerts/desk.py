"""Rows as the recording transaction would leave them, for tests of what comes after: stories, articles, matches."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from pipelines.alerts.enqueue import enqueue_alerts
from pipelines.alerts.policy import AlertPolicy
from pipelines.clock import stored
from pipelines.store.database import Store, open_store
from pipelines.story import Relation

NOON = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)  # noon in Seoul, a Monday


class NewsDesk:
    """A database file that articles are filed into by hand."""

    def __init__(self, folder: Path) -> None:
        self.store: Store = open_store(folder / "sosik.db")
        self.count = 0

    def file(
        self,
        title: str = "화웨이, 새 AI 칩 공개",
        *,
        story: int | None = None,
        press: str = "가나일보",
        text: str = "화웨이가 3일 선전에서 새 AI 칩을 공개했다.\n회사는 내년 봄 양산을 시작한다고 밝혔다.",
        sentence: str = "화웨이가 3일 선전에서 새 AI 칩을 공개했다.",
        terms: tuple[str, ...] = ("화웨이",),
        topic: str = "china-ai",
        score: float = 0.8,
        subtopics: tuple[str, ...] = ("chips",),
        stage: str = "",
        tags: tuple[str, ...] = (),
        source: str = "gana",
        relation: str = "",
        published: datetime | None = NOON,
        now: datetime = NOON,
        level: str = "match",
        url: str = "",
    ) -> tuple[int, int]:
        """(article id, story id) of a matched article; opens a story when none is named."""
        self.count += 1
        url = url or f"https://news.example/{self.count}"
        with self.store.transaction() as connection:
            if story is None:
                story = connection.execute(
                    "INSERT INTO story (headline, stage, first_seen_at, last_seen_at) VALUES (?, ?, ?, ?)",
                    (title, stage, stored(now), stored(now)),
                ).lastrowid
                assert story is not None
            else:
                connection.execute("UPDATE story SET articles = articles + 1 WHERE id = ?", (story,))
            connection.execute(
                "INSERT INTO address (key, url, source, state, outcome, discovered_at) VALUES (?, ?, ?, 'done', 'stored', ?)",
                (url, url, source, stored(now)),
            )
            article = connection.execute(
                """INSERT INTO article (story_id, key, url, source, press, title, text, tags, stage, published_at, first_seen_at,
                     last_seen_at, fingerprint, text_hash, relation) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                (story, url, url, source, press, title, text, json.dumps(tags), stage,
                 stored(published) if published else None, stored(now), stored(now), "{}",
                 str(self.count), relation),
            ).lastrowid
            assert article is not None
            evidence = [{"field": "body", "start": text.find(t), "end": text.find(t) + len(t), "text": t, "rule": f"entity:{t}"}
                        for t in terms]
            connection.execute(
                """INSERT INTO match (article_id, topic, level, score, subtopics, sentence, evidence, matched_at)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
                (article, topic, level, score, json.dumps(subtopics), sentence, json.dumps(evidence), stored(now)),
            )
        return article, story

    def tell(
        self,
        article: int,
        story: int,
        policy: AlertPolicy,
        *,
        relation: Relation | None = None,
        topic: str = "china-ai",
        now: datetime = NOON,
    ) -> int:
        with self.store.transaction() as connection:
            return enqueue_alerts(
                connection, story_id=story, topic=topic, article_id=article, relation=relation, policy=policy, now=now
            )

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        return self.store.db.conn.execute(query, values).fetchall()
