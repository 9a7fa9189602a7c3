"""How long something takes or has lasted, in words."""

from __future__ import annotations

from datetime import timedelta

from pipelines.wording import Wording

# unit, and from how many of them on it is the one that is named: 30 hours say more than one day
UNITS = (("days", timedelta(days=1), 2), ("hours", timedelta(hours=1), 1), ("minutes", timedelta(minutes=1), 1))


def span(length: timedelta, say: Wording) -> str:
    """`3시간`, `2 d`: one figure, rounded down."""
    for name, unit, least in UNITS:
        if length >= least * unit:
            return say(f"status.{name}", count=int(length / unit))
    return say("status.moments")
