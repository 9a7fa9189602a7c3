"""Finding thousands of words in one text.

Most words may only begin where a run of letters begins. So the beginnings of the text's runs, a few hundred, are looked up in a
table of the words' beginnings, and only what stands there is compared. The cost hardly depends on the number of words, loading
is as quick as reading them, and there is no text on which it is slow (benchmarks/bench_topics.py: a fifth of the time of one
regular expression of the same words).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from operator import attrgetter

from pipelines.topics.folding import Folded
from pipelines.topics.words import Word, may_begin, squeezed, stands

TIMES_MAX = 60  # places of one beginning in one text: more prove nothing more, and hostile texts stay cheap
FEW = 40  # beginnings that are searched one by one quicker than by pairs of letters; measured
_RUN = re.compile("[가-힣]+|[a-z0-9]+|[㐀-鿿]")


@dataclass(frozen=True, slots=True)
class Found:
    """Word number `number` at these places of the folded text."""

    start: int
    end: int
    number: int


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The words with one beginning."""

    whole: dict[str, list[int]] = field(default_factory=dict)  # by key: words in which nothing may stand between
    lengths: set[int] = field(default_factory=set)  # of `whole`
    parted: dict[str, dict[str, list[int]]] = field(default_factory=dict)  # the others: by what stands before and after a gap

    def add(self, number: int, word: Word) -> None:
        gap = min((*word.joints, *word.dots), default=len(word.key))
        if gap < len(word.key):
            self.parted.setdefault(word.key[:gap], {}).setdefault(word.key[gap], []).append(number)
        else:
            self.whole.setdefault(word.key, []).append(number)
            self.lengths.add(len(word.key))


class Index:
    """The words of all topics, numbered in the order they were given."""

    def __init__(self, words: Iterable[Word]) -> None:
        self.words = tuple(words)
        self._at_runs: dict[str, _Shelf] = {}
        self._anywhere: dict[str, _Shelf] = {}
        for number, word in enumerate(self.words):
            head = beginning(word)
            (self._anywhere if word.is_open_left else self._at_runs).setdefault(head, _Shelf()).add(number, word)
        self._head_lengths = sorted({len(head) for head in self._at_runs})

    def find(self, folded: Folded) -> list[Found]:
        """Places of the words, in the order of the text; words overlap freely."""
        text = folded.text
        runs = set(_RUN.findall(text))
        heads = {run[:length] for length in self._head_lengths for run in runs} & self._at_runs.keys()
        found = [each for head in heads for each in self._shelved(head, self._at_runs[head], folded)]
        found += [each for head in self._heads_anywhere(text) for each in self._shelved(head, self._anywhere[head], folded)]
        found.sort(key=attrgetter("start", "end", "number"))
        return found

    def _heads_anywhere(self, text: str) -> list[str]:
        """Of the words that may stand inside others, the beginnings that occur."""
        letters = set(text)
        heads = [head for head in self._anywhere if head[0] in letters and head[-1] in letters]
        if len(heads) > FEW:
            pairs = set(pairwise(text))
            heads = [head for head in heads if len(head) == 1 or (head[0], head[1]) in pairs]
        return [head for head in heads if head in text]

    def _shelved(self, head: str, shelf: _Shelf, folded: Folded) -> Iterator[Found]:
        """The shelf's words, wherever its beginning stands."""
        text, times = folded.text, 0
        at = text.find(head)
        while at >= 0 and times < TIMES_MAX:
            if shelf is self._anywhere.get(head) or may_begin(head[0], text[at - 1 : at]):
                times += 1
                for number, end in self._here(shelf, text, at):
                    if self._fits(self.words[number], folded, at, end):
                        yield Found(at, end, number)
            at = text.find(head, at + 1)

    def _here(self, shelf: _Shelf, text: str, at: int) -> Iterator[tuple[int, int]]:
        for length in shelf.lengths:
            for number in shelf.whole.get(text[at : at + length], ()):
                yield number, at + length
        for before, after in shelf.parted.items():
            if text.startswith(before, at):
                for letter in beyond_gap(text, at + len(before)):
                    for number in after.get(letter, ()):
                        if (end := end_of(self.words[number], text, at)) > at:
                            yield number, end

    def _fits(self, word: Word, folded: Folded, start: int, end: int) -> bool:
        if not stands(word, folded.text, start, end):
            return False
        return not word.exact or _as_written(folded.original[folded.place(start) : folded.end_of(end - 1)]) == word.exact


def beginning(word: Word) -> str:
    """Up to three letters that stand together, of one script, wherever the word is written."""
    run = _RUN.match(word.key)
    first = word.key[0] if run is None else run[0]
    return first[: min((3, *word.joints, *word.dots))]


def end_of(word: Word, text: str, at: int) -> int:
    """Where the word ends that begins at `at`; -1 when it does not stand there."""
    for i, letter in enumerate(word.key):
        sign = text[at : at + 1]
        if sign != letter and (i in word.joints or i in word.dots):
            at = _over_joint(text, at) if i in word.joints else at + (sign in _DOTS)
            sign = text[at : at + 1]
        if sign != letter:
            return -1
        at += 1
    return at


def beyond_gap(text: str, at: int) -> set[str]:
    """The letters with which a word may go on: as if nothing stood between, and past what may."""
    sign = text[at : at + 1]
    over = _over_joint(text, at)
    return {sign, text[over : over + 1], text[at + 1 : at + 2] if sign in _DOTS else sign}


def _over_joint(text: str, at: int) -> int:
    """Past a bracket and one space or hyphen: 인공지능(AI) 칩."""
    if bracket := _BRACKET.match(text, at):
        at = bracket.end()
    return at + (text[at : at + 1] in _BETWEEN)


_BETWEEN = frozenset(" -")
_DOTS = frozenset("·-")
_BRACKET = re.compile(r"\([^()\n]{1,20}\)")


def _as_written(text: str) -> str:
    """Without spaces and brackets, full-width letters plain, case kept."""
    return squeezed(_BRACKET.sub("", unicodedata.normalize("NFKC", text)))
