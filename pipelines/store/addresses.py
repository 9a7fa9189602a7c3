"""The frontier and the outcomes: one row for every address ever met.

An address counts as seen only in the transaction that stores its outcome, so a killed crawl forgets nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pipelines.article import Hint
from pipelines.clock import loaded, stored
from pipelines.outcome import Outcome
from pipelines.store.database import Store

RETRY_AFTER = tuple(timedelta(minutes=m) for m in (2, 10, 60, 6 * 60, 24 * 60))  # facts: hazards §2.2
REFUSED_AFTER = tuple(timedelta(minutes=m) for m in (10, 60, 6 * 60))  # an announced page that is not there yet; chosen by hand
WITHDRAWN_AFTER = timedelta(hours=1)  # a withdrawal is looked at again; chosen by hand
FRESH = timedelta(days=2)  # published longer ago, a page that is not there will not come; chosen by hand
LADDERS = {Outcome.RETRY: RETRY_AFTER, Outcome.GONE: REFUSED_AFTER, Outcome.DENIED: REFUSED_AFTER}
LOOKED_AT = frozenset({Outcome.STORED, Outcome.REVISED, Outcome.UNCHANGED, Outcome.MOVED, Outcome.REFUSED})  # a page came
BROKEN_TRIES = 4  # a day at six hours each: longer than most pages are news; chosen by hand
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
    row = store.db.execute(f"SELECT {WAITING} FROM address WHERE key = ?", [key]).fetchone()
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
    rows = store.db.execute(
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
    rows = store.db.execute(
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
    (count,) = store.db.execute(
        f"""SELECT count(*) FROM address
            WHERE source IN ({marks}) AND state <> 'done' AND (next_try_at IS NULL OR next_try_at <= ?)""",
        [*sources, stored(now)],
    ).fetchone()
    return int(count)


def settle(
    connection: sqlite3.Connection,
    *,
    key: str,
    url: str,
    source: str,
    outcome: Outcome,
    now: datetime,
    reason: str = "",
    article_id: int | None = None,
    next_try_at: datetime | None = None,
    is_try: bool = True,
) -> None:
    """Write how a try ended; the row is made when discovery never saw the address. `tries` counts those in vain since a page
    came or the address was given up, `visits` the pages; what is no try counts nothing. Call inside a transaction.
    """
    connection.execute(
        """INSERT INTO address (key, url, source, state, outcome, reason, article_id, tries, visits, next_try_at, discovered_at,
                                tried_at)
           VALUES (:key, :url, :source, :state, :outcome, :reason, :article_id, :tries, :visits, :next_try_at, :now, :now)
           ON CONFLICT (key) DO UPDATE SET state = :state, outcome = :outcome, reason = :reason, tried_at = :now,
             article_id = coalesce(:article_id, article_id), next_try_at = :next_try_at, visits = visits + :visits,
             tries = iif(:visits, 0, iif(state = 'done', 0, tries) + :tries)""",
        {
            "key": key,
            "url": url,
            "source": source,
            "outcome": outcome,
            "reason": reason,
            "article_id": article_id,
            "tries": int(is_try and outcome not in LOOKED_AT),
            "visits": int(outcome in LOOKED_AT),
            "state": "retry" if next_try_at else "done",
            "now": stored(now),
            "next_try_at": stored(next_try_at) if next_try_at else None,
        },
    )


def settle_failure(
    connection: sqlite3.Connection,
    *,
    key: str,
    url: str,
    source: str,
    outcome: Outcome,
    reason: str,
    now: datetime,
    wish: timedelta | None = None,
) -> Outcome:
    """Settle a try that brought no page. What may come yet gets the time of its next try, RETRY becomes DEAD after the last;
    gives what was written. `wish` is how long the server, or our own pace, asks to wait. Call inside a transaction.
    """
    row = connection.execute("SELECT iif(state = 'done', 0, tries), hint_published FROM address WHERE key = ?", [key]).fetchone()
    tries, published = row or (0, None)
    is_hopeless = outcome is not Outcome.RETRY and (not source or (published and loaded(published) < now - FRESH))
    wait = None if is_hopeless else next_wait(tries, wish, LADDERS.get(outcome, ()))
    if outcome is Outcome.RETRY and wait is None:
        outcome = Outcome.DEAD
    settle(connection, key=key, url=url, source=source, outcome=outcome, reason=reason, now=now,
           next_try_at=now + wait if wait else None)
    return outcome


def settle_withdrawn(
    connection: sqlite3.Connection, *, key: str, url: str, source: str, reason: str, article_id: int, now: datetime
) -> None:
    """Note that a known article is no more. It is looked for once more: its server may only have hiccuped. Call inside a
    transaction.
    """
    is_sure = connection.execute(
        "SELECT 1 FROM address WHERE key = ? AND outcome = ?", [key, Outcome.WITHDRAWN]).fetchone() is not None
    settle(connection, key=key, url=url, source=source, outcome=Outcome.WITHDRAWN, reason=reason, now=now,
           article_id=article_id, next_try_at=None if is_sure else now + WITHDRAWN_AFTER)


def settle_broken(
    connection: sqlite3.Connection, *, key: str, url: str, source: str, reason: str, now: datetime, again_after: timedelta
) -> None:
    """Note that sosik itself failed on an address. It is tried again later, a few times. Call inside a transaction."""
    row = connection.execute(
        "SELECT tries FROM address WHERE key = ? AND outcome = ? AND state <> 'done'", [key, Outcome.BROKEN]
    ).fetchone()
    is_last = row is not None and int(row[0]) >= BROKEN_TRIES
    settle(
        connection, key=key, url=url, source=source, outcome=Outcome.BROKEN, reason=reason, now=now,
        next_try_at=None if is_last else now + again_after,
    )


def postpone(
    connection: sqlite3.Connection,
    *,
    key: str,
    url: str,
    source: str,
    outcome: Outcome,
    reason: str,
    until: datetime,
    now: datetime,
) -> None:
    """Note that an address could not even be asked (its host is paused, the budget is spent); no try is counted."""
    settle(
        connection, key=key, url=url, source=source, outcome=outcome, reason=reason, now=now, next_try_at=until, is_try=False
    )  # fmt: skip


def next_wait(tries: int, wish: timedelta | None = None, ladder: Sequence[timedelta] = RETRY_AFTER) -> timedelta | None:
    """How long after the failed try number `tries` + 1 the next one is due; None: there is none."""
    if tries >= len(ladder):
        return None
    return max(ladder[tries], min(wish or timedelta(0), RETRY_AFTER[-1]))


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
