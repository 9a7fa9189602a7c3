"""What the articles are about: fingerprints, and the verdict that puts an article into a story."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

STAGES = r"속보|상보|\d{1,2}보|종합\s*\d{0,2}보?"  # as headlines print them: a pattern without groups
NUMBERED = re.compile(r"(\d{1,2})보|종합\s*(\d{0,2})보?")


class StageKind(StrEnum):
    """The Korean wire's stages, in order."""

    FLASH = "속보"
    NUMBERED = "보"  # 1보, 2보, 3보
    EXPANDED = "상보"
    ROUNDUP = "종합"  # 종합, 종합2보


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    kind: StageKind
    number: int = 1

    def __str__(self) -> str:
        if self.kind is StageKind.NUMBERED:
            return f"{self.number}보"
        if self.kind is StageKind.ROUNDUP and self.number > 1:
            return f"종합{self.number}보"
        return str(self.kind)

    @classmethod
    def read(cls, word: str) -> Stage | None:
        """What `STAGES` matches → its stage; None of any other word."""
        if word in (StageKind.FLASH, StageKind.EXPANDED):
            return cls(kind=StageKind(word))
        if not (found := NUMBERED.fullmatch(word)):
            return None
        kind = StageKind.NUMBERED if found[1] else StageKind.ROUNDUP
        return cls(kind=kind, number=int(found[1] or found[2] or 1))

    def rank(self) -> tuple[int, int]:
        """Sorts stages as the wire sends them: 속보, 1보, 2보, 상보, 종합, 종합2보."""
        return (list(StageKind).index(self.kind), self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What comparing needs of one article; small enough to keep for each.

    `shingles` and `cues` are looked up in indexed tables; both are sorted, without repeats, and fit a signed 64-bit integer.
    """

    text_hash: str  # hex SHA-256 of the folded text
    length: int  # characters of the folded text
    shingles: tuple[int, ...]  # sampled character n-grams of title and text: found again in copies
    cues: tuple[int, ...]  # key facts of headline and lede (names, numbers, places, rare n-grams): found again in other words
    headline: str  # folded, without tags and stage
    stage: Stage | None = None
    facts: tuple[str, ...] = ()  # key facts, "kind:term": kind actor, title or lede; term as pipelines.stories.terms gives it
    series: str = ""  # what sort of recurring item it is (weather, market, photo, "row:NAME" …), "" for ordinary news
    instalment: str = ""  # which one of the series: its date, number or subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """One article as comparing sees it: a fingerprint and where it comes from."""

    fingerprint: Fingerprint
    press: str  # "" when unknown
    origin: str  # "" when it is the press's own
    at: datetime  # published, else first seen
    is_correction: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A stored article that could belong with the new one."""

    article_id: int
    story_id: int
    filed: Filed


class Relation(StrEnum):
    """What a new article is to a stored one."""

    COPY = "copy"  # the same text, or part of it
    UPDATE = "update"  # a later stage of the same report
    SAME_EVENT = "same-event"  # the same event in other words
    CORRECTION = "correction"  # corrects it: linked, not merged
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A relation to one stored article, and why."""

    article_id: int
    story_id: int
    relation: Relation
    containment: float  # share of the shorter text's shingles found in the other, 0 to 1
    reasons: tuple[str, ...] = ()  # `kind` or `kind: value`, as pipelines.stories.comparing writes them


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Where an article belongs. No link: a new story. Links to several stories: they are one, and are joined."""

    links: tuple[Link, ...] = ()  # the closest first, never DIFFERENT

    @property
    def closest(self) -> Link | None:
        """The link that places the article: corrections never do."""
        return next((link for link in self.links if link.relation is not Relation.CORRECTION), None)

    @property
    def story_ids(self) -> tuple[int, ...]:
        """The stories that this article shows to be one, closest first."""
        placed = (link.story_id for link in self.links if link.relation is not Relation.CORRECTION)
        return tuple(dict.fromkeys(placed))
