"""Blocks of the container → paragraphs: what is cut, what is kept apart (captions, subtitle, signatures, source), and why.

The order of the steps stands here, and the cutting of furniture lines wherever they stand. A line that is never the article
belongs into boilerplate.toml; a rule that looks at where lines stand, into lead (above the text), tail (below it), captions or
signatures. The same for pages and for text dumps, whose lines come as blocks without links.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from pipelines.read import boilerplate as lines
from pipelines.read import captions, lead, signatures, tail
from pipelines.read.blocks import Block, Kind
from pipelines.read.boilerplate import Cut
from pipelines.read.cutting import Work
from pipelines.read.hygiene import TEXT_MAX
from pipelines.read.title import squeezed
from pipelines.read.wrapping import unwrapped


@dataclass(frozen=True, slots=True, kw_only=True)
class Trimmed:
    paragraphs: tuple[str, ...]
    captions: tuple[str, ...] = ()
    subtitle: tuple[str, ...] = ()
    signatures: tuple[str, ...] = ()  # in the order of the page
    source: str = ""  # whom the text itself names as where it was taken from
    cuts: tuple[Cut, ...] = ()
    is_cut: bool = False  # the text goes on: it is longer than what is stored


def trim(blocks: list[Block], *, title: str, subtitle: str = "") -> Trimmed:
    work = Work(kept=signatures.unglued(unwrapped(blocks)))
    tail.cut_board_list(work)
    lead.cut_above_headline(work, title)
    lead.cut_summary_box(work)
    signatures.cut_source(work)  # before captions and links: `출처: …` looks like a credit, a lone press name is often a link
    captions.cut_captions(work)
    captions.cut_scenes(work)
    captions.cut_opening_caption(work)
    tail.cut_below_end(work)
    lead.cut_series(work)
    lead.cut_credit_list(work)
    lead.cut_addresses(work)
    tail.cut_boxes(work)
    tail.cut_addresses(work)
    _cut_furniture(work, title)
    tail.cut_closing_list(work)
    tail.cut_questions(work)
    signatures.cut_source(work)
    lead.cut_credit_lines(work)
    signatures.cut_signatures(work)
    tail.cut_author_note(work)
    tail.cut_apart(work)
    tail.cut_left_over(work)
    lead.cut_summary(work)
    lead.take_subtitle(work, title, subtitle)
    signatures.cut_ends(work)
    _cut_repeats(work)
    captions.take_caption(work)
    paragraphs = _capped([b.text for b in work.kept])
    return Trimmed(
        paragraphs=paragraphs, is_cut=len(paragraphs) < len(work.kept), captions=tuple(dict.fromkeys(work.captions)),
        subtitle=tuple(work.subtitle), signatures=tuple(work.signatures), source=work.source, cuts=tuple(work.cuts))


def _capped(texts: list[str]) -> tuple[str, ...]:
    """The paragraphs up to the length that is stored."""
    ends = accumulate(len(text) + 1 for text in texts)
    return tuple(text for text, end in zip(texts, ends, strict=True) if end <= TEXT_MAX)


def _cut_furniture(work: Work, title: str) -> None:
    bare_title = squeezed(title)
    i, is_in_list = 0, False
    while i < len(work.kept):
        rule = _furniture(work, i, bare_title, is_in_list=is_in_list)
        is_in_list = rule in ("list heading", "under a list's heading") or (is_in_list and rule in ("link", "pointer"))
        if rule:
            work.drop(i, rule)
        else:
            i += 1


def _furniture(work: Work, i: int, bare_title: str, *, is_in_list: bool) -> str:
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
    if lines.RELATED.match(block.text) and not closes:
        return "pointer"
    if i > 0 and _heads_links(work, i):
        return "list heading"
    if is_in_list and i > 2 and not closes and not is_signed and len(block.text) < 80:
        return "under a list's heading"
    return ""


def _heads_links(work: Work, i: int) -> bool:
    """Whether a short line names what stands below it, and that is nothing but links: 함께 보면 좋은 기사, 이어 읽기."""
    below = work.kept[i + 1: i + 3]
    return lines.OFFERS.fullmatch(work.kept[i].text) is not None and len(below) == 2 and all(map(lines.is_teaser, below))


def _cut_repeats(work: Work) -> None:
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
