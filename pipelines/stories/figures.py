"""Figures of two articles: which may be one, told exactly and rounded, counted again, cut off.

Pure. A figure is a term of pipelines.stories.terms: `#4192600000000원`, `#17%`.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

from pipelines.stories.weights import LARGE

RECOUNTED_MOST = 100  # so few people are counted again as reports come in: 17명 and 18명 hurt are no clash
ROUNDED_LEAST = 2  # digits that a rounded figure must keep: 9만4천 says something, 9만 does not
FIGURE = re.compile(r"#(?P<digits>[\d.]+)(?P<unit>.*)$")


@lru_cache(maxsize=50_000)
def agree(figure: str, other: str) -> bool:
    """Whether two figures of one unit may be one."""
    return (
        figure == other
        or _is_recount(figure, other)
        or _is_cut_and_rounded(figure, other)
        or bool(rounded(figure, other, _enough(figure, other)))
    )


def _is_cut_and_rounded(figure: str, other: str) -> bool:
    """Whether both may be one large figure, here cut off and there rounded: 22조 and 23조 for 22조7648억."""
    one, two = FIGURE.match(figure), FIGURE.match(other)
    if not one or not two:
        return False
    less, more = sorted((float(one["digits"]), float(two["digits"])))
    told = max(_told(one["digits"]), _told(two["digits"]))
    if less < LARGE or told > ROUNDED_LEAST:
        return False
    step = 10.0 ** (math.floor(math.log10(less)) - told + 1)
    return round((more - less) / step) <= 1


def _is_recount(figure: str, other: str) -> bool:
    """Whether both count people, few of them, and differ by one or by a tenth: casualties, as reports come in."""
    one, two = FIGURE.match(figure), FIGURE.match(other)
    if not one or not two or not one["unit"] == two["unit"] == "명":
        return False
    fewer, more = sorted((float(one["digits"]), float(two["digits"])))
    return more < RECOUNTED_MOST and more - fewer <= max(1.0, more / 10)


def _enough(*figures: str) -> int:
    """Digits that keep two figures from clashing: 700억 and 697억 may be one, 7% and 6.9% are told exactly."""
    found = [split for figure in figures if (split := FIGURE.match(figure))]
    return 1 if all(float(split["digits"]) >= LARGE for split in found) else ROUNDED_LEAST


def by_unit(figures: list[str]) -> dict[str, tuple[str, ...]]:
    """Unit → the figures given in it; "" for those without."""
    found: dict[str, tuple[str, ...]] = {}
    for figure in figures:
        if split := FIGURE.match(figure):
            found[split["unit"]] = (*found.get(split["unit"], ()), figure)
    return found


@lru_cache(maxsize=50_000)
def rounded(figure: str, other: str, least: int = ROUNDED_LEAST) -> str:
    """The coarser of two figures when it is the other rounded or cut off, and keeps digits enough; else ""."""
    one, two = FIGURE.match(figure), FIGURE.match(other)
    if not one or not two:
        return ""
    coarse, fine = sorted((one["digits"], two["digits"]), key=_told)
    told = _told(coarse)
    if told < least or told == _told(fine):
        return ""
    step = 10.0 ** (math.floor(math.log10(float(coarse))) - told + 1)
    kept, exact = round(float(coarse) / step), float(fine) / step
    if kept not in (math.floor(exact), math.floor(exact + 0.5)):
        return ""
    return figure if one["digits"] == coarse else other


def _told(digits: str) -> int:
    """How many digits a figure gives: 4.2조 two, 4조1926억 five."""
    return len(digits.replace(".", "").strip("0") if "." in digits else digits.strip("0"))
