"""How a try at an address ends. Every address ever tried has exactly one outcome; `status` counts them."""

from __future__ import annotations

from enum import StrEnum

SHUT_OUT_STATUSES = frozenset({401, 403, 451})  # by which a site says that it does not want us


class Outcome(StrEnum):
    STORED = "stored"  # a new article
    REVISED = "revised"  # a known article whose text changed
    UNCHANGED = "unchanged"  # a known article, as it was
    MOVED = "moved"  # led to another address, which has an outcome of its own
    REFUSED = "refused"  # read, and no article: the reason is a RefusalReason
    WITHDRAWN = "withdrawn"  # a known article that its publisher took down
    ROBOTS = "robots"  # robots.txt does not allow it
    FORBIDDEN = "forbidden"  # our own rules do not: scheme, private address, port, length
    GONE = "gone"  # 404, 410
    DENIED = "denied"  # 401, 403, 451, another 4xx, or a challenge
    OVERSIZE = "oversize"  # larger than the cap, or a decompression bomb
    BUDGET = "budget"  # the host's or the run's budget ended first
    RETRY = "retry"  # failed for now; tried again later
    DEAD = "dead"  # failed too often
    BROKEN = "broken"  # sosik itself failed on it: a defect, reported as an error

    @property
    def has_article(self) -> bool:
        """There is an article at the address, and it is stored."""
        return self in (Outcome.STORED, Outcome.REVISED, Outcome.UNCHANGED)
