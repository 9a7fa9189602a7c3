"""A query's tree → what SQLite's full-text index understands, and the patterns that mark its words in a text. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from pipelines.errors import QueryError
from pipelines.query import And, InField, NamedSet, Near, Node, Not, Or, Phrase, Place, Regex, Term, parse, walk
from pipelines.store.terms import PAIRED, terms

COLUMNS = {
    Place.TITLE: "{title}", Place.LEDE: "{lede}", Place.BODY: "{lede body}", Place.PRESS: "{press}", Place.SECTION: "{section}",
}
ANYWHERE = "{title lede body}"
TIERS = ("{title}", "{title lede}", ANYWHERE)
PAIRS_PER_WORD = 3  # a Korean word with its particle has three to four syllables: NEAR/5 becomes 15 index terms. Chosen by hand
WORDS_MAX = 200  # in one query; SQLite's own limit on an expression's depth is 256
SPACES_MAX = 3  # in a phrase, that may be left out one by one
_LONE = re.compile(rf"[{PAIRED}]")
_GAP = re.compile(rf"(?<=[{PAIRED}]) (?=[{PAIRED}])")
_WORD = r"[^\W_" + PAIRED + "]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A query, ready for the index."""

    expression: str
    best: tuple[str, ...]  # the same, said in the title; in title or lede; anywhere
    marks: tuple[re.Pattern[str], ...]  # each word that was looked for, for highlighting


def compiled(query: str) -> Search:
    """Raises QueryError for what cannot be read, or cannot be looked up in an index."""
    tree = parse(query)
    if sum(isinstance(node, Term | Phrase) for node in walk(tree)) > WORDS_MAX:
        raise QueryError(f"has more than {WORDS_MAX} words", query=query, position=0)
    compiler = _Compiler(query)
    tiers = tuple(compiler.expression(tree, columns) for columns in TIERS)
    if len(tiers[-1]) > WORDS_MAX * 100:
        raise QueryError("has too many combinations; use fewer words around NEAR", query=query, position=0)
    return Search(expression=tiers[-1], best=tiers, marks=tuple(dict.fromkeys(map(_mark, _positive(tree)))))


class _Compiler:
    """Keeps the query's text, for errors that point into it."""

    def __init__(self, query: str) -> None:
        self.query = query

    def expression(self, node: Node, columns: str) -> str:
        match node:
            case And():
                wanted = [self.expression(part, columns) for part in node.parts if not isinstance(part, Not)]
                unwanted = [self.expression(part.part, columns) for part in node.parts if isinstance(part, Not)]
                found = " AND ".join(wanted)
                return f"(({found}) NOT ({' OR '.join(unwanted)}))" if unwanted else f"({found})"
            case Or():
                return f"({' OR '.join(self.expression(part, columns) for part in node.parts)})"
            case InField():
                return self.expression(node.part, COLUMNS[node.place])
            case Near():
                pairs = product(self.phrases(node.left), self.phrases(node.right))
                distance = node.words * PAIRS_PER_WORD
                return f"({' OR '.join(f'{columns} : NEAR({left} {right}, {distance})' for left, right in pairs)})"
            case _:
                return f"({' OR '.join(f'{columns} : {phrase}' for phrase in self.phrases(node))})"

    def phrases(self, node: Node) -> list[str]:
        """The index phrases of which any one will do."""
        match node:
            case Or():
                return [phrase for part in node.parts for phrase in self.phrases(part)]
            case Phrase():
                return [self.phrase(text, node) for text in spacings(node.text)]
            case Term():
                return [self.phrase(node.text, node)]
            case Regex():
                self.refuse("a pattern cannot be looked up here; write words (patterns work in topics)", node)
            case NamedSet():
                self.refuse("a set cannot be looked up here; write its words (sets work in topics)", node)
        raise AssertionError(f"the parser lets no {type(node).__name__} stand here")

    def phrase(self, text: str, node: Term | Phrase) -> str:
        found = terms(text)
        if not found:
            self.refuse("has no letter or digit to look for", node)
        is_paired = bool(_LONE.match(found[-1]))
        if isinstance(node, Term) and node.is_inside and not _LONE.match(found[0]):
            self.refuse("the beginning of a Latin word or number cannot be left open; end it with a star instead", node)
        # one syllable alone: any pair that begins with it
        is_open = len(found[-1]) == 1 if is_paired else isinstance(node, Term) and node.is_prefix
        return f'"{" ".join(found)}"' + (" *" if is_open else "")

    def refuse(self, message: str, node: Node) -> None:
        composed = unicodedata.normalize("NFC", self.query)  # where the parser counts
        raise QueryError(message, query=composed, position=node.at)


def spacings(text: str) -> list[str]:
    """The phrase with its Korean spaces, and with each of them left out: 인공 지능, 인공지능. Many spaces: all or none."""
    gaps = [gap.start() for gap in _GAP.finditer(text)]
    if len(gaps) > SPACES_MAX:
        return [text, _GAP.sub("", text)]
    choices = product((False, True), repeat=len(gaps))
    return ["".join(c for i, c in enumerate(text) if i not in {g for g, out in zip(gaps, left_out, strict=True) if out})
            for left_out in choices]


def _positive(node: Node) -> Iterator[Term | Phrase]:
    match node:
        case Term() | Phrase():
            yield node
        case And() | Or():
            for part in node.parts:
                yield from _positive(part)
        case Near():
            yield from _positive(node.left)
            yield from _positive(node.right)
        case InField() if node.place not in (Place.PRESS, Place.SECTION):
            yield from _positive(node.part)
        case _:
            pass


def _mark(node: Term | Phrase) -> re.Pattern[str]:
    """Finds the word as the index does: whole when Latin, anywhere when Korean, whatever stands between its terms."""
    runs = re.findall(rf"[{PAIRED}]+|{_WORD}+", node.text)
    pattern = r"[\W_]*".join(map(re.escape, runs))
    before = rf"(?<!{_WORD})" if re.match(_WORD, runs[0]) else ""
    is_open = isinstance(node, Term) and node.is_prefix
    after = rf"(?!{_WORD})" if re.match(_WORD, runs[-1][-1]) and not is_open else ""
    return re.compile(before + pattern + after, re.IGNORECASE)
