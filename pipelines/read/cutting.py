"""The work on one text: which of its lines are still kept, and what was cut or taken from it. Also: where a text reports.

Imports the line tests. Each step of the trimming (lead, tail, captions, signatures, trim) takes a Work and changes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pipelines.read import boilerplate as lines
from pipelines.read.blocks import Block
from pipelines.read.boilerplate import Cut
from pipelines.read.byline import reporters

REPORT_MIN = 3  # paragraphs that end in the plain form; chosen by hand


@dataclass(slots=True)
class Work:
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


def telling(blocks: list[Block]) -> list[int]:
    """Where the text reports: in the plain form, or in the polite one when most of its sentences are polite (broadcasters)."""
    closed = [
        i for i, b in enumerate(blocks)
        if lines.SENTENCE.search(b.text) and not lines.is_teaser(b) and not lines.POINTER.match(b.text)]
    own = [i for i in closed if not lines.whole_line(blocks[i].text)]
    plain = [i for i in own if lines.REPORTED.search(blocks[i].text)]
    return plain if 2 * len(plain) >= len(own) else own


def reporting(blocks: list[Block]) -> list[int]:
    """Where a report in the plain form reports: above and below it, a polite line is none of the text. [] of other texts."""
    told = telling(blocks)
    return told if len(told) >= REPORT_MIN and all(lines.REPORTED.search(blocks[i].text) for i in told) else []
