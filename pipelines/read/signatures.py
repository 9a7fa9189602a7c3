"""Who signs the text, and whom it names as its source: in lines of their own, or glued to its end. Kept for the credits."""

from __future__ import annotations

import re
from dataclasses import replace

from pipelines.press import press_of_name
from pipelines.read import boilerplate as lines
from pipelines.read.blocks import Block, Kind
from pipelines.read.boilerplate import Cut
from pipelines.read.byline import columnist, dateline, is_signature
from pipelines.read.cutting import Work

TOLD_BELOW = 2  # sentences below one that is a picture's caption; chosen by hand
HEAD, TAIL = 4, 8  # lines from the ends among which a signature may stand
ENDED = re.compile(r"[다요죠까][.!?][\"'”’“)\]」』]*")
ENDS_TRIED, GLUED_MAX = 3, 260  # sentence ends behind which a line may be glued; letters of such a line
OPENING, OPENING_WITHIN = re.compile(r"[\[(【](?=[^\[\]()【】]{2,40}[\])】])"), 220
SUBTITLE_MAX = 70  # as in lead
DESK = re.compile(r"[가-힣]{3,10}(?:팀|국|뉴스룸)")  # 디지털뉴스팀
MARKED = ("[", "(", "<", "〈", "※", "*", "▶", "☞", "Copyright", "ⓒ", "©")
PICTURE_CREDIT = re.compile(r"[(\[</]?\s?(?:자료\s?사진|사진|영상|이미지|그래픽)\s?(?:제공)?\s?[=:|ㅣ].{2,40}")
# a writer from abroad, or of several offices, in brackets of their own
SIGNED_IN_BRACKETS = re.compile(
    r"[<〈(\[][^<>〈〉()\[\].]{6,60}(?:교수|원장|위원|소장|대표|연구원|작가|변호사|칼럼니스트)[>〉)\]]")


def unglued(blocks: list[Block]) -> list[Block]:
    """Lines glued to the end of a paragraph become lines of their own: signatures, copyright, notes, where a site drops its
    line breaks. Else the rules of whole lines would take the paragraph with them, or leave all."""
    opened = [part for i, block in enumerate(blocks) for part in (_opened(block) if i < HEAD else (block,))]
    told = [i for i, block in enumerate(opened) if lines.SENTENCE.search(block.text)]
    last = told[-TOLD_BELOW] if len(told) > TOLD_BELOW else -1
    return [part for i, block in enumerate(opened) for part in (
        (block,) if block.kind is Kind.HEADING or (last >= 0 and _is_captioned(block, is_above=i < last, is_first=i == 0))
        else _parted(block))]


def _is_captioned(block: Block, *, is_above: bool, is_first: bool) -> bool:
    """Whether one sentence right below a picture, or at the head of the text, is a picture's caption: with its credit, or, above
    more of the text, signed by who took the picture."""
    is_placed = (block.is_pictured or (is_first and is_above)) and len(block.text) <= lines.CAPTION_MAX
    ends = [m.end() for m in ENDED.finditer(block.text)] if is_placed else []
    rest = block.text[ends[0]:].strip() if len(ends) == 1 else ""
    return len(rest) > 2 and (PICTURE_CREDIT.fullmatch(rest) is not None or (is_above and is_signature(rest)))


def _opened(block: Block) -> tuple[Block, ...]:
    """A caption, or a short subtitle, that a dateline is glued to, and the paragraph that the dateline opens."""
    for match in OPENING.finditer(block.text[:OPENING_WITHIN]):
        before = block.text[: match.start()].rstrip()
        opening = dateline(block.text[match.start():])
        is_apart = block.is_pictured or (len(before) <= SUBTITLE_MAX and not before.endswith((".", ",")))
        if len(before) > 3 and opening and opening.reporters and is_apart and lines.SENTENCE.search(block.text):
            return (replace(block, text=before, linked=min(block.linked, len(before))),
                    replace(block, text=block.text[match.start():], linked=0, breaks=1, is_pictured=False))
    return (block,)


def _parted(block: Block) -> tuple[Block, ...]:
    opening = max(0, len(block.text) - GLUED_MAX)
    ends = [opening + m.end() for m in ENDED.finditer(block.text[opening:])]
    for end in reversed(ends[-ENDS_TRIED:]):
        rest = block.text[end:].strip()
        if len(rest) > 2 and (_is_line(rest) or (0 < block.linked <= len(rest) and lines.OFFERS.fullmatch(rest))):
            linked = min(block.linked, len(rest))
            return (replace(block, text=block.text[:end], linked=min(block.linked - linked, end)),
                    replace(block, text=rest, linked=linked, breaks=1))
    return (block,)


def _is_line(rest: str) -> bool:
    """Whether what follows a sentence signs the text or is furniture. Another sentence is neither, but for a marked one."""
    if rest.endswith((".", ".\"", ".”")) and not rest.startswith(MARKED):
        return False
    if PICTURE_CREDIT.fullmatch(rest) or is_signature(rest) or lines.whole_line(rest) or DESK.fullmatch(rest):
        return True
    if rest.startswith(MARKED) and (lines.is_note(rest) or (lines.POINTER.match(rest) and not lines.CLOSED.search(rest))):
        return True
    if rest.startswith("/") and press_of_name(rest.strip("/ ")):
        return True
    tag = dateline(rest)
    return tag is not None and rest.endswith((")", "]", "】")) and len(rest) <= 20  # (서울=가나뉴스) at the end


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
    last = work.kept[-1].text if len(work.kept) > 2 else ""
    if last and (columnist(last) or SIGNED_IN_BRACKETS.fullmatch(last)) and lines.SENTENCE.search(work.kept[-2].text):
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
