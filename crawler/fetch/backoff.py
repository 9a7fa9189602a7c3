"""How long to leave a host alone: what it asks for itself (Retry-After), and what its failures ask for. Pure."""

from __future__ import annotations

import email.utils
import math
import re
from datetime import UTC, datetime

from pipelines.store.hosts import PAUSE_S_MAX

# 2 min, 10 min, 1 h, 6 h, 24 h, one further with each failure in a row (facts: hazards §2.2).
BACK_OFF_S = (120.0, 600.0, 3600.0, 6 * 3600.0, PAUSE_S_MAX)
BREAKER = 5  # failures in a row that pause a host (facts: hazards F14)
# Troubles that may be our own network's: when it is back after a day, no host stays paused for another one. Chosen by hand.
LONGEST_S = {"dns": 600.0, "no-connection": 600.0, "network": 600.0, "timeout": 3600.0}


def retry_after_s(value: str, now: datetime) -> float | None:
    """The header's wish in seconds: a number of them or an HTTP date; None for anything else. May lie in the past."""
    value = value.strip()
    if re.fullmatch(r"[0-9]{1,10}", value):
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()  # HTTP dates are GMT


def pause_s(failures: int, wish_s: float | None) -> float:
    """How long a host that asked for peace is left alone, after `failures` earlier ones in a row."""
    own = BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)]
    return own if wish_s is None or math.isnan(wish_s) else min(max(own, wish_s), PAUSE_S_MAX)


def breaker_s(failures: int, trouble: str) -> float:
    """How long a host is left alone after its `failures`-th failure in a row; 0: it may be asked again at once."""
    if failures < BREAKER:
        return 0.0
    return min(BACK_OFF_S[min(failures - BREAKER, len(BACK_OFF_S) - 1)], LONGEST_S.get(trouble, PAUSE_S_MAX))
