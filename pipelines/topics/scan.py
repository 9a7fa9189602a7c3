"""Finding thousands of words in one text.

Words are filed by their first three letters (two, when they have no more). The letter groups of the text are intersected with
those heads as sets; only heads that occur are then looked for. So the cost hardly depends on the number of words, loading is as
quick as reading them (a regular expression of as many words takes longer to build and ten times as long to run, see
benchmarks/bench_topics.py), and there is no text on which it is slow.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter

from pipelines.topics.folding import Folded
from pipelines.topics.words import Word, squeezed, stands

TIMES_MAX = 60  # places of one head in one text: more prove nothing more, and hostile texts stay cheap


@dataclass(frozen=True, slots=True)
class Found:
    """Word number `number` at these places of the folded text."""

    start: int
    end: int
    number: int


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The words that share a head."""

    lengths: tuple[int, ...]
    numbers: dict[str, list[int]]


class Index:
    """The words of all topics, numbered in the order they were given."""

    def __init__(self, words: Iterable[Word]) -> None:
        self.words = tuple(words)
        self._single: dict[str, list[int]] = {}
        filed: dict[str, dict[str, list[int]]] = {}
        for number, word in enumerate(self.words):
            if len(word.key) == 1:
                self._single.setdefault(word.key, []).append(number)
            else:
                filed.setdefault(word.key[:3], {}).setdefault(word.key, []).append(number)
        self._shelves = {head: _Shelf(tuple({len(key) for key in numbers}), numbers) for head, numbers in filed.items()}
        self._pairs = {(head[0], head[1]): head for head in self._shelves if len(head) == 2}
        self._triples = {(head[0], head[1], head[2]): head for head in self._shelves if len(head) == 3}

    def find(self, folded: Folded) -> list[Found]:
        """Places of the words, in the order of the text; words overlap freely."""
        tight = squeezed(folded.text)
        heads = [self._pairs[p] for p in self._pairs.keys() & set(pairwise(tight))] if self._pairs else []
        heads += [self._triples[t] for t in self._triples.keys() & set(zip(tight, tight[1:], tight[2:], strict=False))]
        found = list(self._singles(folded))
        if heads:
            places = [i for i, letter in enumerate(folded.text) if letter != " " and letter != "-"]
            for head in heads:
                found += self._shelved(head, folded, tight, places)
        found.sort(key=attrgetter("start", "end", "number"))
        return found

    def _shelved(self, head: str, folded: Folded, tight: str, places: list[int]) -> Iterator[Found]:
        """The words that begin with `head`, at each place where it stands."""
        shelf = self._shelves[head]
        at = tight.find(head)
        for _ in range(TIMES_MAX):
            if at < 0:
                return
            for length in shelf.lengths:
                if at + length <= len(tight):
                    for number in shelf.numbers.get(tight[at : at + length], ()):
                        start, end = places[at], places[at + length - 1] + 1
                        if self._fits(self.words[number], folded, start, end, places[at : at + length]):
                            yield Found(start, end, number)
            at = tight.find(head, at + 1)

    def _fits(self, word: Word, folded: Folded, start: int, end: int, places: list[int]) -> bool:
        if end - start != len(places):
            for step in range(1, len(places)):
                gap = places[step] - places[step - 1]
                if gap > 2 or (gap == 2 and step not in word.joints):
                    return False
        if not stands(word, folded.text, start, end):
            return False
        return not word.exact or _as_written(folded.original[folded.place(start) : folded.end_of(end - 1)]) == word.exact

    def _singles(self, folded: Folded) -> Iterator[Found]:
        """Words of one letter."""
        for letter, numbers in self._single.items():
            at, times = folded.text.find(letter), 0
            while at >= 0 and times < TIMES_MAX:
                standing = [n for n in numbers if stands(self.words[n], folded.text, at, at + 1)]
                yield from (Found(at, at + 1, n) for n in standing)
                times += bool(standing)
                at = folded.text.find(letter, at + 1)


def _as_written(text: str) -> str:
    """Without spaces, full-width letters plain, case kept."""
    return squeezed(unicodedata.normalize("NFKC", text))
