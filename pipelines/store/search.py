"""Full-text search over what is stored: the newest or the best articles for a query, with the place that answers it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from pipelines.clock import loaded, stored
from pipelines.errors import QueryError
from pipelines.press import press_of_name
from pipelines.store.phrases import Search, compiled
from pipelines.store.terms import indexed

SNIPPET = 120  # characters shown around the first hit
PLACES_MAX = 20  # of one word in one text that are weighed for the snippet

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """What else a hit must be. None: anything."""

    since: datetime | None = None  # published, else first seen
    until: datetime | None = None
    press: str | None = None  # its name or another spelling of it
    topic: str | None = None  # flagged for it, match or mention


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    article_id: int
    story_id: int
    title: str
    title_marks: tuple[Span, ...]
    press: str
    url: str
    at: datetime  # published, else first seen
    snippet: str
    snippet_marks: tuple[Span, ...]


def search(
    connection: sqlite3.Connection, query: str, *, within: Within | None = None, best: bool = False, limit: int = 20
) -> list[Hit]:
    """The hits, newest seen first; with `best`, what says it in the headline first, then in the lede. Raises QueryError.

    No ranking by frequency: SQLite would read all hits for it, half the archive for a common word.
    """
    wanted = compiled(query)
    ids: dict[int, None] = {}
    for expression in wanted.best if best else (wanted.expression,):
        if len(ids) < limit:
            ids.update(dict.fromkeys(_ids(connection, expression, within or Within(), limit)))
    return [_hit(connection, article_id, wanted) for article_id in list(ids)[:limit]]


def answering(connection: sqlite3.Connection, query: str, *, within: Within | None = None, limit: int) -> list[int]:
    """Ids of the newest articles that answer a query, and nothing else of them: quick for thousands. Raises QueryError."""
    return _ids(connection, compiled(query).expression, within or Within(), limit)


def has_press(connection: sqlite3.Connection, name: str) -> bool:
    """Whether an article is of this press."""
    words = indexed(name)
    return bool(words) and connection.execute(
        """SELECT 1 FROM article_search
           WHERE article_search MATCH ? AND (SELECT press FROM article WHERE id = article_search.rowid) = ? LIMIT 1""",
        (f'{{press}} : "{words}"', name)).fetchone() is not None


def marks(text: str, patterns: Sequence[re.Pattern[str]]) -> tuple[Span, ...]:
    """Where the words stand, in order, overlapping ones merged."""
    found: list[Span] = []
    for start, end in sorted(match.span() for pattern in patterns for match in pattern.finditer(text)):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def snippet(text: str, patterns: Sequence[re.Pattern[str]], length: int = SNIPPET) -> str:
    """The stretch that holds the most of the words, cut between words; the text's beginning when it holds none."""
    first = _densest(text, patterns, length)
    line_start = text.rfind("\n", 0, first) + 1
    line_end = text.find("\n", first) if "\n" in text[first:] else len(text)
    start = max(line_start, first - length // 4)
    if start > line_start:
        space = text.find(" ", start, first)
        start = space + 1 if space >= 0 else start
    end = min(line_end, start + length)
    if end < line_end:
        space = text.rfind(" ", first + 1, end)
        end = space if space > first else end
    return ("…" if start > line_start else "") + text[start:end] + ("…" if end < line_end else "")


def _densest(text: str, patterns: Sequence[re.Pattern[str]], length: int) -> int:
    """Where the stretch of this length begins that holds the most different words, the first of equals."""
    places = sorted((match.start(), number) for number, pattern in enumerate(patterns)
                    for match in islice(pattern.finditer(text), PLACES_MAX))
    reach = length * 3 // 4
    return max((start for start, _ in places), default=0, key=lambda start: (
        len({number for place, number in places if start <= place < start + reach and "\n" not in text[start:place]}), -start))


def _ids(connection: sqlite3.Connection, expression: str, within: Within, limit: int) -> list[int]:
    conditions, values = ["article_search MATCH :expression"], {"expression": expression, "limit": limit}
    if within.press is not None:
        press = press_of_name(within.press)
        name = press.name if press else within.press
        values |= {"press": name, "expression": f'({expression}) AND {{press}} : "{indexed(name)}"'}
        conditions.append("(SELECT press FROM article WHERE id = article_search.rowid) = :press")
    if within.topic is not None:
        oldest, newest = connection.execute(
            "SELECT min(article_id), max(article_id) FROM match WHERE topic = ?", (within.topic,)).fetchone()
        values |= {"topic": within.topic, "oldest": oldest or 0, "newest": newest or 0}
        conditions += ["article_search.rowid BETWEEN :oldest AND :newest",
                       "EXISTS (SELECT 1 FROM match WHERE topic = :topic AND article_id = article_search.rowid)"]
    if within.since is not None:  # nothing is published a day after it was seen, so older rows need no look
        values |= {"since": stored(within.since), "first": _first_id(connection, within.since - timedelta(days=1))}
        conditions += ["article_search.rowid >= :first", f"{AT} >= :since"]
    if within.until is not None:
        values |= {"until": stored(within.until)}
        conditions.append(f"{AT} <= :until")
    statement = f"SELECT rowid FROM article_search WHERE {' AND '.join(conditions)} ORDER BY rowid DESC LIMIT :limit"
    try:
        return [article_id for (article_id,) in connection.execute(statement, values)]
    except sqlite3.OperationalError as error:
        if "fts5" not in str(error):
            raise
        raise QueryError("is too complicated to look up; use fewer words", query=expression, position=0) from error


AT = "(SELECT coalesce(published_at, first_seen_at) FROM article WHERE id = article_search.rowid)"


def _first_id(connection: sqlite3.Connection, since: datetime) -> int:
    """The least id of the articles first seen since then. Not that of the first one: ids of replayed pages come later."""
    (first,) = connection.execute(  # left alone, SQLite looks for the least id from the first article on
        "SELECT min(id) FROM article INDEXED BY article_first_seen WHERE first_seen_at >= ?", (stored(since),)).fetchone()
    return 2**62 if first is None else int(first)


def _hit(connection: sqlite3.Connection, article_id: int, wanted: Search) -> Hit:
    story_id, title, press, url, at, text = connection.execute(
        "SELECT story_id, title, press, url, coalesce(published_at, first_seen_at), text FROM article WHERE id = ?",
        (article_id,)).fetchone()
    shown = snippet(text, wanted.marks)
    return Hit(
        article_id=article_id, story_id=story_id, title=title, title_marks=marks(title, wanted.marks), press=press, url=url,
        at=loaded(at), snippet=shown, snippet_marks=marks(shown, wanted.marks))
