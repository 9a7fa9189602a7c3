"""Story rows: opened, grown and joined in the transaction that records an article. What belongs together is decided elsewhere."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipelines.clock import stored
from pipelines.press import is_witness
from pipelines.story import Stage

CLAIMANT = """SELECT id, key, title, press, origin, coalesce(published_at, first_seen_at), first_seen_at, stage FROM article """


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimant:
    """One article of a story, as far as the story's own row depends on it."""

    article_id: int
    key: str  # of its address
    title: str
    press: str
    origin: str
    at: str  # published, else first seen, as stored
    seen_at: str
    stage: str

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> Claimant:
        article_id, key, title, press, origin, at, seen_at, stage = row
        return cls(article_id=article_id, key=key, title=title, press=press, origin=origin, at=at, seen_at=seen_at, stage=stage)

    @property
    def claim(self) -> tuple[bool, str, str]:
        """The least of a story's claims gives it its headline: the original publisher's, else the earliest."""
        return (is_witness(self.press, self.origin), self.at, self.key)


def latest(stages: Iterable[str]) -> str:
    """The latest stage that an article of the story is marked with, "" when none is."""
    return str(max(filter(None, map(Stage.read, stages)), key=Stage.rank, default=""))


def open_story(connection: sqlite3.Connection, title: str, *, now: datetime) -> int:
    """An empty story; its first article goes in next, then `grow`."""
    cursor = connection.execute(
        "INSERT INTO story (headline, first_seen_at, last_seen_at, articles) VALUES (?, ?, ?, 0)",
        (title, stored(now), stored(now)))
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def move_articles(connection: sqlite3.Connection, keep: int, other: int) -> None:
    """Move the other story's articles into this one. Its row stays as the trace; call `refresh` when all are joined."""
    connection.execute("UPDATE article SET story_id = ? WHERE story_id = ?", (keep, other))
    connection.execute("UPDATE story SET joined_into = ?, articles = 0 WHERE id = ?", (keep, other))


def grow(connection: sqlite3.Connection, story_id: int, article_id: int) -> None:
    """The story's row after one more article; the others are not read, for a great story has hundreds."""
    new = Claimant.of(connection.execute(CLAIMANT + "WHERE id = ?", (article_id,)).fetchone())
    canonical_id, stage = connection.execute("SELECT canonical_article_id, stage FROM story WHERE id = ?", (story_id,)).fetchone()
    row = connection.execute(CLAIMANT + "WHERE id = ?", (canonical_id,)).fetchone()
    canonical = min((new, Claimant.of(row)) if row else (new,), key=lambda each: each.claim)
    connection.execute(
        """UPDATE story SET canonical_article_id = ?, headline = ?, stage = ?, articles = articles + 1,
             first_seen_at = min(first_seen_at, ?), last_seen_at = max(last_seen_at, ?) WHERE id = ?""",
        (canonical.article_id, canonical.title, latest((stage, new.stage)), new.seen_at, new.seen_at, story_id))


def refresh(connection: sqlite3.Connection, story_id: int) -> None:
    """The story's row from all its articles: the same whatever order they came in."""
    claimants = list(map(Claimant.of, connection.execute(CLAIMANT + "WHERE story_id = ?", (story_id,))))
    canonical = min(claimants, key=lambda each: each.claim)
    connection.execute(
        """UPDATE story SET canonical_article_id = ?, headline = ?, stage = ?, articles = ?,
             first_seen_at = ?, last_seen_at = ? WHERE id = ?""",
        (canonical.article_id, canonical.title, latest(each.stage for each in claimants), len(claimants),
         min(each.seen_at for each in claimants), max(each.seen_at for each in claimants), story_id))
