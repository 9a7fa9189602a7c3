"""Which blocks of a report stand apart from it in the markup: in a part of their own, named as none of the parts that report.

Imports blocks. Sites set their own lines below a text, or amid it, in elements with names of their own; the report's paragraphs
share theirs. What stands apart is only marked here: the trimming says what becomes of it, by what it says and where it stands.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import accumulate

from pipelines.read.blocks import Block, Span, Walk
from pipelines.read.boilerplate import REPORTED
from pipelines.read.byline import is_signature

REPORT_MIN = 3  # lines that report; as in cutting
NAMES_MAX = 4  # names that the parts of a report have among them: more are an editor's own, one a paragraph (chosen by hand)
LINKED = 0.35  # share of links from which a line leads elsewhere; as in locate
SUMMARY_BOX_HEAD = re.compile(r".{0,14}요약(?:\s?(?:보기|노트|봇|닫기))?")  # the element that it opens says the rest
SUMMARY_MAX = 10  # lines of a summary's box with its heading and its note; chosen by hand
NUMBERS = re.compile(r"\d+")  # p#p12: numbered, not named
TABULAR = frozenset(("ul", "ol", "dl", "table", "tbody", "tr", "td", "th", "li", "blockquote"))  # parts of a text, too


def marked(page: Walk, start: int, end: int, others: set[int]) -> tuple[Block, ...]:
    """The blocks from start to end, those marked that stand apart. `others`: blocks that tell of other articles."""
    blocks = page.blocks[start:end]
    told = {i for i, block in enumerate(blocks, start) if i not in others and _is_told(block)}
    if len(told) < REPORT_MIN:
        return blocks
    sums = [0, *accumulate(i in told for i in range(len(page.blocks)))]
    inside = [s for s in page.spans if start <= s.start and s.end <= end and s.end - s.start < end - start]
    around = (s for s in inside if s.start <= min(told) and max(told) < s.end)
    report = min(around, key=lambda s: s.end - s.start, default=None)
    below = report.end if report is not None and report.element.tag == "td" else end  # a page set in tables: other cells
    telling = {_name(s) for s in inside if 0 < sums[s.end] - sums[s.start] < len(told)}
    if len(telling) > NAMES_MAX:
        return blocks
    outer: dict[int, Span] = {}  # the largest part around each block that tells nothing: inner spans come first
    for span in inside:
        if sums[span.end] == sums[span.start]:
            outer.update((i, span) for i in range(span.start, span.end))
    return tuple(
        replace(block, is_apart=True)
        if i >= below or ((part := outer.get(i)) and _is_named(part) and _name(part) not in telling) else block
        for i, block in enumerate(blocks, start))


def summarized(page: Walk) -> tuple[Block, ...]:
    """The blocks, those marked that stand above the text in an element which a summary's heading opens, and which holds the
    lesser part of what is told."""
    blocks = list(page.blocks)
    heads = {i for i, b in enumerate(blocks) if "요약" in b.text and SUMMARY_BOX_HEAD.fullmatch(b.text)}
    if not heads:
        return page.blocks
    sums = [0, *accumulate(_is_told(block) for block in blocks)]
    for span in page.spans:
        is_above = span.start in heads and sums[span.start] == 0 and span.end - span.start <= SUMMARY_MAX
        if is_above and 2 * sums[span.end] < sums[-1]:
            for i in range(span.start, span.end):
                blocks[i] = replace(blocks[i], is_summary=True)
    return tuple(blocks)


def end_of_report(page: Walk, start: int, end: int) -> int:
    """Where a report ends whose own part its signature closes, when little is told below it, in parts named as none of its own:
    summaries of other articles that no link leads to."""
    told = [i for i in range(start, end) if _is_told(page.blocks[i])]
    for i in range(told[REPORT_MIN - 1] + 1, told[-1]) if len(told) > REPORT_MIN else ():
        below = sum(t > i for t in told)
        if 3 * below > len(told) or not is_signature(page.blocks[i].text):
            continue
        closed = max((s for s in page.spans if s.end == i + 1 and start <= s.start <= told[-below - REPORT_MIN]),
                     key=lambda s: s.end - s.start, default=None)
        if closed is not None:
            own = {"p", "div", *(_name(s) for s in page.spans if closed.start <= s.start and s.end <= closed.end)}
            if not own & {_name(s) for s in page.spans if i < s.start and s.end <= end and _is_told(page.blocks[s.start])}:
                return i + 1
    return end


def _is_told(block: Block) -> bool:
    """Whether a line closes in the plain form, as reports do, and leads nowhere."""
    return block.link_share < LINKED and REPORTED.search(block.text) is not None


def _name(span: Span) -> str:
    return NUMBERS.sub("", span.label)


def _is_named(span: Span) -> bool:
    return ("." in span.label or "#" in span.label) and span.element.tag not in TABULAR
