"""Stored articles as records for export, read a few at a time so that a slow reader never holds the database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pipelines.clock import stored
from pipelines.press import press_of_name

CHUNK = 200  # articles read at a time: about a megabyte


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedMatch:
    topic: str
    level: str
    score: float
    subtopics: tuple[str, ...]
    sentence: str  # that proves it
    terms: tuple[str, ...]  # as written there


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedArticle:
    """One article; the names are those of the exported columns. Times in ISO 8601 and UTC, "" when unknown."""

    id: int
    story_id: int
    url: str
    canonical_url: str
    source: str
    press: str
    origin: str
    title: str
    subtitle: str
    byline: str
    published_at: str
    modified_at: str
    first_seen_at: str
    withdrawn_at: str
    section: str
    stage: str
    tags: tuple[str, ...]
    flags: tuple[str, ...]
    relation: str
    related_to: int | None
    matches: tuple[ExportedMatch, ...]
    text: str


def exported(
    connection: sqlite3.Connection,
    *,
    topic: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    press: str | None = None,
    newest_first: bool = False,
) -> Iterator[ExportedArticle]:
    """The articles as their ids rise. `since` and `until` are about publishing, else first sight."""
    named = press_of_name(press) if press else None
    values = {
        "topic": topic, "since": stored(since) if since else "", "until": stored(until) if until else "9999",
        "press": named.name if named else press, "after": 2**62 if newest_first else 0, "limit": CHUNK,
    }
    comparison, direction = ("<", "DESC") if newest_first else (">", "ASC")
    statement = f"""
        SELECT * FROM article WHERE id {comparison} :after AND (:press IS NULL OR press = :press)
          AND coalesce(published_at, first_seen_at) BETWEEN :since AND :until
          AND (:topic IS NULL OR EXISTS (SELECT 1 FROM match WHERE match.topic = :topic AND article_id = article.id))
        ORDER BY id {direction} LIMIT :limit"""
    while True:
        cursor = connection.cursor()
        cursor.row_factory = sqlite3.Row
        rows = cursor.execute(statement, values).fetchall()
        if not rows:
            return
        values["after"] = rows[-1]["id"]
        yield from [_article(connection, row, topic) for row in rows]


def _article(connection: sqlite3.Connection, row: sqlite3.Row, topic: str | None) -> ExportedArticle:
    byline = json.loads(row["byline"])
    reporters = ", ".join(" ".join(filter(None, (r["name"], r.get("role")))) for r in byline.get("reporters", ()))
    return ExportedArticle(
        id=row["id"], story_id=row["story_id"], url=row["url"], canonical_url=row["canonical_url"] or "", source=row["source"],
        press=row["press"], origin=row["origin"], title=row["title"], subtitle=row["subtitle"] or "",
        byline=reporters or byline.get("agency") or byline.get("poster") or "",
        published_at=row["published_at"] or "", modified_at=row["modified_at"] or "", first_seen_at=row["first_seen_at"],
        withdrawn_at=row["withdrawn_at"] or "", section=row["section"] or "", stage=row["stage"],
        tags=tuple(json.loads(row["tags"])), flags=tuple(json.loads(row["flags"])),
        relation=row["relation"], related_to=row["related_to"], matches=_matches(connection, row["id"], topic), text=row["text"])


def _matches(connection: sqlite3.Connection, article_id: int, topic: str | None) -> tuple[ExportedMatch, ...]:
    """Of the topic that was asked for first: its sentence is the proof that is wanted."""
    rows = connection.execute(
        """SELECT topic, level, score, subtopics, sentence, evidence FROM match
           WHERE article_id = ? ORDER BY topic IS NOT ?, topic""", (article_id, topic))
    return tuple(
        ExportedMatch(topic=topic, level=level, score=score, subtopics=tuple(json.loads(subtopics)), sentence=sentence,
                      terms=tuple(dict.fromkeys(each["text"] for each in json.loads(evidence))))
        for topic, level, score, subtopics, sentence, evidence in rows)
