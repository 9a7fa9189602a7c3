"""Story rows: opened, grown and joined in the transaction that records an article. What belongs together is decided elsewhere."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from pipelines.clock import stored
from pipelines.press import press_of_name
from pipelines.story import StageKind

STAGES = list(StageKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One article of a story, as far as the story's own row depends on it."""

    article_id: int
    title: str
    press: str
    origin: str
    at: str  # published, else first seen, as stored
    seen_at: str
    fingerprint: str  # JSON

    @property
    def is_witness(self) -> bool:
        """A portal's, a board's, or another outlet's copy: evidence of the story, not its source."""
        press = press_of_name(self.press)
        return bool(press and press.is_carrier) or self.origin not in ("", self.press)

    @property
    def stage(self) -> tuple[int, int]:
        """Sorts as the wire sends its reports; (-1, 0) without a stage."""
        kind, number = json.loads(self.fingerprint).get("stage") or (None, 0)
        return (STAGES.index(StageKind(kind)), number) if kind else (-1, 0)


def open_story(connection: sqlite3.Connection, title: str, *, now: datetime) -> int:
    """An empty story; its first article goes in next, then `refresh`."""
    cursor = connection.execute(
        "INSERT INTO story (headline, first_seen_at, last_seen_at, articles) VALUES (?, ?, ?, 0)",
        (title, stored(now), stored(now)))
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def join(connection: sqlite3.Connection, keep: int, other: int) -> None:
    """Move the other story's articles into this one. Its row stays as the trace; call `refresh` when all are joined."""
    connection.execute("UPDATE article SET story_id = ? WHERE story_id = ?", (keep, other))
    connection.execute("UPDATE story SET joined_into = ?, articles = 0 WHERE id = ?", (keep, other))


def refresh(connection: sqlite3.Connection, story_id: int) -> None:
    """The story's row from its articles, whatever order they came in: the original publisher's headline, else the earliest."""
    members = [Member(article_id=row[0], title=row[1], press=row[2], origin=row[3], at=row[4], seen_at=row[5], fingerprint=row[6])
               for row in connection.execute(
                   """SELECT id, title, press, origin, coalesce(published_at, first_seen_at), first_seen_at, fingerprint
                      FROM article WHERE story_id = ?""", (story_id,))]
    canonical = min(members, key=lambda m: (m.is_witness, m.at, m.article_id))
    latest = max(members, key=lambda m: m.stage)
    (stage,) = connection.execute("SELECT stage FROM article WHERE id = ?", (latest.article_id,)).fetchone()
    connection.execute(
        """UPDATE story SET canonical_article_id = ?, headline = ?, stage = ?, articles = ?,
             first_seen_at = ?, last_seen_at = ? WHERE id = ?""",
        (canonical.article_id, canonical.title, stage, len(members),
         min(m.seen_at for m in members), max(m.seen_at for m in members), story_id))
