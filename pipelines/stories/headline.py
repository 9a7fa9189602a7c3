"""A Korean headline taken apart: its stage in the wire's row of reports, its tags, and what it says.

Pure. `[속보] … (종합2보)` → stage 종합2보, tag 속보, the words between.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipelines.story import STAGES, Stage, StageKind

STAGE = re.compile(rf"\s*[(\[（〔]\s*({STAGES})\s*[)\]）〕]\s*$")
LEADING_TAG = re.compile(r"^\s*(?:\[([^\[\]]{1,14})\]|【([^【】]{1,14})】|〔([^〔〕]{1,14})〕|<([^<>]{1,14})>)\s*")
TRAILING_TAG = re.compile(r"\s*\[([^\[\]]{1,20})\]\s*$")
BARE_FLASH = re.compile(r"^\s*(?:\(?(속보|긴급|1보)\)?)\s*[:)=]?\s+(?=\S)")
TITLE_CHARACTERS = 300  # no headline is longer; what is says nothing more


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    text: str  # what it says, without tags and stage
    tags: tuple[str, ...] = ()  # as printed, leading ones first
    stage: Stage | None = None  # the latest it names


def take_apart(title: str) -> Headline:
    """The headline's parts. A title that is nothing but tags keeps them as its text."""
    stages: list[Stage | None] = []
    tags: list[str] = []
    text = title.strip()[:TITLE_CHARACTERS]
    while found := LEADING_TAG.match(text):
        tags.append(next(filter(None, found.groups())).strip())
        text = text[found.end() :]
    while found := STAGE.search(text) or TRAILING_TAG.search(text):
        if found.re is STAGE:
            stages.append(Stage.read(found[1]))
        else:
            tags.append(found[1].strip())
        text = text[: found.start()]
    if found := BARE_FLASH.match(text):
        stages.append(Stage(kind=StageKind.FLASH))
        text = text[found.end() :]
    stages += [Stage.read(tag.removeprefix("긴급")) for tag in tags]
    latest = max(filter(None, stages), key=Stage.rank, default=None)
    return Headline(text=text.strip() or title.strip()[:TITLE_CHARACTERS], tags=tuple(tags), stage=latest)
