"""The frontier: one row for every address ever met. What is announced enters it, what waits is asked for.

How a try ended is written in pipelines.store.endings. An address counts as seen only in the transaction that stores its
outcome, so a killed crawl forgets nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pipelines.article import Hint
from pipelines.clock import loaded, stored
from pipelines.store.database import Store

STRANDED_AFTER = timedelta(hours=1)  # no crawl of one feed takes longer at the default pace and budget
WAITING = "key, url, source, is_silent, hint_title, hint_summary, hint_published"  # the columns that make a Waiting
VISITS_MAX = 6  # an article whose announcement keeps changing is looked at no more often; chosen by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """An address as a feed, sitemap or list announces it."""

    key: str
    url: str
    hint: Hint = field(default_factory=Hint)
    modified: datetime | None = None
    is_silent: bool = False  # when it is new: what is found there is stored, not told


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An address of the frontier that may be fetched now."""

    key: str
    url: str
    source: str
    hint: Hint = field(default_factory=Hint)
    is_silent: bool = False  # what is found there is stored, not told


@dataclass(frozen=True, slots=True, kw_only=True)
class _Met:
    """What is recorded of an address that is announced again."""

    state: str
    visits: int
    tried_at: datetime | None
    hint_title: str
    article_title: str | None  # None: no article stands there


def enter(
    connection: sqlite3.Connection,
    announced: Iterable[Announced],
    *,
    source: str,
    now: datetime,
    limit: int | None = None,
) -> tuple[Waiting, ...]:
    """Write to the frontier what is new, and known articles that seem to have changed; gives those, at most `limit`.
    Call inside a transaction.
    """
    entered: list[Waiting] = []
    for each in announced:
        if limit is not None and len(entered) >= limit:
            break
        met = _met(connection, each.key)
        if met is None:
            _insert(connection, each, source, now)
        elif seems_changed(met, each):
            _reopen(connection, each)
        else:
            continue
        entered.append(Waiting(key=each.key, url=each.url, source=source, hint=each.hint, is_silent=each.is_silent))
    return tuple(entered)


def enter_goal(connection: sqlite3.Connection, *, key: str, url: str, came_from: str, now: datetime) -> None:
    """Enter an address that another led to, with all that was said of that one. Call inside a transaction."""
    connection.execute(
        """INSERT INTO address (key, url, source, state, discovered_at, hint_title, hint_summary, hint_published, is_silent)
           SELECT ?, ?, source, 'pending', ?, hint_title, hint_summary, hint_published, is_silent FROM address WHERE key = ?
           ON CONFLICT (key) DO NOTHING""",
        [key, url, stored(now), came_from],
    )


def is_known(connection: sqlite3.Connection, key: str) -> bool:
    return connection.execute("SELECT 1 FROM address WHERE key = ?", [key]).fetchone() is not None


def known(store: Store, key: str) -> Waiting | None:
    """An address as it stands in the frontier, whatever its state."""
    row = store.query(f"SELECT {WAITING} FROM address WHERE key = ?", [key]).fetchone()
    return _waiting(row) if row else None


def seems_changed(met: _Met, announced: Announced) -> bool:
    """Whether a known article is announced with a later time than our last visit, or under another headline than any we know."""
    if met.state != "done" or met.article_title is None or met.visits >= VISITS_MAX or met.tried_at is None:
        return False
    if announced.modified and announced.modified > met.tried_at:
        return True
    title = _squeezed(announced.hint.title)
    return bool(title and met.hint_title and title not in (_squeezed(met.hint_title), _squeezed(met.article_title)))


def waiting(store: Store, source: str, now: datetime, *, limit: int = 10_000) -> tuple[Waiting, ...]:
    """What an earlier run found and did not settle, and tries that are due again: the newest ones, in the order of asking."""
    rows = store.query(
        f"""SELECT {WAITING}
           FROM address INDEXED BY address_due  -- else all that the source ever had is read
           WHERE source = ? AND state <> 'done' AND (next_try_at IS NULL OR next_try_at <= ?)
           ORDER BY coalesce(hint_published, discovered_at) DESC LIMIT ?""",
        [source, stored(now), limit],
    )
    return in_order([_waiting(row) for row in rows][::-1], now)


def in_order(addresses: Iterable[Waiting], now: datetime) -> tuple[Waiting, ...]:
    """The one order of asking: a report before those that follow it up, so that threads begin with it."""
    return tuple(sorted(addresses, key=lambda each: each.hint.published or now))


def stranded(store: Store, now: datetime, *, limit: int = 200) -> tuple[str, ...]:
    """What waits and belongs to no source that is ever crawled: addresses that were typed, and articles of a typed feed. The
    untried ones only after a while: the crawl that found them may be at them.
    """
    rows = store.query(
        """WITH RECURSIVE waits(source) AS (  -- from one source to the next: most of what waits is of sources that are crawled
             SELECT '' UNION ALL
             SELECT (SELECT min(source) FROM address INDEXED BY address_due WHERE state <> 'done' AND source > waits.source)
             FROM waits WHERE waits.source IS NOT NULL)
           SELECT url FROM waits CROSS JOIN address INDEXED BY address_due ON address.source = waits.source AND state <> 'done'
           WHERE waits.source NOT IN (SELECT source FROM source_run)
             AND (next_try_at <= ? OR (next_try_at IS NULL AND discovered_at <= ?)) LIMIT ?""",
        [stored(now), stored(now - STRANDED_AFTER), limit],
    )
    return tuple(url for (url,) in rows)


def forget(connection: sqlite3.Connection, key: str) -> None:
    """Take an address out that has turned out to be a feed: it is none of an article. Call inside a transaction."""
    connection.execute("DELETE FROM address WHERE key = ? AND article_id IS NULL", [key])


def waiting_count(store: Store, sources: Collection[str], now: datetime) -> int:
    """How many addresses of these sources may be fetched now: what a progress line has before it."""
    marks = ", ".join("?" * len(sources))
    (count,) = store.query(
        f"""SELECT count(*) FROM address
            WHERE source IN ({marks}) AND state <> 'done' AND (next_try_at IS NULL OR next_try_at <= ?)""",
        [*sources, stored(now)],
    ).fetchone()
    return int(count)


def _waiting(row: tuple[Any, ...]) -> Waiting:
    key, url, source, is_silent, title, summary, published = row
    hint = Hint(title=title, summary=summary, published=loaded(published) if published else None)
    return Waiting(key=key, url=url, source=source, hint=hint, is_silent=bool(is_silent))


def _met(connection: sqlite3.Connection, key: str) -> _Met | None:
    row = connection.execute(
        """SELECT a.state, a.visits, a.tried_at, coalesce(a.hint_title, ''), r.title
           FROM address a LEFT JOIN article r ON r.id = a.article_id WHERE a.key = ?""",
        [key],
    ).fetchone()
    if row is None:
        return None
    state, visits, tried_at, hint_title, title = row
    return _Met(
        state=state, visits=visits, tried_at=loaded(tried_at) if tried_at else None, hint_title=hint_title, article_title=title
    )


def _insert(connection: sqlite3.Connection, announced: Announced, source: str, now: datetime) -> None:
    hint = announced.hint
    connection.execute(
        """INSERT INTO address (key, url, source, state, discovered_at, hint_title, hint_summary, hint_published, is_silent)
           VALUES (?, ?, ?, 'pending', ?, ?, ?, ?, ?)""",
        [announced.key, announced.url, source, stored(now), hint.title, hint.summary,
         stored(hint.published) if hint.published else None, int(announced.is_silent)],
    )  # fmt: skip


def _reopen(connection: sqlite3.Connection, announced: Announced) -> None:
    connection.execute(
        "UPDATE address SET state = 'pending', tries = 0, next_try_at = NULL, hint_title = coalesce(?, hint_title) WHERE key = ?",
        [announced.hint.title, announced.key],
    )


def _squeezed(title: str | None) -> str:
    return "".join(c for c in title or "" if c.isalnum()).casefold()
