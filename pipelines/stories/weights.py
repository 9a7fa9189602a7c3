"""How much a shared term says that two articles tell of one event. The word lists stand in words.toml.

Pure after the first call, which reads the lists once.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pipelines.stories.words import words

EMPTY, LITTLE, ORDINARY = 0.0, 0.4, 1.0  # chosen by hand, confirmed on the pairs of tests/stories
SMALL_NUMBER, NUMBER, EXACT_NUMBER = 0.2, 0.6, 1.2  # 3명; 57세; 97.6%, 1472.9원
DAY = 0.2  # every lede of a day names that day
YEAR = re.compile(r"#(?:19|20)\d\d년?$")


@lru_cache(maxsize=50_000)
def weight(term: str) -> float:
    """0 for a word that says nothing, about 1 for a name or a rare word, more for an exact figure."""
    kind = term[0]
    if kind == "@":
        return DAY
    if kind == "=":
        return EXACT_NUMBER if len(term) > 4 else NUMBER
    if kind == "#":
        return _number_weight(term)
    if term in words().empty or len(term) < 2:
        return EMPTY
    return LITTLE if term in words().common else ORDINARY


def _number_weight(term: str) -> float:
    digits = re.sub(r"\D", "", term).rstrip("0")
    if YEAR.match(term) or len(digits) <= 1:
        return SMALL_NUMBER
    return EXACT_NUMBER if len(digits) > 2 or "." in term else NUMBER
