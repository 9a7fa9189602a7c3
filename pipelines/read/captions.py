"""The captions of pictures: kept apart from the text, wherever they stand. Of photo news, the caption is the text."""

from __future__ import annotations

import re

from pipelines.press import press_of_name
from pipelines.read import boilerplate as lines
from pipelines.read.blocks import Block, Kind
from pipelines.read.byline import dateline
from pipelines.read.cutting import Work
from pipelines.read.title import squeezed

OPENING_MARK = re.compile(r"[▲△▼↑]\s?\S")
SCENE, SCENE_MAX = re.compile(r"[^.!?]+고 있다\.|[^.!?]+ 모습(?:이다)?\."), 120  # letters; chosen by hand
TOLD_BELOW = 2  # sentences below such a line that make it a caption; chosen by hand
TOLD_INSIDE = re.compile(r"[가-힣]다\.[\"'”’)]*(?=\s|$)")


def cut_captions(work: Work) -> None:
    for i in range(len(work.kept) - 1, -1, -1):
        block = work.kept[i]
        if block.kind is Kind.CAPTION:
            work.captions.insert(0, work.drop(i, "caption").text)
        elif block.kind is not Kind.HEADING and _is_loose_caption(block):
            work.captions.insert(0, work.drop(i, "caption by its credit").text)


def cut_opening_caption(work: Work) -> None:
    """A line that opens with a caption's mark (▲) above the first paragraph, where no other line does: its picture stands outside
    of the text. Lists of briefs, obituaries and personnel notices open so throughout, or hold no sentences."""
    first = work.kept[0] if work.kept else None
    if first is None or not OPENING_MARK.match(first.text) or len(first.text) > lines.CAPTION_MAX or dateline(first.text[1:]):
        return
    rest = work.kept[1:]
    told = sum(1 for b in rest if lines.SENTENCE.search(b.text))
    if told >= TOLD_BELOW and not any(lines.CAPTION_MARK.match(b.text) for b in rest):
        work.captions.insert(0, work.drop(0, "caption by its mark").text)


def cut_scenes(work: Work) -> None:
    """One sentence that shares its element with a picture and says what is seen there (…하고 있다), in a text that goes on."""
    told = [i for i, b in enumerate(work.kept) if lines.SENTENCE.search(b.text)]
    for i in reversed(told):
        block = work.kept[i]
        if block.is_boxed and len(block.text) <= SCENE_MAX and SCENE.fullmatch(block.text) and len(told) > TOLD_BELOW + 1:
            work.captions.insert(0, work.drop(i, "caption of a scene").text)


def _is_loose_caption(block: Block) -> bool:
    named = press_of_name(block.text) is not None or lines.BARE_SOURCE.match(block.text) is not None
    return not named and lines.is_caption(block) and not lines.whole_line(block.text) and not lines.is_signed(block)


def take_caption(work: Work) -> None:
    """A picture's one caption that reports is the text of a page that has no other (photo news)."""
    if any(lines.SENTENCE.search(b.text) for b in work.kept):
        return
    told = {squeezed(c): c for c in work.captions if TOLD_INSIDE.search(c)}
    if len(told) == 1:
        caption = next(iter(told.values()))
        end = max(m.end() for m in TOLD_INSIDE.finditer(caption))
        work.kept = [Block(text=caption[:end].rstrip())]
