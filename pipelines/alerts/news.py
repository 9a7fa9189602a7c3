"""What an update says that no earlier article of its story said. Pure."""

from __future__ import annotations

import re

from pipelines.alerts.quote import QUOTE_LENGTH
from pipelines.alerts.text import cut, one_line
from pipelines.sentences import sentences
from pipelines.stories.folding import plain
from pipelines.stories.terms import terms
from pipelines.stories.weights import CALENDAR, ORDINARY, weight

MOST = 3  # sentences; more is no longer a summary of what changed, chosen by hand
WORDS_LEAST = 3  # new names or rare words that make a sentence news, when they are half of what it says; chosen by hand
BODY_SHARE = 0.5  # of the update's body at most: see quote.BODY_SHARE


def news(text: str, known: str) -> tuple[str, ...]:
    """The sentences of `text` that state something new, in order, at most three and half of the text in all.

    A sentence is new when it gives a figure that `known` does not have, or when most of what it says are words that `known`
    does not have. The same fact in other words shares its names and figures, so it is not new.
    """
    told = set(terms(plain(known)))
    found: list[str] = []
    left = int(len(text) * BODY_SHARE)
    for sentence in map(one_line, sentences(text)):
        if len(found) == MOST:
            break
        said = terms(plain(sentence))
        if is_new(said, told) and (not found or len(sentence) <= left):  # only the first is cut to fit
            found.append(cut(sentence, min(QUOTE_LENGTH, left)))
            left -= len(found[-1])
            told.update(said)
    return tuple(found)


def is_new(said: tuple[str, ...], told: set[str]) -> bool:
    fresh = [term for term in said if term not in told]
    if any(is_figure(term) for term in fresh):
        return True
    words = [term for term in fresh if term[0] not in "#=@" and weight(term) >= ORDINARY]
    return len(words) >= WORDS_LEAST and sum(map(weight, fresh)) >= sum(map(weight, said)) / 2


def is_figure(term: str) -> bool:
    """A score, or a number of two digits and more that is no year: 2 companies and 2026 prove nothing."""
    if term[0] == "=":
        return True
    return term[0] == "#" and len(re.sub(r"\D", "", term)) >= 2 and not CALENDAR.match(term)
