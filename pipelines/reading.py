"""The two items between spider and database: Reading (read, compared with nothing yet) and Receipt (recorded)."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.article import Article, Page, Refusal
from pipelines.match import Match
from pipelines.outcome import Outcome
from pipelines.story import Fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """An article with all that is known of it without the database."""

    article: Article
    fingerprint: Fingerprint
    matches: tuple[Match, ...] = ()  # level MATCH or MENTION, one a topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One page and what came of reading it."""

    page: Page
    result: Understood | Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was recorded of one page: plain values, so that `scrapy crawl NAME -O out.jsonl` writes them."""

    url: str
    source: str
    outcome: Outcome
    reason: str = ""  # of a refusal
    article_id: int | None = None
    story_id: int | None = None
    relation: str = ""  # to the closest known article: copy, update, same-event; "" when the story is new
    title: str = ""
    press: str = ""
    published: str = ""  # ISO 8601 in UTC
    matches: tuple[str, ...] = ()  # "topic:level"
    alerts: int = 0  # alerts born with it
