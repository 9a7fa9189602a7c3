"""A query's text → its Node. Raises QueryError, which points at the character.

    query  = all { "OR" all }
    all    = near { [ "AND" ] near | "NOT" near }        words side by side: all of them
    near   = part { "NEAR/" number part }
    part   = "(" query ")" | field ":" part | '"' phrase '"' | "'" phrase "'" | "/" pattern "/" | "@" name | word

Operators are written in capitals and stand alone. How other search engines write them (`or`, `|`, `-word`, `+word`, commas), or
glued to a word (`딥시크OR큐원`), is refused: taken as words, they would never be found. In quotes they are words like any other.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import NoReturn

from pipelines.errors import QueryError
from pipelines.query.nodes import And, InField, NamedSet, Near, Node, Not, Or, Phrase, Place, Regex, Term, walk
from pipelines.query.pattern import check_pattern

LENGTH_MAX = 200_000  # characters; a query of 20,000 words fits. Chosen by hand
DEPTH_MAX = 40  # parentheses; keeps the parser far from Python's recursion limit. Chosen by hand
NEAR_MAX = 100  # words

# Typed on Korean keyboards and pasted from mails: as good as the plain ones. One character each, so that places stay right.
_PLAIN = str.maketrans("“”„‟″＂（）：＠／＊　\u00a0\t\r\n", '""""""():@/*     ')
_TOKEN = re.compile(
    r"""(?P<space>\ +)
      | (?P<open>\() | (?P<close>\))
      | "(?P<phrase>[^"]*)(?P<phrase_end>"?)
      | (?<![^\ (:])['‘’](?P<quoted>[^'‘’"()]+)['‘’](?=[\ )]|$)
      | /(?P<regex>(?:[^/\\]|\\.)*)(?P<regex_end>/?)
      | @(?P<set>[\w-]*)
      | (?P<field>[A-Za-z가-힣]+):(?![\ )]|$)
      | NEAR/(?P<near>\d+)(?![^\ (])
      | (?P<operator>AND|OR|NOT|NEAR)(?=[\ ()"@]|$)
      | (?P<word>[^\ ()"]+)
    """,
    re.VERBOSE,
)


_HANGUL = "[가-힣]"
_OPERATOR = r"(?-i:AND|OR|NOT|NEAR(?:/\d+)?)"
_STARTS, _ENDS = r"(?-i:(?<![A-Z]))", r"(?-i:(?=[A-Z][a-z]|[^A-Za-z]|$))"  # not amid ORACLE or FOR

# What a word may not be, and what to write instead; a group is the sign that is at fault.
_STRANGE = tuple((re.compile(pattern, re.IGNORECASE), hint) for pattern, hint in (
    ("and|or|not", 'operators are written in capitals: {capitals}. To look for the word "{word}", put it in quotes'),
    (r"near/\d+", "operators are written in capitals: {capitals}"),
    (rf".*?(?:(?<={_HANGUL})({_OPERATOR}){_ENDS}|{_STARTS}({_OPERATOR})(?={_HANGUL}|['‘’/])).*",
     'write spaces on both sides of {sign}. To look for the letters themselves, use quotes'),
    (rf"\||.*(?:\|\||{_HANGUL}\||\|{_HANGUL}).*",
     "write OR between things of which any will do. To look for the sign itself, use quotes"),
    (rf"&|.*&&.*|[+＋]|.*?((?<={_HANGUL})[+＋](?=\w)|(?<=\w)[+＋](?={_HANGUL})).*",
     "write AND between things that must all be there. To look for the sign itself, use quotes"),
    (rf".*?((?<!\d)[,，、;；]|[,，、;；](?!\d)|(?<={_HANGUL})/|/(?={_HANGUL})).*",
     "write OR (any of them) or AND (all of them) instead of {sign}. To look for the sign itself, use quotes"),
    (r"[-−–!](?!\d).+", "write NOT before what must not be there. To look for the sign itself, use quotes"),
    (r"([+＋#＃])(?!\d).+", "write the word without {sign}. To look for the sign itself, use quotes"),
))
_INSTEAD_OF_SLASH = "Between things to look for, write OR (any of them) or AND (all of them)"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    kind: str
    text: str
    at: int


def parse(text: str) -> Node:
    """The query as a tree. Raises QueryError."""
    if len(text) > LENGTH_MAX:
        raise QueryError(f"is longer than {LENGTH_MAX} characters", query=text[:60], position=0)
    return _Parser(unicodedata.normalize("NFC", text)).whole()  # what a Mac copies writes 반 as three letters


def _tokens(text: str) -> list[_Token]:
    found = []
    for each in _TOKEN.finditer(text.translate(_PLAIN)):
        kind = each.lastgroup or ""
        if kind in ("phrase_end", "regex_end"):
            kind = kind.removesuffix("_end")
            if not each[f"{kind}_end"]:
                begun = '"' if kind == "phrase" else "/ begins a pattern and"
                hint = f". {_INSTEAD_OF_SLASH}" if kind == "regex" else ""
                raise QueryError(f"{begun} is never closed{hint}", query=text, position=each.start())
        if kind != "space":
            found.append(_Token(kind=kind, text=each[kind], at=each.start()))
    return found


class _Parser:
    """One query being read, from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.place = 0
        self.depth = 0

    def whole(self) -> Node:
        node = self.any_of()
        if left := self.peek():
            if left.text == "NEAR":
                self.fail("NEAR needs a number of words, such as NEAR/5", left.at)
            self.fail(f'"{left.text}" is not expected here', left.at)
        return node

    def peek(self, kind: str = "", text: str = "") -> _Token | None:
        """The next token, when it is of that kind and text."""
        token = self.tokens[self.place] if self.place < len(self.tokens) else None
        return token if token and kind in ("", token.kind) and text in ("", token.text) else None

    def take(self, kind: str = "", text: str = "") -> _Token | None:
        token = self.peek(kind, text)
        self.place += token is not None
        return token

    def fail(self, message: str, at: int) -> NoReturn:
        raise QueryError(message, query=self.text, position=at)

    def any_of(self) -> Node:
        parts = [self.all_of(None)]
        while token := self.take("operator", "OR"):
            parts.append(self.all_of(token))
        return parts[0] if len(parts) == 1 else Or(parts=_flat(Or, parts), at=parts[0].at)

    def all_of(self, joined: _Token | None) -> Node:
        """`joined`: the operator that waits for its right side."""
        parts: list[Node] = []
        while True:
            joined = self.take("operator", "AND") or joined
            if token := self.take("operator", "NOT"):
                parts.append(Not(part=self.near(token), at=token.at))
            elif joined or not parts or not (self.peek("operator") or self.peek("close") or self.peek() is None):
                parts.append(self.near(joined))
            else:
                break
            joined = None
        positive = [part for part in parts if not isinstance(part, Not)]
        if not positive:
            self.fail("NOT alone finds nothing; say first what to look for", parts[0].at)
        return parts[0] if len(parts) == 1 else And(parts=_flat(And, parts), at=parts[0].at)

    def near(self, before: _Token | None) -> Node:
        node = self.part(before)
        while token := self.take("near"):
            if int(token.text) > NEAR_MAX:
                self.fail(f"NEAR/{token.text} is too far: at most {NEAR_MAX} words", token.at)
            right = self.part(token)
            for side in (node, right):
                if any(isinstance(each, And | Not | InField | Near) for each in walk(side)):
                    self.fail("both sides of NEAR must be words, sets, patterns or ORs of these", side.at)
            node = Near(left=node, right=right, words=int(token.text), at=token.at)
        return node

    def part(self, before: _Token | None) -> Node:
        token = self.take()
        if token is None:
            self.fail(f'something is missing after "{before.text}"' if before else "is empty: write a word", len(self.text))
        match token.kind:
            case "open":
                return self.group(token)
            case "field":
                return self.in_field(token)
            case "phrase" | "quoted":
                if not token.text.strip():
                    self.fail("these quotes are empty", token.at)
                return Phrase(text=" ".join(token.text.split()), at=token.at)
            case "regex":
                if token.text.startswith(" "):
                    self.fail(rf"a pattern may not begin with a space (\s is one). {_INSTEAD_OF_SLASH}", token.at)
                if complaint := check_pattern(token.text):
                    self.fail(complaint.message, token.at + 1 + complaint.position)
                return Regex(source=token.text, at=token.at)
            case "set":
                if not token.text:
                    self.fail("@ needs a name, such as @bigtech", token.at)
                return NamedSet(name=token.text, at=token.at)
            case "word":
                return self.word(token)
        return self.fail(f'"{token.text}" is not expected here: it stands between two things to look for', token.at)

    def group(self, opening: _Token) -> Node:
        self.depth += 1
        if self.depth > DEPTH_MAX:
            self.fail(f"more than {DEPTH_MAX} parentheses deep", opening.at)
        if closing := self.peek("close"):
            self.fail("these parentheses are empty", closing.at)
        node = self.any_of()
        if not self.take("close"):
            self.fail("this parenthesis is never closed", opening.at)
        self.depth -= 1
        return node

    def in_field(self, token: _Token) -> Node:
        if token.text not in [*Place]:
            self.fail(f'"{token.text}" is not a field: {", ".join(Place)}. To look for the colon itself, use quotes', token.at)
        part = self.part(token)
        if nested := next((each for each in walk(part) if isinstance(each, InField)), None):
            self.fail("a field inside a field", nested.at)
        return InField(place=Place(token.text), part=part, at=token.at)

    def word(self, token: _Token) -> Node:
        if token.text.endswith(":") and token.text[:-1] in [*Place]:
            self.fail(f"{token.text} needs something to look for, without a space between", token.at)
        self.refuse_strange(token)
        text = token.text.strip("*")
        if not text or "*" in text:
            self.fail("a star may only begin or end a word", token.at)
        return Term(text=text, is_inside=token.text.startswith("*"), is_prefix=token.text.endswith("*"), at=token.at)

    def refuse_strange(self, token: _Token) -> None:
        for pattern, hint in _STRANGE:
            if found := pattern.fullmatch(token.text):
                sign = found.lastindex or 0
                message = hint.format(capitals=token.text.upper(), word=token.text, sign=found[sign])
                self.fail(message, token.at + found.start(sign))


def _flat(kind: type[And] | type[Or], parts: list[Node]) -> tuple[Node, ...]:
    """`a OR (b OR c)` as one list."""
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, kind) else (part,))
    return tuple(flat)
