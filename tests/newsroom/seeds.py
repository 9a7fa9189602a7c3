"""The two seed dumps as pieces, for the page templates: titles, paragraphs, captions and the furniture around them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent.parent.parent / "seeds"
ROW = re.compile(r"^(?:» »»»»»|(?P<number>\d+)) (?P<title>.+) 랭크뉴스 (?P<day>\d{4}\.\d\d\.\d\d)$")
CURRENT_ROW = 42113  # the one that prints ››: between 42114 and 42112


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the board's headline list."""

    number: int
    srl: int  # the post's document number, counted from the seed's own: 42113 is /news/1050182
    title: str
    day: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    title: str
    subtitles: tuple[str, ...]
    blocks: tuple[tuple[str, str], ...]  # (kind, text): "p", "h" (a heading between paragraphs), "caption"
    summary: tuple[str, ...] = ()  # the portal's automatic one
    related: tuple[str, ...] = ()  # headlines under the article
    rows: tuple[Row, ...] = ()  # the board's list under the post

    @property
    def paragraphs(self) -> tuple[str, ...]:
        return tuple(text for kind, text in self.blocks if kind == "p")


@cache
def board_post() -> Seed:
    """Seed 000: a Rhymix board that reposts the Hankook Ilbo."""
    lines = _lines("000_6fac0fcc55d627b2.txt")
    found = [ROW.match(line) for line in lines[18:]]
    rows = tuple(_row(match) for match in found if match)
    headings, captions = {7, 12}, {4, 8, 13}
    kinds = ("h" if i in headings else "caption" if i in captions else "p" for i in range(4, 16))
    title = next(row.title for row in rows if row.number == CURRENT_ROW)
    return Seed(title=title, subtitles=lines[1:4], blocks=tuple(zip(kinds, lines[4:16], strict=True)), rows=rows)


@cache
def portal_page() -> Seed:
    """Seed 002: a Daum page that carries the Seoul Economic Daily."""
    lines = _lines("002_7a897dac74d8a9a8.txt")
    return Seed(
        title=lines[0],
        summary=lines[2:6],
        subtitles=lines[8:11],
        blocks=tuple(("p", line) for line in lines[11:17]),
        related=tuple(line.removeprefix("- ") for line in lines[18:]),
    )


def _lines(name: str) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, (FOLDER / name).read_text(encoding="utf-8").splitlines())))


def _row(match: re.Match[str]) -> Row:
    number = int(match["number"] or CURRENT_ROW)
    return Row(number=number, srl=1050182 + number - CURRENT_ROW, title=match["title"], day=match["day"])
