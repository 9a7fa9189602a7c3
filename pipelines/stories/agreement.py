"""How far the key facts of two articles agree: headline with headline, headline with lede, lede with lede.

Pure. Words match when they are equal, or when one holds the other (정부부처 / 부처), as Korean compounds do; figures match
when one is the other rounded (9만4천명 / 9만4213명; see figures). Everything here is the same from either side.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise
from operator import itemgetter

from pipelines.stories.figures import agree, by_unit, rounded
from pipelines.stories.weights import EMPTY, NUMBER, ORDINARY, weight
from pipelines.story import Fingerprint

CLASHES_MAX = 2
LAST_DAY, MONTHS_END = 31, (28, 29, 30, 31)  # of a month: "51일" is a span; any of these lies before a first
FAR_APART = 2  # days; one event is told with its day, the day before and the day after
NOT_NOW = "@~"  # of a day's term: see terms
DAY_BEFORE = frozenset(("전날", "어제"))
COMPOUND = 0.8  # of the weight, when one word only holds the other; chosen by hand
INTRODUCTION = 4  # terms in a row that are one name, as people are introduced (name, firm, office); chosen by hand
ABBREVIATION_LEAST, ABBREVIATED_MORE = 3, 3  # letters of an abbreviation, and by how many the name is longer
TURN = re.compile(r"(?:일째|일연속|연승|연패|라운드|차전|주차|주째|경기연속|경기째|년째|개월째|회차|번째|호골|회|차|호)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Weights of matched terms, absolute and as shares of the side that has less to say."""

    evidence: float  # matched between the two wholes
    titles: float  # share of the lighter headline found in the other headline
    mutual: float  # share of one headline found in the other's headline or lede: the lesser, or that of the one without a lede
    wholes: float  # share of the lighter whole found in the other
    shared: tuple[str, ...]  # the matched terms, the most telling first
    strangers: bool = False  # each headline begins with a name that the other article does not know
    # Each headline names who acts (군산시, …), or they differ in nothing but the name they begin with; and the other article
    # does not know the name.
    actors: bool = False
    clashes: int = 0  # figures that both headlines give in one unit when the other article gives none of them, 2 at most
    lede_clashes: int = 0  # figures that both articles give in one unit when no figure of theirs is the same, 2 at most
    names: int = 0  # how many names, rare words and figures are matched, when a headline is missing
    turns: bool = False  # both headlines (or ledes without) count the turns of a row (4일 연속, 2라운드), and not the same turn
    days_apart: int = 0  # between the nearest days that the two name, 2 at most; 0 also when one names none
    template: bool = False  # the headlines differ in their figures and days alone
    bare: int = 0  # how many of the two have a headline only


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The terms of a headline, or of headline and lede, ready to be matched."""

    terms: frozenset[str]
    order: tuple[str, ...]  # the same as they come
    words: tuple[str, ...]  # those in Hangul
    joined: str  # the same in one string, to find a word inside another
    by_first: dict[str, tuple[str, ...]]  # first letter → the words that begin with it
    long_names: tuple[str, ...]  # words so long that others may abbreviate them
    figures: dict[str, tuple[str, ...]]  # unit → the figures given in it; "" for those without
    weight: float
    days: frozenset[int]  # of this month; 8월 1일 says that the month is another
    counted: frozenset[str]  # the figures, scores and days
    skeleton: str  # all but those, in order, without spaces
    rest: str  # the skeleton without `first`
    first: str  # the first telling word: headlines begin with the one who acts


def agreement(a: Fingerprint, b: Fingerprint) -> Agreement:
    one, two = _said(a.facts), _said(b.facts)
    title, whole, other_title, other_whole = one.title, one.whole, two.title, two.whole
    shared = matched(whole, other_whole)
    both_headed = bool(a.headline and b.headline)
    one_actor = one.actor == two.actor != ""
    strangers = not one_actor and _is_stranger(title.first, other_whole) and _is_stranger(other_title.first, whole)
    return Agreement(
        evidence=math.fsum(shared.values()),
        titles=_share(matched(title, other_title), min(title.weight, other_title.weight)),
        mutual=_mutual(one, two),
        wholes=_share(shared, min(whole.weight, other_whole.weight)),
        shared=tuple(sorted(shared, key=lambda term: (-shared[term], term))),
        strangers=strangers,
        actors=(_is_stranger(one.actor, other_whole) and _is_stranger(two.actor, whole))
        or (strangers and title.rest == other_title.rest != ""),
        clashes=_clashes(title, other_title, NUMBER, whole.terms & other_whole.terms),
        lede_clashes=0 if _is_figure_shared(shared) else _clashes(whole, other_whole, NUMBER),
        names=0 if both_headed else min(_names(shared, whole, other_whole), _names(shared, other_whole, whole)),
        turns=bool(_clashes(one.turns, two.turns, EMPTY)),
        days_apart=_days_apart(one, two),
        template=title.skeleton == other_title.skeleton and bool(title.terms and other_title.terms)
        and title.counted != other_title.counted,
        bare=one.is_bare + two.is_bare,
    )


def _mutual(one: Said, two: Said) -> float:
    found = _share(matched(one.title, two.whole), one.title.weight)
    other_found = _share(matched(two.title, one.whole), two.title.weight)
    if one.is_bare != two.is_bare:  # a flash can be found in the report; it has no lede to find the report's headline in
        return found if one.is_bare else other_found
    return min(found, other_found)


def matched(a: Side, b: Side) -> dict[str, float]:
    """What both sides say, with the weight of the match."""
    both = a.terms & b.terms
    found = {term: weight(term) for term in both}
    for ones, others in ((a, b), (b, a)):
        for word in ones.words:
            if word not in both and word in others.joined:
                found[word] = weight(word) * COMPOUND
        for name in ones.long_names:
            for word in _short_for(name, others):
                if word not in both:
                    found[word] = weight(word) * COMPOUND
    for unit in a.figures.keys() & b.figures.keys():
        for figure in a.figures[unit]:
            for other in b.figures[unit]:
                if figure not in both and other not in both and (coarser := rounded(figure, other)):
                    found[coarser] = weight(coarser) * COMPOUND
    return found


def _names(shared: dict[str, float], one: Side, two: Side) -> int:
    """How many names, rare words and figures of `shared` there are.

    What stands in one word (원숭이 두창, 원숭이두창), or in a row in both texts, is one name.
    """
    rows = frozenset(pairwise(one.order)) & frozenset(pairwise(two.order))
    counted: set[str] = set()
    count = left = 0  # `left`: terms that may still belong to the name before
    for before, term in pairwise(("", *one.order, *(term for term in two.order if term not in one.terms))):
        left = left - 1 if (before, term) in rows else 0
        if term not in shared or weight(term) < (NUMBER if term[0] == "#" else ORDINARY):
            continue
        word = max((word for word in (*one.words, *two.words) if term in word), key=len, default=term)
        if word in counted:
            continue
        counted.add(word)
        if left <= 0 or term[0] == "#":
            count, left = count + 1, INTRODUCTION
    return count


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    title: Side
    whole: Side  # headline and lede
    turns: Side  # what the headline counts, or the lede when there is none: 4일 연속, 2라운드
    not_now: frozenset[int]  # days told as past or to come: 지난 8일
    actor: str

    @property
    def days_now(self) -> frozenset[int]:
        """The days that are not told so."""
        return self.whole.days - self.not_now

    @property
    def is_bare(self) -> bool:
        """A headline and no lede."""
        return self.title.terms == self.whole.terms


@lru_cache(maxsize=4096)
def _said(facts: tuple[str, ...]) -> Said:
    split = [fact.split(":", 1) for fact in facts]
    not_now = frozenset(int(term[2:]) for _, term in split if term.startswith(NOT_NOW))
    pairs = [(place, term.replace(NOT_NOW, "@")) for place, term in split]
    title = [term for place, term in pairs if place == "title"]
    whole = list(dict.fromkeys(term for place, term in pairs if place != "actor"))
    return Said(
        title=_side(title),
        turns=_side([term for term in title or whole if term[0] == "#" and TURN.search(term)]),
        whole=_side(whole),
        not_now=not_now,
        actor=next((term for place, term in pairs if place == "actor"), ""),
    )


def _side(terms: list[str]) -> Side:
    first = next((term for term in terms if term[0] not in "#@=" and weight(term) > EMPTY), "")
    words = tuple(term for term in terms if "가" <= term[0] <= "힣" and weight(term) > EMPTY)
    return Side(
        terms=frozenset(terms),
        order=tuple(terms),
        words=words,
        joined=" ".join(words),
        by_first={first: tuple(group) for first, group in groupby(sorted(words), key=itemgetter(0))},
        long_names=tuple(filter(_is_long, words)),
        figures=by_unit([term for term in terms if term[0] == "#"]),
        weight=math.fsum(map(weight, terms)),
        days=_days(terms),
        counted=frozenset(term for term in terms if term[0] in "#@="),
        skeleton="".join(term for term in terms if term[0] not in "#@="),
        rest="".join(term for term in terms if term[0] not in "#@=" and term != first),
        first=first,
    )


def _days(terms: list[str]) -> frozenset[int]:
    """The days that a text names. `24일 경찰에 따르면 전날 …` names the 23rd, too."""
    named = {int(term[1:]) for term in terms if term[0] == "@" and "/" not in term and int(term[1:]) <= LAST_DAY}
    if not DAY_BEFORE.intersection(terms):
        return frozenset(named)
    return frozenset(named | {before for day in named for before in ((day - 1,) if day > 1 else MONTHS_END)})


def _days_apart(one: Said, two: Said) -> int:
    """What follows names the day of what it follows, but as past: 지난 8일 강진에 이어 12일 …"""
    now = _nearest(one.days_now, two.days_now)
    return now if now == FAR_APART else _nearest(one.whole.days, two.whole.days)


def _nearest(ones: frozenset[int], others: frozenset[int]) -> int:
    return min((_days_between(one, other) for one in ones for other in others), default=0)


def _days_between(one: int, other: int) -> int:
    """Days from one day of the month to another, 2 at most: from the 1st to the month's last it is one."""
    first, second = sorted((one, other))
    return min(FAR_APART, second - first, *(end - second + first for end in MONTHS_END if end >= second))


def _short_for(name: str, others: Side) -> list[str]:
    return [word for word in others.by_first.get(name[0], ()) if _abbreviates(word, name)]


def _is_long(name: str) -> bool:
    return len(name) >= ABBREVIATION_LEAST + ABBREVIATED_MORE


def _abbreviates(word: str, name: str) -> bool:
    """국정자원, 국가정보자원관리원: of one first letter, and the other letters follow in the name's order."""
    if word[0] != name[0] or not ABBREVIATION_LEAST <= len(word) <= len(name) - ABBREVIATED_MORE:
        return False
    letters = iter(name)
    return all(letter in letters for letter in word)


def _share(found: dict[str, float], total: float) -> float:
    return min(1.0, math.fsum(found.values()) / total) if total else 0.0


def _is_stranger(first: str, whole: Side) -> bool:
    if not first or first in whole.terms:
        return False
    if first in whole.joined or any(word in first for word in whole.words):
        return False
    return not any(_abbreviates(first, name) for name in whole.long_names) and not (_is_long(first) and _short_for(first, whole))


def _clashes(a: Side, b: Side, least: float, agreed: frozenset[str] = frozenset()) -> int:
    """How many figures of one unit, each weighing at least so much, both sides give without one agreeing.

    `agreed`: terms that both articles say somewhere; a figure among them clashes with none.
    """
    count = 0
    for unit in (a.figures.keys() & b.figures.keys()) - {""}:
        ones, others = ([figure for figure in side.figures[unit] if weight(figure) >= least] for side in (a, b))
        if any(agree(one, other) for one in ones for other in others) or not agreed.isdisjoint((*ones, *others)):
            return 0
        count += min(len(ones), len(others))
    return min(CLASHES_MAX, count)


def _is_figure_shared(shared: dict[str, float]) -> bool:
    """Whether one is shared that says something: 23명, 7.6, but not the 19 of 코로나 19."""
    least = {term: NUMBER if term[0] == "=" or not term[-1].isdigit() else ORDINARY for term in shared if term[0] in "#="}
    return any(shared[term] >= least[term] for term in least)
