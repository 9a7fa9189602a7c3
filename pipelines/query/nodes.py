"""The parts of a query, as plain values. `at` is where in the query a part begins; it does not count when parts are compared.

What a word means (boundaries, particles, folding) is decided by who evaluates it: pipelines.topics on an article, the store in
its index. Imports nothing of sosik's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Place(StrEnum):
    """Where a part of a query may be found. Without a place: in title, subtitle and text."""

    TITLE = "title"  # with the subtitle
    LEDE = "lede"
    BODY = "body"  # the text with the lede
    PRESS = "press"
    SECTION = "section"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One word. `딥시크` begins a Korean word; `*시크` may stand inside one; `deep*` may go on."""

    text: str
    is_inside: bool = False  # written with a leading star
    is_prefix: bool = False  # written with a trailing star
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words in quotes, one after the other; spaces inside are optional in Korean."""

    text: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Regex:
    """`/…/`: see pipelines.query.pattern for what it may hold."""

    source: str  # as written between the slashes
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSet:
    """`@bigtech`: a list of words shared between topics."""

    name: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class And:
    """All parts. At least one of them is not a Not."""

    parts: tuple[Node, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Or:
    """Any part; never a Not."""

    parts: tuple[Node, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """Only ever a direct part of And."""

    part: Node
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """Both, in either order, in one place, with at most `words` words between them.

    The sides hold words, phrases, patterns, sets and ORs of these.
    """

    left: Node
    right: Node
    words: int
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class InField:
    """`title:…`. Fields do not nest."""

    place: Place
    part: Node
    at: int = field(default=0, compare=False)


Node = Term | Phrase | Regex | NamedSet | And | Or | Not | Near | InField


def walk(node: Node) -> Iterator[Node]:
    """The node and everything in it, from left to right."""
    yield node
    match node:
        case And() | Or():
            for part in node.parts:
                yield from walk(part)
        case Not() | InField():
            yield from walk(node.part)
        case Near():
            yield from walk(node.left)
            yield from walk(node.right)
        case _:
            pass
