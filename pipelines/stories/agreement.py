"""How far the key facts of two articles agree: headline with headline, headline with lede, lede with lede.

Pure. Words match when they are equal, or when one holds the other (정부부처 / 부처), as Korean compounds do.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from pipelines.stories.weights import weight
from pipelines.story import Fingerprint

COMPOUND = 0.8  # of the weight, when one word only holds the other


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Weights of matched terms, absolute and as shares of the side that has less to say."""

    evidence: float  # matched between the two wholes
    titles: float  # share of the lighter headline found in the other headline
    crossed: float  # the greater share of one headline found in the other's headline or lede
    wholes: float  # share of the lighter whole found in the other
    shared: tuple[str, ...]  # the matched terms, the most telling first
    figures: int = 0  # exact numbers in common
    clashes: tuple[str, ...] = ()  # same unit, other number, in the two headlines


def agreement(a: Fingerprint, b: Fingerprint) -> Agreement:
    one, two = _said(a.facts), _said(b.facts)
    whole = matched(one.whole, two.whole)
    titles = matched(one.title, two.title)
    crossed = max(_share(matched(one.title, two.whole), one.title), _share(matched(two.title, one.whole), two.title))
    return Agreement(
        evidence=sum(whole.values()),
        titles=_share(titles, _lighter(one.title, two.title)),
        crossed=crossed,
        wholes=_share(whole, _lighter(one.whole, two.whole)),
        shared=tuple(sorted(whole, key=lambda term: -whole[term])),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    title: tuple[str, ...]
    whole: tuple[str, ...]


@lru_cache(maxsize=4096)
def _said(facts: tuple[str, ...]) -> Said:
    pairs = [fact.split(":", 1) for fact in facts]
    return Said(
        title=tuple(term for place, term in pairs if place == "title"),
        whole=tuple(term for _, term in pairs),
    )


def matched(ones: tuple[str, ...], others: tuple[str, ...]) -> dict[str, float]:
    """What both sides say, with the weight of the match; the same from either side."""
    both = set(ones) & set(others)
    found = {term: weight(term) for term in ones if term in both}
    mine = [term for term in ones if _is_hangul(term) and term not in both]
    yours = [term for term in others if _is_hangul(term) and term not in both]
    for term in mine:
        for other in yours:
            if term in other or other in term:
                shorter = min(term, other, key=len)
                found[shorter] = weight(shorter) * COMPOUND
    return found


def _is_hangul(term: str) -> bool:
    return "가" <= term[0] <= "힣"


def _share(found: dict[str, float], of: tuple[str, ...]) -> float:
    total = sum(map(weight, of))
    return min(1.0, sum(found.values()) / total) if total else 0.0


def _lighter(ones: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    return min(ones, others, key=lambda terms: sum(map(weight, terms)))
