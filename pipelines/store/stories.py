"""Stories as they are read: a list of the newest, and one story's timeline with copies, lags and revisions. SQL only."""

from __future__ import annotations

import difflib
import json
import re
import sqlite3
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipelines.clock import loaded, stored
from pipelines.press import press_of_name
from pipelines.store.hands import living
from pipelines.store.search import Within, search

HITS_MAX = 2_000  # articles looked at for `--query`
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryLine:
    """One story in a list."""

    id: int
    headline: str
    stage: str
    presses: tuple[str, ...]  # in the order in which they told it
    articles: int
    copies: int
    topics: tuple[str, ...]  # flagged as matches
    first_at: datetime  # published, else first seen
    last_at: datetime
    url: str  # of the canonical article


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """An edit: what went and what came, sentence by sentence."""

    at: datetime  # when it was seen
    gone: tuple[str, ...]
    come: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One article in its story's timeline."""

    article_id: int
    title: str
    press: str
    origin: str
    url: str
    at: datetime  # published, else first seen
    is_published: bool  # False: `at` is when we first saw it
    lag: timedelta  # since the story's first article
    stage: str
    role: str  # first, own (told by itself), update, copy
    copy_of: str = ""  # of a copy: the press it was taken from, "" unknown
    copy_of_id: int | None = None
    containment: float = 0.0
    reasons: tuple[str, ...] = ()
    withdrawn_at: datetime | None = None
    is_canonical: bool = False
    corrections: tuple[str, ...] = ()  # addresses of notices that correct it
    revisions: tuple[Revision, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    line: StoryLine
    entries: tuple[Entry, ...]  # the oldest first
    joined: tuple[int, ...] = ()  # stories that were found to be this one


def list_stories(
    connection: sqlite3.Connection, *, since: datetime | None = None, topic: str | None = None, query: str | None = None,
    limit: int = 20,
) -> tuple[StoryLine, ...]:
    """The stories told last, newest first; with `query`, those one of whose articles answers it. Raises QueryError."""
    conditions = ["story.joined_into IS NULL", "story.articles > 0"]
    values: dict[str, object] = {"limit": limit}
    if since is not None:
        conditions.append("story.last_seen_at >= :since")
        values["since"] = stored(since)
    if topic is not None:
        conditions.append(
            """EXISTS (SELECT 1 FROM match JOIN article ON article.id = match.article_id
                       WHERE match.topic = :topic AND match.level = 'match' AND article.story_id = story.id)""")
        values["topic"] = topic
    if query is not None:
        hits = search(connection, query, within=Within(since=since), limit=HITS_MAX)
        conditions.append("story.id IN (SELECT value FROM json_each(:hits))")
        values["hits"] = json.dumps(sorted({hit.story_id for hit in hits}))
    rows = connection.execute(
        f"SELECT id FROM story WHERE {' AND '.join(conditions)} ORDER BY last_seen_at DESC, id DESC LIMIT :limit", values)
    return tuple(_line(connection, story_id) for (story_id,) in rows.fetchall())


def timeline(connection: sqlite3.Connection, story_id: int) -> Timeline:
    """Everything on one story, also when it was joined into another since. Raises UserError."""
    story_id = living(connection, story_id)
    rows = _rows(connection, story_id)
    (canonical,) = connection.execute("SELECT canonical_article_id FROM story WHERE id = ?", (story_id,)).fetchone()
    sources = copy_sources(rows)
    first = min(row.at for row in rows)
    entries = tuple(_entry(connection, row, first, sources, canonical) for row in sorted(rows, key=lambda r: (r.at, r.id)))
    joined = connection.execute("SELECT id FROM story WHERE joined_into = ? ORDER BY id", (story_id,))
    return Timeline(line=_line(connection, story_id), entries=entries, joined=tuple(each for (each,) in joined))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    id: int
    title: str
    press: str
    origin: str
    url: str
    at: datetime
    is_published: bool
    stage: str
    relation: str
    related_to: int | None
    containment: float
    reasons: tuple[str, ...]
    withdrawn_at: datetime | None

    @property
    def is_witness(self) -> bool:
        """Carries what another wrote: a portal, a board, a reprint."""
        press = press_of_name(self.press)
        return bool(press and press.is_carrier) or self.origin not in ("", self.press)


def copy_sources(rows: list[Row]) -> dict[int, Row]:
    """Article → the article it was copied from. Of articles with one text, the original publisher's is the source, else the
    earliest: which one we saw first does not matter."""
    by_id = {row.id: row for row in rows}
    group = {row.id: row.id for row in rows}
    for row in rows:
        if row.relation == "copy" and row.related_to in by_id:
            old, new = group[row.id], group[row.related_to]
            group = {each: new if mark == old else mark for each, mark in group.items()}
    sources: dict[int, Row] = {}
    for mark in set(group.values()):
        members = [by_id[each] for each in group if group[each] == mark]
        source = min(members, key=lambda row: (row.is_witness, row.at, row.id))
        sources.update({row.id: source for row in members if row is not source})
    return sources


def sentence_diff(before: str, after: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The sentences that went and those that came."""
    old, new = (list(filter(None, map(str.strip, SENTENCE_END.split(text)))) for text in (before, after))
    gone: list[str] = []
    come: list[str] = []
    for kind, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            gone += old[i1:i2]
            come += new[j1:j2]
    return tuple(gone), tuple(come)


def _line(connection: sqlite3.Connection, story_id: int) -> StoryLine:
    headline, stage, url = connection.execute(
        """SELECT story.headline, story.stage, article.url FROM story
           JOIN article ON article.id = story.canonical_article_id WHERE story.id = ?""", (story_id,)).fetchone()
    rows = _rows(connection, story_id)
    topics = connection.execute(
        """SELECT DISTINCT topic FROM match JOIN article ON article.id = match.article_id
           WHERE article.story_id = ? AND level = 'match' ORDER BY topic""", (story_id,))
    ordered = sorted(rows, key=lambda row: (row.at, row.id))
    return StoryLine(
        id=story_id, headline=headline, stage=stage, url=url, articles=len(rows), copies=len(copy_sources(rows)),
        presses=tuple(dict.fromkeys(row.press for row in ordered if row.press)),
        topics=tuple(topic for (topic,) in topics), first_at=ordered[0].at, last_at=ordered[-1].at)


def _rows(connection: sqlite3.Connection, story_id: int) -> list[Row]:
    rows = connection.execute(
        """SELECT id, title, press, origin, url, coalesce(published_at, first_seen_at), published_at IS NOT NULL, stage, relation,
             related_to, containment, reasons, withdrawn_at FROM article WHERE story_id = ?""", (story_id,))
    return [
        Row(id=row[0], title=row[1], press=row[2], origin=row[3], url=row[4], at=loaded(row[5]), is_published=bool(row[6]),
            stage=row[7], relation=row[8], related_to=row[9], containment=row[10], reasons=tuple(json.loads(row[11])),
            withdrawn_at=loaded(row[12]) if row[12] else None)
        for row in rows
    ]


def _entry(
    connection: sqlite3.Connection, row: Row, first: datetime, sources: dict[int, Row], canonical: int | None
) -> Entry:
    source = sources.get(row.id)
    own = "first" if row.at == first else "update" if row.relation == "update" else "own"
    notices = connection.execute(
        "SELECT url FROM article JOIN correction ON article.id = correction.article_id WHERE corrects = ?", (row.id,))
    return Entry(
        article_id=row.id, title=row.title, press=row.press, origin=row.origin, url=row.url, at=row.at,
        is_published=row.is_published, lag=row.at - first, stage=row.stage,
        role="copy" if source else own,
        copy_of=source.press if source else row.origin if row.is_witness else "", copy_of_id=source.id if source else None,
        containment=row.containment, reasons=row.reasons, withdrawn_at=row.withdrawn_at, is_canonical=row.id == canonical,
        corrections=tuple(url for (url,) in notices), revisions=_revisions(connection, row.id))


def _revisions(connection: sqlite3.Connection, article_id: int) -> tuple[Revision, ...]:
    title, text = connection.execute("SELECT title, text FROM article WHERE id = ?", (article_id,)).fetchone()
    rows = connection.execute(
        "SELECT title, text, replaced_at FROM revision WHERE article_id = ? ORDER BY id", (article_id,)).fetchall()
    states = [(row[0], row[1]) for row in rows] + [(title, text)]
    found = []
    for number, row in enumerate(rows):
        gone, come = sentence_diff("\n".join(states[number]), "\n".join(states[number + 1]))
        found.append(Revision(at=loaded(row[2]), gone=gone, come=come))
    return tuple(found)
