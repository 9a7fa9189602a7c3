"""Regular expressions in queries: a small language whose worst case is bounded before it ever runs.

Letters, `.`, `[…]`, `\\d \\w \\s` and their opposites, groups `( )`, `|`, and `? * + {m,n}`. No references, no look-around, no
repeat inside a repeat. `*` and `+` reach REACH characters. The number of ways in which a pattern can be tried from one place is
multiplied out, and a pattern over WAYS_MAX is refused: Python's own engine cannot be stopped once it runs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import NoReturn

REACH = 40  # characters that * and + may cover. Chosen by hand: about ten Korean words
WAYS_MAX = 400  # with TEXT_MAX below: under 50 ms in benchmarks/bench_topics.py
TEXT_MAX = 5_000  # characters of a text that patterns are tried on
LENGTH_MAX = 500  # characters of a pattern

_CLASSES = "dDwWsS"
_REPEAT = re.compile(r"\{(\d*)(,?)(\d*)\}|[?*+]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    message: str
    position: int  # in the pattern


class _Refused(Exception):
    def __init__(self, message: str, position: int) -> None:
        self.complaint = Complaint(message=message, position=position)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A part of a pattern: what Python is given for it, and in how many ways it can be tried."""

    source: str
    ways: int
    has_repeat: bool


def check_pattern(source: str) -> Complaint | None:
    """What is wrong with a pattern; None when it can be used."""
    try:
        _translated(source)
    except _Refused as refused:
        return refused.complaint
    return None


@cache
def compiled(source: str) -> re.Pattern[str]:
    """The pattern to run on folded text, at most TEXT_MAX characters of it. Only for sources that `check_pattern` let pass."""
    return re.compile(_translated(source))


def _translated(source: str) -> str:
    if len(source) > LENGTH_MAX:
        raise _Refused(f"this pattern is longer than {LENGTH_MAX} characters", LENGTH_MAX)
    reader = _Reader(source)
    piece = reader.any_of()
    if reader.at < len(source):
        raise _Refused("this parenthesis was never opened", reader.at)
    if re.compile(piece.source).match(""):
        raise _Refused("this pattern would match everywhere: it can be empty", 0)
    return piece.source


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.depth = 0

    def refuse(self, message: str, at: int | None = None) -> NoReturn:
        raise _Refused(message, self.at if at is None else at)

    def any_of(self) -> _Piece:
        choices = [self.sequence()]
        while self.source[self.at : self.at + 1] == "|":
            self.at += 1
            choices.append(self.sequence())
        if len(choices) == 1:
            return choices[0]
        return self.capped(_Piece(
            source=f"(?:{'|'.join(c.source for c in choices)})", ways=sum(c.ways for c in choices),
            has_repeat=any(c.has_repeat for c in choices)))

    def sequence(self) -> _Piece:
        whole = _Piece(source="", ways=1, has_repeat=False)
        while self.at < len(self.source) and self.source[self.at] not in "|)":
            piece = self.repeated()
            whole = self.capped(_Piece(
                source=whole.source + piece.source, ways=whole.ways * piece.ways,
                has_repeat=whole.has_repeat or piece.has_repeat))
        return whole

    def capped(self, piece: _Piece) -> _Piece:
        if piece.ways > WAYS_MAX:
            self.refuse("this pattern could take too long: fewer or shorter repeats, such as .{0,15}", max(0, self.at - 1))
        return piece

    def repeated(self) -> _Piece:
        start = self.at
        piece = self.atom()
        found = _REPEAT.match(self.source, self.at)
        if not found:
            return piece
        self.at = found.end()
        lazy = self.source[self.at : self.at + 1] == "?"
        self.at += lazy
        low, high = self.bounds(found, start)
        if piece.has_repeat:
            self.refuse("a repeat inside a repeat is not allowed here", start)
        ways = sum(piece.ways ** n for n in range(low, high + 1)) if piece.ways > 1 and high <= 8 else (high - low + 1) * (
            piece.ways if piece.ways == 1 else WAYS_MAX)
        source = f"(?:{piece.source}){{{low},{high}}}{'?' if lazy else ''}"
        return self.capped(_Piece(source=source, ways=ways, has_repeat=True))

    def bounds(self, found: re.Match[str], start: int) -> tuple[int, int]:
        match found[0]:
            case "?":
                return 0, 1
            case "*":
                return 0, REACH
            case "+":
                return 1, REACH
        low = int(found[1] or 0)
        high = int(found[3]) if found[3] else (REACH if found[2] else low)
        if not (found[1] or found[3]) or high < low or high > 200:
            self.refuse("this repeat must read {m,n} with m ≤ n ≤ 200", start)
        return low, high

    def atom(self) -> _Piece:
        char = self.source[self.at]
        if char == "(":
            return self.group()
        if char == "[":
            return self.characters()
        if char in "?*+{":
            self.refuse("there is nothing to repeat before this")
        if char in "^$":
            self.refuse("^ and $ have no meaning here: a pattern may be found anywhere")
        self.at += 1
        if char == "\\":
            return self.escaped()
        return _Piece(source="." if char == "." else re.escape(char.lower()), ways=1, has_repeat=False)

    def escaped(self) -> _Piece:
        char = self.source[self.at : self.at + 1]
        self.at += 1
        if char in _CLASSES and char:
            return _Piece(source=f"\\{char}", ways=1, has_repeat=False)
        if not char or char.isalnum():
            self.refuse(f"\\{char} has no meaning here", self.at - 2)
        return _Piece(source=re.escape(char), ways=1, has_repeat=False)

    def group(self) -> _Piece:
        start = self.at
        self.at += 1
        self.depth += 1
        if self.depth > 20:
            self.refuse("more than 20 parentheses deep")
        if self.source[self.at : self.at + 2] == "?:":
            self.at += 2
        piece = self.any_of()
        if self.source[self.at : self.at + 1] != ")":
            self.refuse("this parenthesis is never closed", start)
        self.at += 1
        self.depth -= 1
        return _Piece(source=f"(?:{piece.source})", ways=piece.ways, has_repeat=piece.has_repeat)

    def characters(self) -> _Piece:
        found = re.compile(r"\[\^?(?:\\.|[^\]\\\[])+\]").match(self.source, self.at)
        if not found:
            self.refuse("these brackets are empty or never closed")
        # Small letters, as the folded text has; the letter after a backslash keeps its case.
        source = re.sub(r"\\.|[A-Z]", lambda each: each[0] if each[0][0] == "\\" else each[0].lower(), found[0])
        if re.search(r"--|&&|~~|\|\|", source):  # reserved by Python for later
            self.refuse("these brackets hold a doubled sign: write it once, after a backslash")
        try:
            re.compile(source)
        except re.error as error:
            self.refuse(f"these brackets cannot be read ({error.msg})")
        self.at = found.end()
        return _Piece(source=source, ways=1, has_repeat=False)
