"""When an address that failed is tried again, and when it is given up. Pure."""

from __future__ import annotations

from datetime import timedelta

from pipelines.outcome import Outcome

RETRY_AFTER = tuple(timedelta(minutes=m) for m in (2, 10, 60, 6 * 60, 24 * 60))  # facts: hazards §2.2
REFUSED_AFTER = tuple(timedelta(minutes=m) for m in (10, 60, 6 * 60))  # an announced page that is not there yet; chosen by hand
LADDERS = {Outcome.RETRY: RETRY_AFTER, Outcome.GONE: REFUSED_AFTER, Outcome.DENIED: REFUSED_AFTER}
FRESH = timedelta(days=2)  # published longer ago, a page that is not there will not come; chosen by hand
WITHDRAWN_AFTER = timedelta(hours=1)  # a withdrawal is looked at again; chosen by hand
BROKEN_TRIES = 4  # a day at six hours each: longer than most pages are news; chosen by hand


def after_failure(
    outcome: Outcome, *, tries: int, age: timedelta | None = None, wish: timedelta | None = None, is_announced: bool = True
) -> timedelta | None:
    """How long after the failed try number `tries` + 1 the next one is due; None: there is none. `age` is since publication,
    `wish` is how long the server, or our own pace, asks to wait. What was typed by hand is not expected to appear later.
    """
    if outcome is not Outcome.RETRY and (not is_announced or (age is not None and age > FRESH)):
        return None
    ladder = LADDERS.get(outcome, ())
    if tries >= len(ladder):
        return None
    return max(ladder[tries], min(wish or timedelta(0), RETRY_AFTER[-1]))
