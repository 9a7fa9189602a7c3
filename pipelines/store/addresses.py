"""The frontier and the outcomes: one row for every address ever met.

An address counts as seen only in the transaction that stores its outcome, so a killed crawl forgets nothing.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime

from pipelines.clock import stored
from pipelines.outcome import Outcome


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
) -> None:
    """Write how a try ended; the row is made when discovery never saw the address. Call inside a transaction."""
    connection.execute(
        """INSERT INTO address (key, url, source, state, outcome, reason, article_id, tries, next_try_at, discovered_at, tried_at)
           VALUES (:key, :url, :source, :state, :outcome, :reason, :article_id, 1, :next_try_at, :now, :now)
           ON CONFLICT (key) DO UPDATE SET state = :state, outcome = :outcome, reason = :reason, tried_at = :now,
             article_id = coalesce(:article_id, article_id), tries = tries + 1, next_try_at = :next_try_at""",
        {
            "key": key, "url": url, "source": source, "outcome": outcome, "reason": reason, "article_id": article_id,
            "state": "retry" if next_try_at else "done", "now": stored(now),
            "next_try_at": stored(next_try_at) if next_try_at else None,
        },
    )
