"""How much a shared term says that two articles tell of one event. The word lists stand in words.toml.

Pure after the first call, which reads the lists once.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pipelines.stories.words import words

EMPTY, LITTLE, ORDINARY = 0.0, 0.4, 1.0  # chosen by hand, confirmed on the pairs of tests/stories
SMALL_NUMBER, NUMBER, EXACT_NUMBER = 0.2, 0.6, 1.2  # 3명; 57세; 97.6%, 1472.9원
LARGE, LARGE_NUMBER, ROUND_NUMBER = 10_000, 0.6, 1.0  # 700억원; 880만명
FIGURE = re.compile(r"#[\d.]+")
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
    figure = FIGURE.match(term)
    if not figure or YEAR.match(term):
        return SMALL_NUMBER
    told = len(figure[0].replace(".", "").lstrip("#0").rstrip("0"))
    if told >= 3 or "." in figure[0]:
        return EXACT_NUMBER
    is_large = float(figure[0][1:]) >= LARGE
    return (SMALL_NUMBER, LARGE_NUMBER)[is_large] if told < 2 else (NUMBER, ROUND_NUMBER)[is_large]
