"""Stories as they are read: a list of the newest, and one story with its articles, revisions and corrections. SQL only."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from pipelines.clock import loaded, stored
from pipelines.store.by_hand import living
from pipelines.store.candidates import filed_article
from pipelines.store.search import Within, answering
from pipelines.story import Filed

HITS_MAX = 2_000  # articles looked at for `--query`


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """An edit: title and text as they were, and as they became."""

    at: datetime  # when it was seen
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One article of a story."""

    article_id: int
    title: str
    press: str
    origin: str
    url: str
    at: datetime  # published, else first seen
    is_published: bool  # False: `at` is when we first saw it
    stage: str
    filed: Filed
    withdrawn_at: datetime | None = None
    corrections: tuple[str, ...] = ()  # addresses of notices that correct it
    revisions: tuple[Revision, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryLine:
    """A story with its articles, the oldest first."""

    id: int
    headline: str
    stage: str
    url: str  # of the canonical article
    topics: tuple[str, ...]  # flagged as matches
    entries: tuple[Entry, ...]
    joined: tuple[int, ...] = ()  # stories that were found to be this one

    @property
    def presses(self) -> tuple[str, ...]:
        """In the order in which they told it."""
        return tuple(dict.fromkeys(entry.press for entry in self.entries if entry.press))


def list_stories(
    connection: sqlite3.Connection, *, since: datetime | None = None, until: datetime | None = None, topic: str | None = None,
    query: str | None = None, limit: int = 20,
) -> tuple[StoryLine, ...]:
    """The stories told last, newest first: still told `since`, begun `until`; with `query`, those one of whose articles answers
    it. Raises QueryError.
    """
    conditions = ["story.joined_into IS NULL", "story.articles > 0"]
    values: dict[str, object] = {"limit": limit}
    if since is not None:
        conditions.append("story.last_seen_at >= :since")
        values["since"] = stored(since)
    if until is not None:
        conditions.append("story.first_seen_at <= :until")
        values["until"] = stored(until)
    if topic is not None:
        conditions.append(  # the story's articles first: left alone, SQLite reads all matches of the topic for each story
            """EXISTS (SELECT 1 FROM article CROSS JOIN match ON match.article_id = article.id
                       WHERE match.topic = :topic AND match.level = 'match' AND article.story_id = story.id)""")
        values["topic"] = topic
    if query is not None:
        conditions.append("story.id IN (SELECT story_id FROM json_each(:hits) JOIN article ON article.id = value)")
        values["hits"] = json.dumps(answering(connection, query, within=Within(since=since), limit=HITS_MAX))
    rows = connection.execute(
        f"SELECT id FROM story WHERE {' AND '.join(conditions)} ORDER BY last_seen_at DESC, id DESC LIMIT :limit", values)
    return tuple(_line(connection, story_id) for (story_id,) in rows.fetchall())


def timeline(connection: sqlite3.Connection, story_id: int) -> StoryLine:
    """Everything on one story, also when it was joined into another since. Raises UserError."""
    return _line(connection, living(connection, story_id))


def _line(connection: sqlite3.Connection, story_id: int) -> StoryLine:
    headline, stage, url = connection.execute(
        """SELECT story.headline, story.stage, article.url FROM story
           JOIN article ON article.id = story.canonical_article_id WHERE story.id = ?""", (story_id,)).fetchone()
    topics = connection.execute(
        """SELECT DISTINCT topic FROM match JOIN article ON article.id = match.article_id
           WHERE article.story_id = ? AND level = 'match' ORDER BY topic""", (story_id,))
    joined = connection.execute("SELECT id FROM story WHERE joined_into = ? ORDER BY id", (story_id,))
    rows = connection.execute(
        """SELECT id, title, press, origin, url, coalesce(published_at, first_seen_at) AS at, published_at IS NOT NULL, stage,
             withdrawn_at FROM article WHERE story_id = ? ORDER BY at, id""", (story_id,)).fetchall()
    return StoryLine(
        id=story_id, headline=headline, stage=stage, url=url, topics=tuple(topic for (topic,) in topics),
        joined=tuple(each for (each,) in joined), entries=tuple(_entry(connection, *row) for row in rows))


def _entry(
    connection: sqlite3.Connection, article_id: int, title: str, press: str, origin: str, url: str, at: str, is_published: int,
    stage: str, withdrawn_at: str | None,
) -> Entry:
    notices = connection.execute(
        "SELECT url FROM article JOIN correction ON article.id = correction.article_id WHERE corrects = ?", (article_id,))
    return Entry(
        article_id=article_id, title=title, press=press, origin=origin, url=url, at=loaded(at), is_published=bool(is_published),
        stage=stage, filed=filed_article(connection, article_id).filed,
        withdrawn_at=loaded(withdrawn_at) if withdrawn_at else None, corrections=tuple(each for (each,) in notices),
        revisions=_revisions(connection, article_id))


def _revisions(connection: sqlite3.Connection, article_id: int) -> tuple[Revision, ...]:
    title, text = connection.execute("SELECT title, text FROM article WHERE id = ?", (article_id,)).fetchone()
    rows = connection.execute(
        "SELECT title, text, replaced_at FROM revision WHERE article_id = ? ORDER BY id", (article_id,)).fetchall()
    states = [*(f"{row[0]}\n{row[1]}" for row in rows), f"{title}\n{text}"]
    return tuple(
        Revision(at=loaded(row[2]), before=before, after=after)
        for row, (before, after) in zip(rows, pairwise(states), strict=True))
