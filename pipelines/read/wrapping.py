"""Lines that were broken for their length alone, joined again: hard breaks on old boards, breaks inside a sentence.

Imports blocks. Words that a break cut in two would be found by no rule.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from pipelines.read.blocks import Block, Kind
from pipelines.read.boilerplate import CLOSED, is_signed, whole_line

WRAPPED_MIN, WIDTH_MAX, FULL = 4, 60, 0.7  # lines; letters of a wrapped line; share of them that a full line has (chosen by hand)
OPENS_ITEM = re.compile(r"[^\w\s\"'“‘(.,!?…)”’]|\d{1,2}[.)]\s|[가-하]\)\s")
WORD_GOES_ON = re.compile(r"(?:[.,!?…)”’]|다[.\"”'’]|[은는을를의로와과며]\s)")  # a line that opens so was broken inside a word


def unwrapped(blocks: list[Block]) -> list[Block]:
    """Lines that were only wrapped are joined: single breaks inside a sentence."""
    width = _width(blocks)
    out: list[Block] = []
    length = 0  # of the last line before it was joined
    for block in blocks:
        last = out[-1] if out else None
        is_wrapped = (last is not None and width > 0 and block.breaks == 1 and length >= FULL * width
                      and not CLOSED.search(last.text) and not OPENS_ITEM.match(block.text)
                      and not is_signed(last) and not whole_line(block.text))
        if last and (is_wrapped or _runs_on(last, block)):
            gap = "" if is_wrapped and WORD_GOES_ON.match(block.text) else " "
            out[-1] = replace(last, text=f"{last.text}{gap}{block.text}", linked=last.linked + block.linked)
        else:
            out.append(block)
        length = len(block.text)
    return out


def _width(blocks: list[Block]) -> int:
    """How long the lines of a text are that was wrapped by hand (old boards); 0 for any other."""
    lengths = sorted(len(b.text) for a, b in pairwise(blocks) if b.breaks == 1 and not CLOSED.search(a.text))
    told = sum(1 for b in blocks if b.kind in (Kind.TEXT, Kind.CELL) and b.link_share < 0.3)
    if len(lengths) < WRAPPED_MIN or len(lengths) < told / 3:
        return 0
    return lengths[-1] if 20 <= lengths[-1] <= WIDTH_MAX else 0


def _runs_on(last: Block, block: Block) -> bool:
    """Whether a sentence of running text goes on after the break: the line before is long, open, and ends like no headline."""
    is_open = last.text.endswith((",", "은", "는", "을", "를", "의", "에", "와", "과", "고", "며"))
    return len(last.text) >= 40 and is_open and len(block.text) > 15
