"""What a message may quote: the sentence that proves the match, never the whole body, with the terms marked. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.alerts.text import one_line
from pipelines.dateline import DATELINE

QUOTE_LENGTH = 200  # characters; Korean agencies sell texts, a quotation is a sentence: chosen by hand
BODY_SHARE = 0.6  # of the body at most, as a first flash is often a sentence or two; chosen by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    text: str
    is_marked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A sentence in pieces. An ellipsis says where it was cut."""

    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


def quote(sentence: str, terms: Sequence[str], *, body: str, length: int = QUOTE_LENGTH) -> Quote:
    """The sentence around its first marked term, at most `length` characters and at most 60 % of `body`."""
    line = one_line(sentence)
    spans = marks(line, terms)
    plain = one_line(body)
    if line in plain:  # a headline is no part of the body
        length = min(length, int(len(plain) * BODY_SHARE))
    start, end = _window(len(line), spans[0] if spans else (0, 0), length)
    return Quote(pieces=_pieces(line, spans, start, end))


def without_dateline(sentence: str) -> str:
    """The sentence without the agency's place and reporter before it."""
    found = DATELINE.match(sentence)
    return sentence[found.end() :] if found else sentence


def marks(line: str, terms: Sequence[str]) -> list[tuple[int, int]]:
    """Where the terms stand, in order, not overlapping; the longer term wins where two begin together."""
    known = {one_line(term) for term in terms} - {""}
    spans: list[tuple[int, int]] = []
    end = 0
    while found := [(start, -len(term)) for term in known if (start := line.find(term, end)) >= 0]:
        start, shorter = min(found)
        end = start - shorter
        spans.append((start, end))
    return spans


def _window(size: int, first: tuple[int, int], length: int) -> tuple[int, int]:
    """Which part of the line to show: all of it, else a stretch with the first mark in its first third."""
    if size <= length:
        return 0, size
    start = 0 if first[1] <= length else max(0, first[0] - length // 3)
    return start, min(size, start + length)


def _pieces(line: str, spans: list[tuple[int, int]], start: int, end: int) -> tuple[Piece, ...]:
    pieces, here = [Piece(text="…")] if start else [], start
    for left, right in spans:
        if left < here or right > end:
            continue
        pieces += [Piece(text=line[here:left]), Piece(text=line[left:right], is_marked=True)]
        here = right
    pieces += [Piece(text=line[here:end]), Piece(text="…" if end < len(line) else "")]
    return tuple(piece for piece in pieces if piece.text)
