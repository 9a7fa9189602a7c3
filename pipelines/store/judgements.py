"""What the user said of articles, and what the rule lab needs: stored articles in order, and their levels for one topic."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pipelines.article import Article
from pipelines.clock import stored
from pipelines.match import Match
from pipelines.store import articles
from pipelines.store.database import Store
from pipelines.urls import Rules, UrlRefusal, clean_url

BATCH = 500  # articles read at once


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """A stored article with its number."""

    id: int
    article: Article


def judge(connection: sqlite3.Connection, *, article_id: int, topic: str, is_right: bool, now: datetime) -> None:
    """Whether the article belongs to the topic; a later word replaces an earlier one. Call inside a transaction."""
    connection.execute(
        """INSERT INTO judgement (article_id, topic, is_right, judged_at) VALUES (?, ?, ?, ?)
           ON CONFLICT (topic, article_id) DO UPDATE SET is_right = excluded.is_right, judged_at = excluded.judged_at""",
        (article_id, topic, int(is_right), stored(now)))


def judgements(store: Store, topic: str) -> dict[int, bool]:
    """Article number → whether it belongs to the topic."""
    with store.reading() as connection:
        rows = connection.execute("SELECT article_id, is_right FROM judgement WHERE topic = ?", (topic,)).fetchall()
    return {article_id: bool(is_right) for article_id, is_right in rows}


def levels(store: Store, topic: str) -> dict[int, str]:
    """Article number → the level stored for this topic."""
    with store.reading() as connection:
        return dict(connection.execute("SELECT article_id, level FROM match WHERE topic = ?", (topic,)))


def stored_articles(store: Store, *, since: datetime | None = None) -> Iterator[StoredArticle]:
    """All stored articles, the oldest first, read in small batches so that a large archive fits in memory."""
    last = 0
    while rows := _rows(store, "id > ? AND first_seen_at >= ? ORDER BY id LIMIT ?", last, stored(since) if since else "", BATCH):
        yield from rows
        last = rows[-1].id


def look_up(store: Store, name: str, *, rules: Rules | None = None) -> StoredArticle | None:
    """The article of this number or address, however the address is spelt; `rules` as it was crawled by."""
    if re.fullmatch(r"[0-9]{1,18}", name):  # what SQLite can number
        return next(iter(_rows(store, "id = ?", int(name))), None)
    address = clean_url(name, rules=rules)
    if isinstance(address, UrlRefusal):
        return None
    found = (_rows(store, "key = ?", address.key)
             or _rows(store, "id = (SELECT article_id FROM address WHERE key = ?)", address.key)
             or _rows(store, "canonical_url <> url AND canonical_url IN (?, ?)", name, address.url))
    return found[0] if found else None


def put_match(connection: sqlite3.Connection, *, article_id: int, topic: str, match: Match | None, now: datetime) -> None:
    """One topic's verdict on one article, in place of the earlier one. No alert is born of it. Call inside a transaction."""
    if match is None:
        connection.execute("DELETE FROM match WHERE article_id = ? AND topic = ?", (article_id, topic))
    else:
        articles.put_each(connection, article_id, (match,), now=now)


def _rows(store: Store, condition: str, *values: object) -> list[StoredArticle]:
    with store.reading() as connection:
        cursor = connection.execute(f"SELECT * FROM article WHERE {condition}", values)
        cursor.row_factory = sqlite3.Row
        return [StoredArticle(id=row["id"], article=articles.article_of(row)) for row in cursor]


def has_matches(connection: sqlite3.Connection, topic: str) -> bool:
    """Whether an article was ever flagged for the topic."""
    return connection.execute("SELECT 1 FROM match WHERE topic = ? LIMIT 1", (topic,)).fetchone() is not None


def topics_with_matches(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Every topic that an article was ever flagged for."""
    return tuple(row[0] for row in connection.execute("SELECT DISTINCT topic FROM match ORDER BY topic"))


def topics_of(store: Store, article_id: int) -> tuple[str, ...]:
    """The topics that the article was matched by or names."""
    with store.reading() as connection:
        rows = connection.execute("SELECT topic FROM match WHERE article_id = ? ORDER BY level, topic", (article_id,)).fetchall()
    return tuple(topic for (topic,) in rows)
