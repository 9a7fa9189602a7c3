"""When an address that brought no article is tried again, and when it is given up. Pure."""

from __future__ import annotations

from datetime import timedelta

from pipelines.article import RefusalReason
from pipelines.outcome import Outcome

RETRY_AFTER = tuple(timedelta(minutes=m) for m in (2, 10, 60, 6 * 60, 24 * 60))  # facts: hazards §2.2
REFUSED_AFTER = tuple(timedelta(minutes=m) for m in (10, 60, 6 * 60))  # an announced page that is not there yet; chosen by hand
LADDERS = {Outcome.RETRY: RETRY_AFTER, Outcome.GONE: REFUSED_AFTER, Outcome.DENIED: REFUSED_AFTER}
# Refusals that speak of the moment and not of the page: a busy machine, a site at work on itself.
PASSING = frozenset({RefusalReason.TIMEOUT, RefusalReason.MEMORY, RefusalReason.MAINTENANCE, RefusalReason.CAPTCHA})
NOT_YET = frozenset({RefusalReason.SOFT_404})  # as a 404: an announced page may come
FRESH = timedelta(days=2)  # published longer ago, a page that is not there will not come; chosen by hand
WITHDRAWN_AFTER = timedelta(hours=1)  # a withdrawal is looked at again; chosen by hand
BROKEN_TRIES = 4  # a day at six hours each: longer than most pages are news; chosen by hand


def after_failure(
    outcome: Outcome, *, tries: int, age: timedelta | None = None, wish: timedelta | None = None, is_announced: bool = True
) -> timedelta | None:
    """How long after the failed try number `tries` + 1 the next one is due; None: there is none. `age` is since publication,
    `wish` is how long the server, or our own pace, asks to wait. What was typed by hand is not expected to appear later.
    """
    if outcome is not Outcome.RETRY and not _may_come(age, is_announced=is_announced):
        return None
    ladder = LADDERS.get(outcome, ())
    return max(ladder[tries], min(wish or timedelta(0), RETRY_AFTER[-1])) if tries < len(ladder) else None


def after_refusal(reason: str, *, tries: int, age: timedelta | None = None, is_announced: bool = True) -> timedelta | None:
    """The same for a page that came and was refused."""
    if reason not in PASSING and not (reason in NOT_YET and _may_come(age, is_announced=is_announced)):
        return None
    return REFUSED_AFTER[tries] if tries < len(REFUSED_AFTER) else None


def _may_come(age: timedelta | None, *, is_announced: bool) -> bool:
    return is_announced and (age is None or age <= FRESH)
