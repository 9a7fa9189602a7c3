"""Where the article stands on a page of no known family: the element that holds its sentences.

Imports blocks. Works on the blocks of the whole page once furniture is left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import accumulate

from pipelines.read.blocks import Block, Kind, Span, Walk
from pipelines.read.furniture import BODY_NAMES
from pipelines.read.parse import Element

ENDS = re.compile(r"(?:[다요죠까]|[가-힣][임음함됨])[.!?…]+[\"'”’)\]」』>]*|[.!?][\"'”’)\]]+$|[.!?]$")
NO_CONTAINERS = ("p", "li", "h1", "h2", "h3", "h4")
DESCEND_SHARE = 0.8  # a child holding less leaves text behind that could be the article's (chosen on the corpus)
RECORDS_MIN, RECORD_LETTERS = 4, 120  # an interview's answers are longer than a comment (chosen by hand)
TEASERS_MIN, TEASER_LINES, TITLE_LETTERS = 3, 5, 8  # chosen by hand
RECORDS_REST = 200.0  # weight that must remain without the records: else they are the text
INNER_SHARE = 0.9  # of the weight of the fullest element named as a body; what an inner one leaves out is looked at again
NAMED_SHARE = 0.35  # an element named as a body needs no more: comments and teasers may hold the rest


def weight(block: Block) -> float:
    """How much a block looks like running text."""
    if block.kind in (Kind.CAPTION, Kind.HEADING) or block.link_share > 0.35:
        return 0.0
    length = len(block.text)
    ends = len(ENDS.findall(block.text))
    if ends:
        return min(length, 120 * ends) * (0.5 if block.kind is Kind.ITEM else 1.0)
    return 0.3 * length if length >= 60 and block.kind is Kind.TEXT else 0.0


def records(walk: Walk) -> set[int]:
    """The blocks of repeated records: comments under their names, teasers under their linked titles.

    A record is an element like its siblings, four of them and more, that holds a line and a short text, or a linked title.
    """
    groups: dict[tuple[Element, str], list[Span]] = defaultdict(list)
    for span in walk.spans:
        parent = span.element.getparent()
        if span.end - span.start >= 2 and parent is not None:
            groups[parent, span.label].append(span)
    found: set[int] = set()
    for spans in groups.values():
        blocks = [walk.blocks[s.start: s.end] for s in spans]
        titled = sum(1 for each in blocks if each[0].link_share > 0.7)
        length = sum(len(b.text) for each in blocks for b in each) / len(spans)
        if len(spans) >= RECORDS_MIN and (titled > 0.7 * len(spans) or length < RECORD_LETTERS):
            found.update(i for s in spans for i in range(s.start, s.end))
    return found


def teasers(walk: Walk) -> set[int]:
    """The blocks of other articles' teasers: elements like their siblings, three of them and more, that hold a linked title and
    an unlinked text below it, and little else."""
    groups: dict[tuple[Element, str], list[Span]] = defaultdict(list)
    for span in walk.spans:
        parent = span.element.getparent()
        if 2 <= span.end - span.start <= TEASER_LINES and parent is not None:
            groups[parent, span.label].append(span)
    found: set[int] = set()
    for spans in groups.values():
        if len(spans) >= TEASERS_MIN and all(_is_teaser(walk.blocks[s.start: s.end]) for s in spans):
            found.update(i for s in spans for i in range(s.start, s.end))
    return found


def _is_teaser(blocks: tuple[Block, ...]) -> bool:
    titles = sum(1 for b in blocks if b.link_share > 0.7 and len(b.text) >= TITLE_LETTERS)
    return titles == 1 and blocks[0].link_share > 0.7


def locate(walk: Walk) -> tuple[Span | None, str]:
    """The container's span and why it was taken; None when the page has no running text."""
    weights = [weight(b) for b in walk.blocks]
    repeated = records(walk)
    rest = [0.0 if i in repeated else w for i, w in enumerate(weights)]
    sums = [0.0, *accumulate(rest if sum(rest) >= RECORDS_REST else weights)]
    total = sums[-1]
    if total <= 0 or not walk.spans:
        return None, ""

    def held(span: Span) -> float:
        return sums[span.end] - sums[span.start]

    stated = [s for s in walk.spans if s.element.get("itemprop") == "articleBody" and held(s) >= NAMED_SHARE * total]
    if stated:
        most = max(held(s) for s in stated)  # some mark the text inside of a marked page: the inner mark is meant
        return min((s for s in stated if held(s) >= 0.5 * most), key=lambda s: s.end - s.start), "itemprop articleBody"
    named = [s for s in walk.spans if BODY_NAMES.search(s.label) and held(s) >= NAMED_SHARE * total]
    if named:
        most = max(held(s) for s in named)
        inner = min((s for s in named if held(s) >= INNER_SHARE * most), key=lambda s: s.end - s.start)
        return inner, f"named as a body: {inner.label}"
    holding = [s for s in walk.spans if held(s) >= DESCEND_SHARE * total and s.element.tag not in NO_CONTAINERS]
    if not holding:
        holding = [max(walk.spans, key=held)]
    inner = min(holding, key=lambda s: (s.end - s.start, -held(s)))
    return inner, f"holds {held(inner) / total:.0%} of the page's sentences: {inner.label}"
