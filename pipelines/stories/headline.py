"""A Korean headline taken apart: its stage in the wire's row of reports, its tags, and what it says.

Pure. `[속보] … (종합2보)` → stage 종합2보, tag 속보, the words between.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipelines.story import Stage, StageKind

STAGE = re.compile(r"\s*[(\[（〔]\s*(?:(\d{1,2})보|(상보)|(종합)\s*(\d{0,2})보?|(속보))\s*[)\]）〕]\s*$")
LEADING_TAG = re.compile(r"^\s*(?:\[([^\[\]]{1,14})\]|【([^【】]{1,14})】|〔([^〔〕]{1,14})〕|<([^<>]{1,14})>)\s*")
TRAILING_TAG = re.compile(r"\s*\[([^\[\]]{1,20})\]\s*$")
BARE_FLASH = re.compile(r"^\s*(?:\(?(속보|긴급|1보)\)?)\s*[:)=]?\s+(?=\S)")
FLASH = Stage(kind=StageKind.FLASH)
TAG_STAGES = {"속보": FLASH, "긴급속보": FLASH, "상보": Stage(kind=StageKind.EXPANDED)}
STAGE_TAG = re.compile(r"^(?:(\d{1,2})보|종합\s*(\d{0,2})보?)$")
TITLE_CHARACTERS = 300  # no headline is longer; what is says nothing more
ORDER = (StageKind.FLASH, StageKind.NUMBERED, StageKind.EXPANDED, StageKind.ROUNDUP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    text: str  # what it says, without tags and stage
    tags: tuple[str, ...] = ()  # as printed, leading ones first
    stage: Stage | None = None  # the latest it names


def take_apart(title: str) -> Headline:
    """The headline's parts. A title that is nothing but tags keeps them as its text."""
    stages: list[Stage] = []
    tags: list[str] = []
    text = title.strip()[:TITLE_CHARACTERS]
    while found := LEADING_TAG.match(text):
        tags.append(next(filter(None, found.groups())).strip())
        text = text[found.end() :]
    while found := STAGE.search(text) or TRAILING_TAG.search(text):
        if found.re is STAGE:
            stages.append(_closing_stage(found))
        else:
            tags.append(found[1].strip())
        text = text[: found.start()]
    if found := BARE_FLASH.match(text):
        stages.append(FLASH)
        text = text[found.end() :]
    stages += filter(None, map(_stage_of_tag, tags))
    latest = max(stages, key=rank, default=None)
    return Headline(text=text.strip() or title.strip()[:TITLE_CHARACTERS], tags=tuple(tags), stage=latest)


def rank(stage: Stage | None) -> tuple[int, int]:
    """Sorts stages as the wire sends them; an unmarked report stands between flash and round-up."""
    if stage is None:
        return (ORDER.index(StageKind.EXPANDED), 0)
    return (ORDER.index(stage.kind), stage.number)


def _closing_stage(found: re.Match[str]) -> Stage:
    number, expanded, _roundup, roundup_number, flash = found.groups()
    if number:
        return Stage(kind=StageKind.NUMBERED, number=int(number))
    if expanded:
        return Stage(kind=StageKind.EXPANDED)
    if flash:
        return FLASH
    return Stage(kind=StageKind.ROUNDUP, number=int(roundup_number or 1))


def _stage_of_tag(tag: str) -> Stage | None:
    if found := STAGE_TAG.match(tag):
        number, roundup = found.groups()
        if number:
            return Stage(kind=StageKind.NUMBERED, number=int(number))
        return Stage(kind=StageKind.ROUNDUP, number=int(roundup or 1))
    return TAG_STAGES.get(tag)
