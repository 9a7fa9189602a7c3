"""The article as rules see it: one folded text, cut into title, subtitle and sentences."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from pipelines.article import Article
from pipelines.dateline import DATELINE
from pipelines.match import Field
from pipelines.sentences import SENTENCE
from pipelines.topics.folding import Folded, fold

TEXT_MAX = 20_000  # characters of the text that rules run on; longer news is rare, and its subject stands at the front
_TAGS = re.compile(r"\s*(?:(?:\[[^\]\n]{1,30}\]|【[^】\n]{1,30}】|〈[^〉\n]{1,30}〉|<[^>\n]{1,30}>)\s*)*")


@dataclass(frozen=True, slots=True)
class Passage:
    """The title, the subtitle or one sentence; places in the folded whole."""

    field: Field
    start: int
    end: int
    lead: int  # where its words begin: after tags such as [속보] and datelines such as (베이징=연합뉴스) 홍길동 특파원 =
    order: int  # of sentences, from 0; 0 for title and subtitle


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article ready to be matched: title, subtitle and text folded as one, and where each of its passages stands in that."""

    whole: Folded
    passages: tuple[Passage, ...]
    datelines: tuple[tuple[int, int], ...]  # nothing in them counts: they say where the reporter sat
    text_at: int  # where the text begins in the unfolded whole
    subtitle_at: int
    starts: tuple[int, ...]  # of the passages

    @property
    def headline(self) -> int:
        """The number of the title's passage; without a title the first sentence does its work."""
        first = self.passages[0]
        return 0 if first.end > first.start or len(self.passages) == 1 else 1

    def passage_of(self, offset: int) -> int:
        """The number of the passage that holds this place."""
        return bisect_right(self.starts, offset) - 1


def prepare(article: Article) -> Prepared:
    """The article folded and cut. Of a text only the first TEXT_MAX characters."""
    title, subtitle = (article.title.replace("\n", " "), (article.subtitle or "").replace("\n", " "))
    whole = fold("\n".join((title, subtitle, article.text[:TEXT_MAX])))
    first = whole.text.find("\n")
    second = whole.text.find("\n", first + 1)
    passages = [_headline(Field.TITLE, whole.text, 0, first)]
    if second > first + 1:
        passages.append(_headline(Field.SUBTITLE, whole.text, first + 1, second))
    sentences, datelines = _sentences(whole.text, second + 1)
    passages += sentences
    return Prepared(
        whole, tuple(passages), tuple(datelines), text_at=len(title) + len(subtitle) + 2, subtitle_at=len(title) + 1,
        starts=tuple(p.start for p in passages))


def _headline(field: Field, text: str, start: int, end: int) -> Passage:
    tags = _TAGS.match(text, start, end)
    return Passage(field, start, end, lead=tags.end() if tags else start, order=0)


def _sentences(text: str, at: int) -> tuple[list[Passage], list[tuple[int, int]]]:
    """The sentences from `at` on, and the datelines that open paragraphs."""
    lede_end = text.find("\n", at)
    lede_end = len(text) if lede_end < 0 else lede_end
    passages: list[Passage] = []
    datelines: list[tuple[int, int]] = []
    while at < len(text):
        found = SENTENCE.match(text, at)
        end = max(found.end() if found else at, at + 1)
        if text[at:end].strip():
            lead = at
            if text[at - 1] == "\n" and (dateline := DATELINE.match(text, at, min(end, at + 120))):
                lead = dateline.end()
                datelines.append((at, lead))
            field = Field.LEDE if at < lede_end else Field.BODY
            passages.append(Passage(field, at, end, lead=lead + (text[lead : lead + 1] == " "), order=len(passages)))
        at = end
    return passages, datelines
