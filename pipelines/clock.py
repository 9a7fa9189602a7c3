"""Time as sosik keeps it: aware, stored in UTC with the letter Z, shown in Korean time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

KST = timezone(timedelta(hours=9), "KST")


def stored(moment: datetime) -> str:
    """`2025-02-03T05:05:00Z`: sorts as text. Naive times are a mistake of the caller's."""
    if moment.tzinfo is None:
        raise ValueError(f"naive time: {moment!r}")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def loaded(text: str) -> datetime:
    """The moment that `stored` wrote."""
    return datetime.fromisoformat(text)


def now() -> datetime:
    """The present, to the second. Only the outermost caller asks; everyone else is told."""
    return datetime.now(UTC).replace(microsecond=0)
