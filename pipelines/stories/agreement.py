"""How far the key facts of two articles agree: headline with headline, headline with lede, lede with lede.

Pure. Words match when they are equal, or when one holds the other (정부부처 / 부처), as Korean compounds do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from pipelines.stories.weights import EMPTY, NUMBER, weight
from pipelines.story import Fingerprint

UNIT = re.compile(r"[^\d.#]+$")
COMPOUND = 0.8  # of the weight, when one word only holds the other


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Weights of matched terms, absolute and as shares of the side that has less to say."""

    evidence: float  # matched between the two wholes
    titles: float  # share of the lighter headline found in the other headline
    crossed: float  # share of one headline found in the other's headline or lede: the greater of the two
    mutual: float  # and the lesser
    wholes: float  # share of the lighter whole found in the other
    shared: tuple[str, ...]  # the matched terms, the most telling first
    strangers: bool = False  # each headline begins with a name that the other article does not know
    clash: bool = False  # both headlines give figures of one unit, and no figure is the same
    template: bool = False  # the headlines differ in their figures and days alone


def agreement(a: Fingerprint, b: Fingerprint) -> Agreement:
    one, two = _said(a.facts), _said(b.facts)
    whole = matched(one.whole, two.whole)
    titles = matched(one.title, two.title)
    crossed = (_share(matched(one.title, two.whole), one.title), _share(matched(two.title, one.whole), two.title))
    return Agreement(
        evidence=sum(whole.values()),
        titles=_share(titles, _lighter(one.title, two.title)),
        crossed=max(crossed),
        mutual=min(crossed),
        wholes=_share(whole, _lighter(one.whole, two.whole)),
        shared=tuple(sorted(whole, key=lambda term: -whole[term])),
        strangers=_is_strange(one.title, two.whole) and _is_strange(two.title, one.whole),
        clash=_clash(_figures(one.title), _figures(two.title)),
        template=_template(one.title, two.title),
    )


def _is_strange(title: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    """Whether the headline's first telling word is unknown to the other article. Headlines begin with the one who acts."""
    first = next((term for term in title if _is_name(term)), "")
    return bool(first) and not matched((first,), whole)


def _is_name(term: str) -> bool:
    return term[0] not in "#@=" and weight(term) > EMPTY


def _figures(title: tuple[str, ...]) -> dict[str, set[str]]:
    """Unit → the figures that the headline gives in it; small numbers and bare ones are no figures."""
    found: dict[str, set[str]] = {}
    for term in title:
        if term[0] == "#" and weight(term) >= NUMBER and (unit := UNIT.search(term)):
            found.setdefault(unit[0], set()).add(term)
    return found


def _clash(ones: dict[str, set[str]], others: dict[str, set[str]]) -> bool:
    units = ones.keys() & others.keys()
    return bool(units) and not any(ones[unit] & others[unit] for unit in units)


def _template(ones: tuple[str, ...], others: tuple[str, ...]) -> bool:
    words, figures = ({term for term in ones if term[0] not in "#@="}, {term for term in ones if term[0] in "#@="})
    other_words, other_figures = ({t for t in others if t[0] not in "#@="}, {t for t in others if t[0] in "#@="})
    return bool(words) and words == other_words and figures != other_figures and bool(figures) and bool(other_figures)


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
