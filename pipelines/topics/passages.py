"""The article as rules see it: one folded text, cut into title, subtitle and sentences."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from pipelines.article import Article
from pipelines.match import Field
from pipelines.topics.folding import Folded, fold

TEXT_MAX = 20_000  # characters of the text that rules run on; longer news is rare, and its subject stands at the front
_SENTENCE = re.compile(r"""[^\n.?!]*(?:[.?!](?!["'”’)\]]*(?:\s|$))[^\n.?!]*)*(?:[.?!]+["'”’)\]]*)?""")


@dataclass(frozen=True, slots=True)
class Passage:
    """The title, the subtitle or one sentence; places in the folded whole."""

    field: Field
    start: int
    end: int
    order: int  # of sentences, from 0; 0 for title and subtitle


@dataclass(frozen=True, slots=True)
class Reader:
    """An article folded whole: title, subtitle and text, one after the other."""

    whole: Folded
    passages: tuple[Passage, ...]
    text_at: int  # where the text begins in the unfolded whole
    subtitle_at: int

    def passage_of(self, offset: int) -> int:
        """The number of the passage that holds this place."""
        return bisect_right([p.start for p in self.passages], offset) - 1


def prepare(article: Article) -> Reader:
    subtitle = article.subtitle or ""
    text = article.text[:TEXT_MAX]
    title = article.title.replace("\n", " ")
    whole = fold("\n".join((title, subtitle.replace("\n", " "), text)))
    first = whole.text.find("\n")
    second = whole.text.find("\n", first + 1)
    passages = [Passage(Field.TITLE, 0, first, 0)]
    if second > first + 1:
        passages.append(Passage(Field.SUBTITLE, first + 1, second, 0))
    lede_end = whole.text.find("\n", second + 1)
    lede_end = len(whole.text) if lede_end < 0 else lede_end
    order = 0
    at = second + 1
    while at < len(whole.text):
        found = _SENTENCE.match(whole.text, at)
        end = found.end() if found else at
        if whole.text[at:end].strip():
            passages.append(Passage(Field.LEDE if at < lede_end else Field.BODY, at, end, order))
            order += 1
        at = max(end, at + 1) if end == at else end
    return Reader(whole, tuple(passages), text_at=len(title) + len(subtitle) + 2, subtitle_at=len(title) + 1)
