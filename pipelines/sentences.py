"""Korean text cut into sentences, and two texts compared by them. Pure; imports nothing of sosik's."""

from __future__ import annotations

import difflib
import re

# up to . ? or ! with what closes behind it, before a space; a paragraph ends a sentence, too. 97.6% and "간다."고 end none
SENTENCE = re.compile(r"""[^\n.?!]*(?:[.?!](?!["'”’)\]]*(?:\s|$))[^\n.?!]*)*(?:[.?!]+["'”’)\]]*)?""")


def sentences(text: str) -> list[str]:
    return [each.strip() for each in SENTENCE.findall(text) if each.strip()]


def gone_and_come(before: str, after: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The sentences that went and those that came."""
    old, new = sentences(before), sentences(after)
    gone: list[str] = []
    come: list[str] = []
    for kind, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            gone += old[i1:i2]
            come += new[j1:j2]
    return tuple(gone), tuple(come)
