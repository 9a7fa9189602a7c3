"""What a topic finds in an article: Match, with the evidence that proves it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    MATCH = "match"  # the article is about the topic: alerts
    MENTION = "mention"  # the topic is named in passing: stored and searchable
    NO = "no"


class Field(StrEnum):
    """Where in the article. The lede is the first paragraph; its offsets count in the text, as the body's do."""

    TITLE = "title"
    SUBTITLE = "subtitle"
    LEDE = "lede"
    BODY = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    field: Field
    start: int  # offsets in the stored title, subtitle or text, counted in characters
    end: int
    text: str  # as written there
    rule: str  # what fired: the entity's or rule's id


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One topic's verdict on one article."""

    topic: str
    level: Level
    score: float  # 0 to 1: how much the article is about the topic
    subtopics: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()  # the most telling first
    sentence: str = ""  # the sentence that proves it, as written
