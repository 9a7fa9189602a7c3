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
CALENDAR = re.compile(r"#(?:(?:19|20)\d\d년?|\d+(?:월|분기|심))$")  # as many ledes name as name the day
PAST = "".join(chr(code) for code in range(ord("가"), ord("힣") + 1) if (code - ord("가")) % 28 == 20)  # 았 졌 겠: ends in ㅆ
# 부딪혔다, 쐈다고, 나선다, 거두면서: no name ends so, and how a thing is told is much the same for all things of its kind
VERB = re.compile(
    rf"[{PAST}]|[는한된린진운친선난킨긴준온본]다$|(?:다고|다며|다는|다가|며|면서|지만|는데|더니|니다|니까|려고|려는)$"
)


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
    return LITTLE if term in words().common or VERB.search(term) else ORDINARY


def _number_weight(term: str) -> float:
    figure = FIGURE.match(term)
    if not figure or CALENDAR.match(term):
        return SMALL_NUMBER
    told = len(figure[0].replace(".", "").lstrip("#0").rstrip("0"))
    if told >= 3 or "." in figure[0]:
        return EXACT_NUMBER
    is_large = float(figure[0][1:]) >= LARGE
    return (SMALL_NUMBER, LARGE_NUMBER)[is_large] if told < 2 else (NUMBER, ROUND_NUMBER)[is_large]
