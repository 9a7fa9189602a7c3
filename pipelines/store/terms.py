"""Text → the terms of the full-text index. Hangul and Han in overlapping pairs, everything else in whole words, folded.

SQLite's own tokenisers find no two-syllable word inside a longer one (facts: dependencies.md §7).

A row leaves the index by the terms that it was put in with (pipelines.store.articles.unindex): whoever changes what terms a text
has must add a migration that fills the index anew.
"""

from __future__ import annotations

import re

# Hangul syllables, Han with extension A, kana: scripts written without reliable spaces
PAIRED = "가-힣㐀-䶿一-鿿ぁ-ヿ"
_TERM = re.compile(rf"""
    (?=([{PAIRED}][{PAIRED}]))[{PAIRED}]                # each letter with the next one
  | (?<![{PAIRED}])([{PAIRED}])(?![{PAIRED}])           # a letter alone
  | ([^\W_{PAIRED}]+)                                   # a word or number of another script
""", re.VERBOSE)


def terms(text: str) -> list[str]:
    """The terms in the order of the text, with repeats."""
    return [pair or alone or word for pair, alone, word in _TERM.findall(text.casefold())]


def indexed(text: str | None) -> str:
    """What a column of `article_search` is given."""
    return " ".join(terms(text)) if text else ""
