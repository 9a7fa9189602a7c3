"""How a story was told: who broke it, who added to it, who copied whom. From all its articles, whatever order they came in.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pipelines.press import is_witness
from pipelines.stories.comparing import Comparison, relate
from pipelines.story import Filed, Relation


class Role(StrEnum):
    FIRST = "first"  # the first report of its own
    OWN = "own"  # a report in the outlet's own words
    UPDATE = "update"  # a later stage of the same outlet's report
    COPY = "copy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One article of the story."""

    article_id: int
    filed: Filed

    @property
    def claim(self) -> tuple[bool, datetime, int]:
        """The least is looked at first: a portal or board is never the source of others while another is there."""
        return (is_witness(self.filed.press, self.filed.origin), self.filed.at, self.article_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one article is in its story."""

    role: Role
    of: int | None = None  # the article that it copies or updates
    containment: float = 0.0
    reasons: tuple[str, ...] = ()


def parts(members: Iterable[Member]) -> dict[int, Part]:
    """Article → its part. A copy is one of the original publisher's article, else of the earliest with that text."""
    found: dict[int, Part] = {}
    sources: list[Member] = []
    for member in sorted(members, key=lambda m: m.claim):
        found[member.article_id] = part = _part(member, sources)
        if part.role is not Role.COPY:
            sources.append(member)
    if sources:
        first = min(sources, key=lambda m: (m.filed.at, m.article_id)).article_id
        found[first] = Part(role=Role.FIRST)
    return found


def _part(member: Member, sources: list[Member]) -> Part:
    compared = [(source.article_id, relate(member.filed, source.filed)) for source in sources]
    for relation, role in ((Relation.UPDATE, Role.UPDATE), (Relation.COPY, Role.COPY), (Relation.SAME_EVENT, Role.OWN)):
        alike = [pair for pair in compared if pair[1].relation is relation]
        if alike:
            of, said = max(alike, key=_closeness)
            return Part(
                role=role, of=of if role is not Role.OWN else None, containment=said.containment, reasons=said.reasons)
    return Part(role=Role.OWN)


def _closeness(pair: tuple[int, Comparison]) -> tuple[float, float]:
    return (pair[1].containment, pair[1].likeness)
