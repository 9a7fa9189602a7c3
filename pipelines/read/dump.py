"""A text dump of a page → its lines as blocks, with what only dumps tell: the title line, the current row of a board's list.

Imports the line rules. What is an article's line and what is not is decided by trim, as for pages.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from pipelines.read import boilerplate as lines
from pipelines.read.blocks import Block
from pipelines.read.boilerplate import Cut
from pipelines.read.byline import is_signature
from pipelines.read.dates import Moment, moment
from pipelines.read.hygiene import clean_text

TITLE_MAX = 150
CURRENT = re.compile(r"^»[\s»]*")
ROW_END = re.compile(r"\s+(\S{1,20})\s+(\d{4}[.\-]\d{2}[.\-]\d{2}|\d{2}[.\-:]\d{2})(?:\s[\d,]+)*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dump:
    blocks: tuple[Block, ...]
    title: str = ""
    title_rule: str = ""
    poster: str = ""
    published: Moment | None = None
    rule: str = ""  # what gave `published`
    signatures: tuple[str, ...] = ()
    cuts: tuple[Cut, ...] = ()


def read_dump(text: str) -> Dump:
    rows = clean_text(text).split("\n")
    current = _current_row(rows)
    if current:
        title, poster, day = current
        rule = "current row of the board's list"
        return Dump(blocks=tuple(Block(text=r) for r in rows), title=title, title_rule=rule, poster=poster, published=day, rule=rule)
    at = next((i for i, row in enumerate(rows[:8]) if not lines.whole_line(row)), 0)
    first = rows[at] if rows else ""
    if not first or len(first) > TITLE_MAX or lines.SENTENCE.search(first):
        return Dump(blocks=tuple(Block(text=r) for r in rows))
    rest = rows[:at] + rows[at + 1:]
    when: Moment | None = None
    signed: tuple[str, ...] = ()
    for i, row in enumerate(rest[:4]):  # the line under the title: who and when
        found = moment(row)
        if found and len(row) <= 80 and found.has_time:
            who = (row[: found.start] + row[found.end:]).strip()
            signed = (who,) if is_signature(who) else ()
            when = found
            rest = rest[:i] + rest[i + 1:]
            break
    return Dump(blocks=tuple(Block(text=r) for r in rest), title=first, title_rule="first line", published=when,
                rule="line under the title" if when else "", signatures=signed)


def _current_row(rows: list[str]) -> tuple[str, str, Moment | None] | None:
    """Title, poster and day of the row that a board marks as the one being read."""
    listed = [row for row in rows if lines.BOARD_ROW.match(row)]
    posters = Counter(match[1] for row in listed if (match := ROW_END.search(row)))
    for row in listed:
        if not (mark := CURRENT.match(row)):
            continue
        rest = row[mark.end():]
        end = ROW_END.search(rest)
        if end and len(listed) >= 3:
            poster = end[1] if posters[end[1]] >= 2 or len(listed) < 5 else ""
            title = rest[: end.start()] if poster else rest[: end.start(2)].rstrip()
            return title.strip(), poster, moment(end[2])
    return None
