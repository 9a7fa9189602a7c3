"""Text → the terms of the full-text index. Hangul and Han in overlapping pairs, everything else in whole words, folded.

SQLite's own tokenisers find no two-syllable word inside a longer one (facts: dependencies.md §7).
"""

from __future__ import annotations

import re

# Hangul syllables, Han with extension A, kana: scripts written without reliable spaces
PAIRED = "가-힣㐀-䶿一-鿿ぁ-ヿ"
_RUN = re.compile(rf"([{PAIRED}]+)|([^\W_{PAIRED}]+)")


def terms(text: str) -> list[str]:
    """The terms in the order of the text, with repeats."""
    found: list[str] = []
    for run in _RUN.finditer(text.casefold()):
        paired = run[1]
        if paired and len(paired) > 1:
            found += map(str.__add__, paired[:-1], paired[1:])
        else:
            found.append(run[0])
    return found


def indexed(text: str | None) -> str:
    """What a column of `article_search` is given."""
    return " ".join(terms(text)) if text else ""
