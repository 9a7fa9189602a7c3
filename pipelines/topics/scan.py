"""Finding thousands of words in one pass over a text.

Words are filed by their first two letters; at each place of the text one look-up says whether any word can begin there. Loading
is as quick as reading the words (a regular expression of the same words takes seconds to build, see benchmarks/bench_topics.py),
and there is no text on which it is slow.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from pipelines.topics.folding import Folded
from pipelines.topics.words import Word, squeezed, stands

FOUND_MAX = 3_000  # words in one text; an article of 20,000 characters has some hundreds. Keeps hostile texts cheap


@dataclass(frozen=True, slots=True)
class Found:
    """Word number `number` at these places of the folded text."""

    start: int
    end: int
    number: int


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The words that share their first two letters."""

    lengths: tuple[int, ...]  # longest first
    numbers: dict[str, list[int]]


class Index:
    """The words of all topics, numbered in the order they were given."""

    def __init__(self, words: Iterable[Word]) -> None:
        self.words = tuple(words)
        self._single: dict[str, list[int]] = {}
        filed: dict[tuple[str, str], dict[str, list[int]]] = {}
        for number, word in enumerate(self.words):
            if len(word.key) == 1:
                self._single.setdefault(word.key, []).append(number)
            else:
                filed.setdefault((word.key[0], word.key[1]), {}).setdefault(word.key, []).append(number)
        self._shelves = {
            pair: _Shelf(tuple(sorted({len(key) for key in numbers}, reverse=True)), numbers) for pair, numbers in filed.items()
        }

    def find(self, folded: Folded) -> list[Found]:
        """Every place of every word, longer before shorter at one place; words overlap freely."""
        text = folded.text
        tight = squeezed(text)
        places = [i for i, letter in enumerate(text) if letter != " " and letter != "-"]
        found: list[Found] = []
        shelves = self._shelves
        for at, pair in enumerate(pairwise(tight)):
            if pair in shelves:
                shelf = shelves[pair]
                for length in shelf.lengths:
                    if at + length <= len(tight):
                        for number in shelf.numbers.get(tight[at : at + length], ()):
                            self._take(found, number, folded, places, at, length)
                if len(found) > FOUND_MAX:
                    return found
        return self._singles(found, folded)

    def _take(self, found: list[Found], number: int, folded: Folded, places: list[int], at: int, length: int) -> None:
        word = self.words[number]
        start, end = places[at], places[at + length - 1] + 1
        if end - start != length:
            for step in range(1, length):
                gap = places[at + step] - places[at + step - 1]
                if gap > 2 or (gap == 2 and step not in word.joints):
                    return
        if not stands(word, folded.text, start, end):
            return
        if word.exact and _as_written(folded.original[folded.place(start) : folded.place(end)]) != word.exact:
            return
        found.append(Found(start, end, number))

    def _singles(self, found: list[Found], folded: Folded) -> list[Found]:
        """Words of one Han character, then all in order of place."""
        more: list[Found] = []
        for letter, numbers in self._single.items():
            at = folded.text.find(letter)
            while at >= 0 and len(more) < FOUND_MAX:
                more += [Found(at, at + 1, n) for n in numbers if stands(self.words[n], folded.text, at, at + 1)]
                at = folded.text.find(letter, at + 1)
        return sorted(found + more, key=lambda each: each.start) if more else found


def _as_written(text: str) -> str:
    """Without spaces, full-width letters plain, case kept."""
    return squeezed(unicodedata.normalize("NFKC", text))
