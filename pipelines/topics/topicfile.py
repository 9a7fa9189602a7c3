"""A topic file (TOML) as typed records. What each key means is written here and shown by `sosik topics new`.

A topic is either one `query`, or groups: anchors (context words), entities (names) and rules (context words that stand together).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from pipelines.tomlfile import option
from pipelines.wording import Language


def _share(value: float) -> str:
    return "" if 0 <= value <= 1 else "must be between 0 and 1"


def titled(title: str, title_en: str, language: Language) -> str:
    """The title of the language, else the only one that there is."""
    return (title_en or title) if language == "en" else (title or title_en)


class Within(StrEnum):
    """Where the needed context of a weak word must stand."""

    SENTENCE = "sentence"  # in the same sentence, or in the title
    WINDOW = "window"  # in the same sentence, at most `reach` characters away
    ARTICLE = "article"


class Strength(StrEnum):
    STRONG = "strong"  # the sentence is about the topic
    FAINT = "faint"  # it touches the topic: a mention, or a match when there is much of it


class Spot(StrEnum):
    ANYWHERE = "anywhere"
    TITLE = "title"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """Words that give context and prove nothing alone."""

    words: tuple[str, ...] = option(doc="The words; @name takes in a shared set.")
    exempt: tuple[str, ...] = option((), doc="Where these stand, the words inside them do not count.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A company, product, person or event."""

    id: str
    subtopic: str = option("", doc="The sub-topic that it brings.")
    strong: tuple[str, ...] = option((), doc="Names that are enough alone.")
    weak: tuple[str, ...] = option((), doc="Names that need context.")
    needs: tuple[str, ...] = option((), doc="Anchors, any of which gives a weak name its context.")
    within: Within = option(Within.SENTENCE, doc="Where the context must stand.")
    reach: int = option(40, doc="Characters between a weak name and its context, for a strong proof.")
    products: tuple[str, ...] = option((), doc="Names that count once the entity itself was found.")
    exempt: tuple[str, ...] = option((), doc="Where these stand, the names inside them do not count.")
    unless: tuple[str, ...] = option((), doc="Words of another sense: with one of them in the article, weak names do not count.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Anchors that stand together in one passage."""

    id: str
    all: tuple[str, ...] = option(doc="The anchors, one word of each.")
    none: tuple[str, ...] = option((), doc="Anchors of which no word may stand in the passage.")
    not_led_by: tuple[str, ...] = option((), doc="Anchors of which no word may open the passage (…中, has its own subject).")
    subtopic: str = option("")
    reach: int = option(40, doc="Characters between the first anchor's word and each of the others.")
    order: bool = option(False, doc="They must stand in this order.")
    opens: bool = option(False, doc="The first anchor's word must open the passage, or a later clause of it: …中, .")
    closes: bool = option(False, doc="The last anchor's word must close the passage.")
    clause: bool = option(False, doc="No … and no end of a sentence may stand between them.")
    plain: tuple[str, ...] = option((), doc="Anchors whose word must not stand in a list: 반도체·AI·바이오 등.")
    spot: Spot = option(Spot.ANYWHERE, doc="Where the passage may be.")
    strength: Strength = option(Strength.STRONG)


@dataclass(frozen=True, slots=True, kw_only=True)
class Veto:
    """Another sense of the same letters, found anywhere in the article."""

    id: str
    any: tuple[str, ...] = option((), doc="One of these words shows the other sense.")
    all: tuple[tuple[str, ...], ...] = option((), doc="Or: one word of each list.")
    unless: tuple[str, ...] = option((), doc="Anchors that speak against the veto.")
    drops: tuple[str, ...] = option((), doc="Anchors or entities that do not count then; without any: the whole article.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subtopic:
    id: str
    title: str = option("", doc="What readers see.")
    title_en: str = option("", doc="What readers of English see. Empty: the title.")
    words: tuple[str, ...] = option((), doc="Words that bring it, in the title or in a sentence about the topic.")

    def titled(self, language: Language) -> str:
        """What readers of this language see."""
        return titled(self.title, self.title_en, language) or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Scores, 0 to 1, from which on an article is a match or a mention."""

    match: float = option(0.5, check=_share)
    mention: float = option(0.08, check=_share)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicFile:
    name: str = option(doc="Small letters, digits and hyphens.")
    title: str = option("", doc="What readers see.")
    title_en: str = option("", doc="What readers of English see. Empty: the title.")
    query: str = option("", doc="One line of the query language, instead of groups.")
    sets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    levels: Levels = field(default_factory=Levels)
    subtopic: tuple[Subtopic, ...] = ()
    anchor: dict[str, Anchor] = field(default_factory=dict)
    entity: tuple[Entity, ...] = ()
    rule: tuple[Rule, ...] = ()
    veto: tuple[Veto, ...] = ()

    def titled(self, language: Language) -> str:
        """What readers of this language see."""
        return titled(self.title, self.title_en, language) or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class SetsFile:
    """Word lists shared between topics: `@bigtech`."""

    sets: dict[str, tuple[str, ...]] = field(default_factory=dict)
