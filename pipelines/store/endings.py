"""How tries at addresses ended: every address ever tried has one outcome, and the time of its next try when there is one.

Addresses enter in pipelines.store.frontier; when a failed one is tried again is decided in pipelines.retries.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from pipelines.clock import loaded, stored
from pipelines.outcome import Outcome
from pipelines.retries import BROKEN_TRIES, WITHDRAWN_AFTER, after_failure, after_refusal

LOOKED_AT = frozenset({Outcome.STORED, Outcome.REVISED, Outcome.UNCHANGED, Outcome.MOVED, Outcome.REFUSED})  # a page came


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
    came = outcome in LOOKED_AT and not next_try_at  # a page that is asked for again was none
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
            "tries": int(is_try and not came),
            "visits": int(came),
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
    tries, age = _past(connection, key, now)
    wait = after_failure(outcome, tries=tries, age=age, wish=wish, is_announced=bool(source))
    if outcome is Outcome.RETRY and wait is None:
        outcome = Outcome.DEAD
    settle(connection, key=key, url=url, source=source, outcome=outcome, reason=reason, now=now,
           next_try_at=now + wait if wait else None)
    return outcome


def settle_refusal(connection: sqlite3.Connection, *, key: str, url: str, source: str, reason: str, now: datetime) -> None:
    """Settle a page that came and is no article; one that was refused for the moment's sake is asked for again. Call inside a
    transaction.
    """
    tries, age = _past(connection, key, now)
    wait = after_refusal(reason, tries=tries, age=age, is_announced=bool(source))
    settle(connection, key=key, url=url, source=source, outcome=Outcome.REFUSED, reason=reason, now=now,
           next_try_at=now + wait if wait else None)


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


def _past(connection: sqlite3.Connection, key: str, now: datetime) -> tuple[int, timedelta | None]:
    """Tries in vain since a page came, and how long ago it was published as far as it was announced."""
    row = connection.execute("SELECT iif(state = 'done', 0, tries), hint_published FROM address WHERE key = ?", [key]).fetchone()
    tries, published = row or (0, None)
    return tries, now - loaded(published) if published else None
