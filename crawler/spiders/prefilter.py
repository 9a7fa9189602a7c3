"""Which announced links could be about a watched topic, by headline and summary alone. Only for sources that ask for it."""

from __future__ import annotations

from collections.abc import Iterable

from pipelines.article import Article
from pipelines.store.frontier import Announced
from pipelines.topics import Topics, match_article


def could_match(announced: Iterable[Announced], topics: Topics) -> tuple[Announced, ...]:
    """Those with any match or mention, and those of which nothing is known: a missing headline proves nothing."""
    return tuple(each for each in announced if not (each.hint.title or each.hint.summary) or match_article(topics, _teaser(each)))


def _teaser(announced: Announced) -> Article:
    hint = announced.hint
    return Article(url=announced.url, title=hint.title or hint.summary or "", paragraphs=(hint.summary,) if hint.summary else ())
