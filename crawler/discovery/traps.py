"""Addresses that a site makes up without end. Pure."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlsplit

DEPTH_MAX = 20  # steps of a path (Heritrix; facts: hazards §2.2)
REPEATS_MAX = 2  # of one step (Heritrix PathologicalPath)
PAIRS_MAX = 20  # parameters of a query; chosen by hand


def is_trap(url: str) -> bool:
    """Whether the path grows out of itself (/a/b/a/b/a/b), or the query is one of endless combinations."""
    parts = urlsplit(url)
    steps = [step for step in parts.path.split("/") if step]
    words = Counter(step for step in steps if not step.isdigit())
    return len(steps) > DEPTH_MAX or parts.query.count("&") >= PAIRS_MAX or max(words.values(), default=0) > REPEATS_MAX
