"""Blocks of the container → paragraphs: what is cut, what is kept apart (captions, subtitle, signatures, source), and why.

Imports the line rules of boilerplate. The same for pages and for text dumps, whose lines come as blocks without links.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import accumulate, takewhile

from pipelines.press import press_of_name
from pipelines.read import boilerplate as lines
from pipelines.read.blocks import Block, Kind
from pipelines.read.boilerplate import Cut
from pipelines.read.byline import columnist, dateline, reporters
from pipelines.read.dates import moments
from pipelines.read.hygiene import TEXT_MAX
from pipelines.read.title import squeezed
from pipelines.read.wrapping import unwrapped

SUMMARY_LINES = 8  # portals print three to five
SUBTITLE_LINES = 6
SUBTITLE_MAX = 70  # letters of one line of a subtitle; chosen by hand
# what opens lists, interviews and scripts
NO_SUBTITLE = (
    "■", "●", "◆", "◇", "□", "○", "▲", "△", "◀", "Q", "<앵커", "[앵커", "[기자", "[리포트", "앵커", "[", "<", "(", "1.", "①", "▶")
SUMMARY_HEAD = re.compile(
    r"(?:AI|인공지능|기사|뉴스|핵심|한눈에 보는)?\s?(?:(?:세|3|4|5)\s?줄\s?)?(?:핵심\s?)?요약(?:\s?(?:보기|노트|봇))?")
SUMMARY_NOTE = re.compile(r"(?:요약|AI|인공지능).{0,60}(?:니다|세요)\.?$")
WEEKDAY = re.compile(r"[(\[][월화수목금토일][)\]]|[월화수목금토일]요일")
TOLD_INSIDE = re.compile(r"[가-힣]다\.[\"'”’)]*(?=\s|$)")
OPENS_SCENE = re.compile(r"[^\d\s][.!?]$")  # `2019년 4월 16일 팽목항.` opens a feature
CREDIT_BARE = 3
CREDIT_REST = 30  # letters beside the times in such a line; chosen by hand
ADDRESS = re.compile(r"(?:니다|세요|니까)[.!?…]{1,3}$")
QUOTED = re.compile(r"[\"'“”‘’「『:>]")
ADDRESSED_BY = 4  # paragraphs of a report above which a polite line is none of it; chosen by hand
SIGNED_HEAD, SIGNED_TAIL = 4, 8  # lines from the ends among which a signature may stand
ENDING = frozenset((  # rules of lines below which a text does not go on
    "copyright", "imprint", "tip line", "wire's own", "donation", "newsletter", "reactions", "comments", "legal note",
    "list heading"))
ANOTHER_WITHIN = 4  # lines below a list's heading among which another article's dateline stands; chosen by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Trimmed:
    paragraphs: tuple[str, ...]
    captions: tuple[str, ...] = ()
    subtitle: tuple[str, ...] = ()
    signatures: tuple[str, ...] = ()  # in the order of the page
    notes: tuple[str, ...] = ()  # cut lines that flags are read from
    source: str = ""  # whom the text itself names as where it was taken from
    cuts: tuple[Cut, ...] = ()


@dataclass(slots=True)
class _Trim:
    """The work on one text: `kept` shrinks, the rest grows."""

    kept: list[Block]
    captions: list[str] = field(default_factory=list)
    subtitle: list[str] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    source: str = ""
    cuts: list[Cut] = field(default_factory=list)

    def drop(self, index: int, rule: str) -> Block:
        block = self.kept.pop(index)
        self.cuts.append(Cut(text=block.text, rule=rule))
        if rule == "copyright" and reporters(block.text):  # glued to the byline in text dumps
            self.signatures.append(block.text)
        return block


def trim(blocks: list[Block], *, title: str, subtitle: str = "") -> Trimmed:
    work = _Trim(kept=unwrapped(blocks))
    _cut_board_list(work)
    _cut_summary_box(work)
    _cut_source(work)  # before captions and links: `출처: …` looks like a credit, a lone press name is often a link
    _cut_captions(work)
    _cut_below_end(work)
    _cut_addresses(work)
    _cut_furniture(work, title)
    _cut_closing_list(work)
    _cut_source(work)
    _cut_credit_lines(work)
    _cut_signatures(work)
    _cut_summary(work)
    _take_subtitle(work, title, subtitle)
    _cut_ends(work)
    _cut_repeats(work)
    _take_caption(work)
    return Trimmed(
        paragraphs=_capped([b.text for b in work.kept]), captions=tuple(dict.fromkeys(work.captions)),
        subtitle=tuple(work.subtitle), signatures=tuple(work.signatures), source=work.source, cuts=tuple(work.cuts))


def _capped(texts: list[str]) -> tuple[str, ...]:
    """The paragraphs up to the length that is stored."""
    ends = accumulate(len(text) + 1 for text in texts)
    return tuple(text for text, end in zip(texts, ends, strict=True) if end <= TEXT_MAX)


def _cut_board_list(work: _Trim) -> None:
    """A board's list below the post: its header, or three rows and more."""
    texts = [b.text for b in work.kept]
    for i, text in enumerate(texts):
        is_header = lines.BOARD_HEADER.match(text) is not None
        rows = texts[i + is_header: i + is_header + 3]
        if len(rows) == 3 and all(lines.BOARD_ROW.match(row) for row in rows):
            while len(work.kept) > i:
                work.drop(i, "board list")
            return


def _cut_captions(work: _Trim) -> None:
    for i in range(len(work.kept) - 1, -1, -1):
        block = work.kept[i]
        if block.kind is Kind.CAPTION:
            work.captions.insert(0, work.drop(i, "caption").text)
        elif block.kind is not Kind.HEADING and _is_loose_caption(block):
            work.captions.insert(0, work.drop(i, "caption by its credit").text)


def _cut_below_end(work: _Trim) -> None:
    """What stands below the line that ends a text (its signature, copyright, a list's heading) and tells nothing; and another
    article below the heading of a list. Signatures stay for the credits."""
    telling = _telling(work.kept)
    if len(telling) < 2:
        return
    for i in range(telling[1] + 1, len(work.kept)):
        rule = lines.whole_line(work.kept[i].text)
        if i > telling[-1] and (rule in ENDING or lines.is_signed(work.kept[i])):
            break
        if rule == "list heading" and any((d := dateline(b.text)) and d.agency for b in work.kept[i + 1: i + 1 + ANOTHER_WITHIN]):
            break
    else:
        return
    is_over = i > telling[-1]
    while len(work.kept) > i:
        if is_over and lines.is_signed(work.kept[i]):
            i += 1
        else:
            work.drop(i, lines.whole_line(work.kept[i].text) or "below the end")


def _cut_addresses(work: _Trim) -> None:
    """Lines above a report that speak to the reader (`…불러오는 중입니다`): sites do, reports quote."""
    telling = _telling(work.kept)
    if len(telling) < ADDRESSED_BY or not all(lines.REPORTED.search(work.kept[i].text) for i in telling):
        return
    for i in range(min(telling[0], lines.HEAD_LINES) - 1, -1, -1):
        block = work.kept[i]
        if len(block.text) <= SUBTITLE_MAX and ADDRESS.search(block.text) and not QUOTED.search(block.text):
            work.drop(i, "addressed to the reader")


def _telling(blocks: list[Block]) -> list[int]:
    """Where the text reports: in the plain form, or in the polite one when most of its sentences are polite (broadcasters)."""
    closed = [i for i, b in enumerate(blocks) if lines.SENTENCE.search(b.text) and not lines.is_teaser(b)]
    own = [i for i in closed if not lines.whole_line(blocks[i].text)]
    plain = [i for i in own if lines.REPORTED.search(blocks[i].text)]
    return plain if 2 * len(plain) >= len(own) else own


def _is_loose_caption(block: Block) -> bool:
    named = press_of_name(block.text) is not None or lines.BARE_SOURCE.match(block.text) is not None
    return not named and lines.is_caption(block) and not lines.whole_line(block.text) and not lines.is_signed(block)


def _cut_furniture(work: _Trim, title: str) -> None:
    bare_title = squeezed(title)
    i, is_in_list = 0, False
    while i < len(work.kept):
        rule = _furniture(work, i, bare_title, is_in_list=is_in_list)
        is_in_list = rule in ("list heading", "under a list's heading") or (is_in_list and rule in ("link", "pointer"))
        if rule:
            work.drop(i, rule)
        else:
            i += 1


def _furniture(work: _Trim, i: int, bare_title: str, *, is_in_list: bool) -> str:
    """Which rule says that the i-th line is none of the article's; ""."""
    block = work.kept[i]
    if rule := lines.whole_line(block.text):
        return rule
    if i < lines.HEAD_LINES and len(bare_title) >= 6 and squeezed(block.text) == bare_title:
        return "title again"
    is_signed = lines.is_signed(block)
    if lines.is_teaser(block) and not is_signed:
        return "link"
    closes = lines.SENTENCE.search(block.text) is not None
    is_in_tail = 2 < i >= len(work.kept) - 8
    is_open = is_in_tail and block.kind is not Kind.HEADING and not lines.CLOSED.search(block.text)
    leads_on = block.link_share > 0.3 or is_open
    if (lines.POINTER.match(block.text) and leads_on) or (lines.BULLET.match(block.text) and block.link_share > 0.3):
        return "pointer"
    if is_in_list and i > 2 and not closes and not is_signed and len(block.text) < 80:
        return "under a list's heading"
    return ""


def _cut_closing_list(work: _Trim) -> None:
    """Three closing lines and more that open with a dash and end like headlines."""
    texts = [b.text for b in work.kept]
    count = 0
    while count < len(texts) and lines.DASH_ITEM.match(texts[-1 - count]) and not lines.SENTENCE.search(texts[-1 - count]):
        count += 1
    if 3 <= count < len(texts):
        for _ in range(count):
            work.drop(len(work.kept) - 1, "closing list")


def _cut_source(work: _Trim) -> None:
    """`출처 : …`, or a press' bare name as the last line."""
    for i in range(len(work.kept) - 1, max(-1, len(work.kept) - 5), -1):
        text = work.kept[i].text
        if match := lines.BARE_SOURCE.match(text):
            work.source = match["source"].strip()
            work.drop(i, "source")
        elif i == len(work.kept) - 1 and len(work.kept) > 2 and press_of_name(text.strip("[]()<>/ ")):
            work.source = text.strip("[]()<>/ ")
            work.drop(i, "source")


def _cut_signatures(work: _Trim) -> None:
    for i in range(len(work.kept) - 1, -1, -1):
        block = work.kept[i]
        is_near_end = i < SIGNED_HEAD or i >= len(work.kept) - SIGNED_TAIL
        opens_text = i == 0 and len(block.text) > 60 and dateline(block.text) is not None
        if is_near_end and lines.is_signed(block) and not opens_text:
            work.signatures.insert(0, work.drop(i, "signature").text)
    if len(work.kept) > 2 and columnist(work.kept[-1].text) and lines.SENTENCE.search(work.kept[-2].text):
        work.signatures.append(work.drop(len(work.kept) - 1, "signature").text)


def _cut_credit_lines(work: _Trim) -> None:
    """Lines above the first sentence that give a time and little more: who and when, where no element of its own holds them."""
    i = 0
    while i < min(SUBTITLE_LINES, len(work.kept)) and not lines.SENTENCE.search(work.kept[i].text):
        text = work.kept[i].text
        found = moments(text)
        rest = len(text) - sum(each.end - each.start for each in found)
        is_stamp = rest <= CREDIT_BARE or any(each.has_time for each in found) or WEEKDAY.search(text) or reporters(text)
        if found and rest <= CREDIT_REST and is_stamp and not OPENS_SCENE.search(text):
            work.drop(i, "stamp")
            if reporters(text):
                work.signatures.append(text)
        else:
            i += 1


def _cut_summary_box(work: _Trim) -> None:
    """A box headed as a summary: its list, or what stands up to the note that a machine wrote it. Its lines paraphrase."""
    texts = [b.text for b in work.kept[: SUMMARY_LINES + SIGNED_HEAD]]
    at = next((i for i, text in enumerate(texts[:SIGNED_HEAD]) if SUMMARY_HEAD.fullmatch(text)), -1)
    if at < 0:
        return
    noted = next((i for i in range(at + 1, len(texts)) if SUMMARY_NOTE.search(texts[i]) and len(texts[i]) <= 120), at)
    listed = takewhile(lambda block: block.kind is Kind.ITEM, work.kept[noted + 1:])
    for _ in range(noted + 1 - at + sum(1 for _ in listed)):
        work.drop(at, lines.SUMMARY_BOX)


def _cut_summary(work: _Trim) -> None:
    """A box at the head whose every line recurs below: the longest such run of lines."""
    texts = [b.text for b in work.kept]
    bare = [squeezed(text) for text in texts]
    for count in range(min(SUMMARY_LINES, len(texts) - 2), 0, -1):
        rest = "".join(bare[count:])
        if all(len(b) >= 8 and b in rest for b in bare[:count]) and (count > 1 or lines.SENTENCE.search(texts[0])):
            for _ in range(count):
                work.drop(0, "summary of what follows")
            return


def _take_subtitle(work: _Trim, title: str, stated: str) -> None:
    """Short lines without a sentence's end above the first paragraph."""
    count = 0
    first = next((i for i, b in enumerate(work.kept) if lines.SENTENCE.search(b.text)), 0)
    parting = {b.label for b in work.kept[first:] if b.kind is Kind.HEADING}  # such headings stand above the first part, too
    while count < min(SUBTITLE_LINES, len(work.kept) - 1) and _is_subtitle(work.kept[count], parting):
        count += 1
    known = squeezed(stated)
    if count and any(lines.SENTENCE.search(b.text) and len(b.text) > 25 for b in work.kept[count: count + 3]):
        taken = [work.drop(0, "subtitle").text for _ in range(count)]
        work.subtitle = [t for t in taken if squeezed(t) not in squeezed(title)]
    elif known and work.kept and squeezed(work.kept[0].text) == known:
        work.subtitle = [work.drop(0, "subtitle").text]


def _is_subtitle(block: Block, parting: set[str]) -> bool:
    text = block.text
    if lines.SENTENCE.search(text) or text.endswith((".", ",", ":")) or dateline(text):
        return False
    if block.kind is Kind.HEADING:
        return len(text) <= 2 * SUBTITLE_MAX and block.label not in parting
    if len(text) > SUBTITLE_MAX or text.endswith(("?", "!")):
        return False
    return not text.startswith(NO_SUBTITLE)


def _take_caption(work: _Trim) -> None:
    """A picture's one caption that reports is the text of a page that has no other (photo news)."""
    if any(lines.SENTENCE.search(b.text) for b in work.kept):
        return
    told = {squeezed(c): c for c in work.captions if TOLD_INSIDE.search(c)}
    if len(told) == 1:
        caption = next(iter(told.values()))
        end = max(m.end() for m in TOLD_INSIDE.finditer(caption))
        work.kept = [Block(text=caption[:end].rstrip())]


def _cut_ends(work: _Trim) -> None:
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


def _cut_repeats(work: _Trim) -> None:
    """Long paragraphs printed twice, for screen and for print: the first stays."""
    seen: set[str] = set()
    i = 0
    while i < len(work.kept):
        text = work.kept[i].text
        if len(text) >= 60 and text in seen:
            work.drop(i, "printed twice")
        else:
            seen.add(text)
            i += 1
