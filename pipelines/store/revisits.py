"""Which addresses are due that no source announces: matched articles for another look, because publishers edit and withdraw
and do not say so; and what was typed and failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from pipelines.clock import stored
from pipelines.store.database import Store
from pipelines.store.frontier import stranded


def due_revisits(store: Store, now: datetime, after: Sequence[timedelta], *, limit: int = 200) -> tuple[str, ...]:
    """Addresses of matched articles that are due for another look, the oldest first; then what is stranded."""
    looks = _second_looks(store, now, after, limit) if after else ()
    return tuple(dict.fromkeys([*looks, *stranded(store, now, limit=limit)]))[:limit]


def _second_looks(store: Store, now: datetime, after: Sequence[timedelta], limit: int) -> tuple[str, ...]:
    """Addresses of matched articles not tried since an age in `after` was reached, the oldest first.

    Nothing is kept for this: an article's first sight and its address's last try tell it. Any try counts, also one that failed:
    what is to be tried again has its own time. Two days past the last age an article is dropped, so that a daemon that slept
    does not ask for a month of pages.
    """
    forgotten = stored(now - max(after, default=timedelta()) - timedelta(days=2))
    (first,) = store.query(  # left alone, SQLite looks for the least id from the first article on
        "SELECT min(id) FROM article INDEXED BY article_first_seen WHERE first_seen_at > ?", [forgotten]
    ).fetchone()
    due: dict[str, None] = {}
    for age in sorted(after, reverse=True):
        rows = store.query(
            """SELECT DISTINCT a.url FROM match m CROSS JOIN article a ON a.id = m.article_id  -- matches first: they are fewer
               LEFT JOIN address ON address.key = a.key
               WHERE m.level = 'match' AND m.article_id >= :first
                 AND a.first_seen_at <= :reached AND a.first_seen_at > :forgotten AND a.withdrawn_at IS NULL
                 AND julianday(coalesce(address.tried_at, a.last_seen_at)) < julianday(a.first_seen_at) + :age_days
               ORDER BY a.first_seen_at LIMIT :limit""",
            {
                "reached": stored(now - age), "forgotten": forgotten, "first": first,
                "age_days": age / timedelta(days=1), "limit": limit,
            },
        )
        due |= {url: None for (url,) in rows}
    return tuple(due)
