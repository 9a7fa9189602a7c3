"""Where sosik itself fails on an address: recorded as such, tried again later, and told. A Scrapy extension."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.crawl_context import CrawlContext
from pipelines.article import Page
from pipelines.errors import SosikError
from pipelines.outcome import Outcome
from pipelines.reading import Reading
from pipelines.store.endings import settle_broken

logger = logging.getLogger(__name__)

AGAIN_AFTER = timedelta(hours=6)  # time for an upgrade, or for room on the disk; chosen by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """An address on which sosik itself failed."""

    url: str  # or a source's name: it could not even start
    error: str


class Breakages:
    """Collects failures of spiders and stages. What cannot even be recorded stays in the frontier as it was."""

    def __init__(self, crawler: Crawler) -> None:
        self.context = CrawlContext.of(crawler)
        self.broken: list[Broken] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        breakages = cls(crawler)
        crawler.signals.connect(breakages.item_failed, signals.item_error)
        crawler.signals.connect(breakages.spider_failed, signals.spider_error)
        return breakages

    def item_failed(self, item: object, failure: Failure) -> None:
        page = item.page if isinstance(item, Reading) else item
        if not isinstance(page, Page):
            self.broken.append(Broken(url="?", error=in_words(failure.value)))
            return
        self.broken.append(Broken(url=page.url, error=in_words(failure.value)))
        try:
            with self.context.store.transaction() as connection:
                settle_broken(
                    connection, key=page.requested_key, url=page.requested_url, source=page.source,
                    reason=type(failure.value).__name__, now=self.context.now(), again_after=AGAIN_AFTER,
                )
        except SosikError as error:
            logger.error("outcome=%s url=%s not recorded: %s", Outcome.BROKEN, page.url, error)

    def spider_failed(self, failure: Failure, response: Response | Failure | None, spider: Spider) -> None:
        """`response` is the failed request's Failure when it was an errback that raised, None when the spider could not start."""
        request: Request | None = getattr(response, "request", None)
        self.broken.append(Broken(url=request.url if request else spider.name, error=in_words(failure.value)))


def in_words(error: BaseException | None) -> str:
    """What sosik explains itself as it is; anything else is a defect, and said to be one."""
    if isinstance(error, SosikError):
        return str(error)
    return f"a defect of sosik, please report it ({type(error).__name__}: {error})"
