"""Who signs the text, and whom it names as its source: in lines of their own, or glued to its end. Kept for the credits."""

from __future__ import annotations

from dataclasses import replace

from pipelines.press import press_of_name
from pipelines.read import boilerplate as lines
from pipelines.read.boilerplate import Cut
from pipelines.read.byline import columnist, dateline
from pipelines.read.cutting import Work

HEAD, TAIL = 4, 8  # lines from the ends among which a signature may stand


def cut_source(work: Work) -> None:
    """`출처 : …`, or a press' bare name as the last line."""
    for i in range(len(work.kept) - 1, max(-1, len(work.kept) - 5), -1):
        text = work.kept[i].text
        if match := lines.BARE_SOURCE.match(text):
            work.source = match["source"].strip()
            work.drop(i, "source")
        elif i == len(work.kept) - 1 and len(work.kept) > 2 and press_of_name(text.strip("[]()<>/ ")):
            work.source = text.strip("[]()<>/ ")
            work.drop(i, "source")


def cut_signatures(work: Work) -> None:
    for i in range(len(work.kept) - 1, -1, -1):
        block = work.kept[i]
        is_near_end = i < HEAD or i >= len(work.kept) - TAIL
        opens_text = i == 0 and len(block.text) > 60 and dateline(block.text) is not None
        if is_near_end and lines.is_signed(block) and not opens_text:
            work.signatures.insert(0, work.drop(i, "signature").text)
    if len(work.kept) > 2 and columnist(work.kept[-1].text) and lines.SENTENCE.search(work.kept[-2].text):
        work.signatures.append(work.drop(len(work.kept) - 1, "signature").text)


def cut_ends(work: Work) -> None:
    """What is glued to the end of the last paragraphs: signatures and copyright."""
    for i in range(len(work.kept) - 1, max(-1, len(work.kept) - 4), -1):
        block = work.kept[i]
        kept, cut = lines.signature_at_end(block.text)
        if not cut:
            continue
        work.cuts.append(Cut(text=cut, rule="glued to the end"))
        work.signatures.append(cut)
        if kept:
            work.kept[i] = replace(block, text=kept, linked=min(block.linked, len(kept)))
        else:
            work.kept.pop(i)
