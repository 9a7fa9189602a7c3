"""How long to wait after a failed try, and when to give up. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from pipelines.store.ledger import TRIES_MIN

STEPS_MIN = (1, 2, 5, 15, 30, 60, 120, 240, 360)  # minutes; greylisting lets in after 1 to 15, the last step repeats
DEAD_AFTER = timedelta(days=3)  # since the first try; RFC 5321, 4.5.4.1 asks for four to five days of a server, we are a client
PAUSE_MAX = timedelta(minutes=30)  # of a channel: what waits behind it should not wait long once it works again


def next_try(tries: int, first_tried_at: datetime, now: datetime) -> datetime | None:
    """When to try for the next time after `tries` tries; None: no more."""
    if now - first_tried_at >= DEAD_AFTER and tries >= TRIES_MIN:
        return None
    return now + timedelta(minutes=STEPS_MIN[min(tries, len(STEPS_MIN)) - 1])


def next_pause(failures: int) -> timedelta:
    """How long a channel rests after so many failures in a row."""
    return min(timedelta(minutes=STEPS_MIN[min(failures, len(STEPS_MIN)) - 1]), PAUSE_MAX)
