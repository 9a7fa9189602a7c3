"""What every spider of ours does with an article's address: request it, hand on its page, settle every other end."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta

from scrapy import Request, Spider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.breakage import AGAIN_AFTER
from crawler.crawl_context import CrawlContext
from crawler.fetch.outcomes import Ending, outcome_of
from crawler.sources import Source
from pipelines.article import Page
from pipelines.outcome import Outcome
from pipelines.press import press_of_host
from pipelines.record import withdraw
from pipelines.store.endings import postpone, settle_broken, settle_failure
from pipelines.store.frontier import Waiting
from pipelines.urls import Address, clean_url, registrable_domain

logger = logging.getLogger(__name__)

LAST = -1  # priority of what nobody is told: it never takes the place of news in a host's budget
NOT_TRIED = frozenset({"cancelled", "host-paused", "slow-host", "host-budget"})  # reasons under which nothing was asked


class Defect(Exception):
    """sosik itself failed on a request. Raised in an errback, so that Scrapy tells crawler.breakage and the command fails."""


def header_of(response: Response, name: str) -> str:
    """The header as sent, "" without one."""
    return (response.headers.get(name) or b"").decode("latin-1")


class ArticleSpider(Spider):
    """Base of the spiders; `source` is None for addresses typed by hand."""

    name = ""
    source: Source | None = None
    pages = 0  # that came
    denied = 0  # addresses whose page was denied

    @property
    def context(self) -> CrawlContext:
        return CrawlContext.of(self.crawler)

    def article_request(self, waiting: Waiting) -> Request:
        return Request(
            waiting.url,
            self.parse_article,
            errback=self.article_failed,
            cb_kwargs={"waiting": waiting},
            priority=LAST if waiting.is_silent else 0,
            meta={"verbatim_url": True},
        )

    def parse_article(self, response: Response, waiting: Waiting) -> Iterator[Page | Request]:
        if response.status == 200:
            self.pages += 1
            yield self.page(response, waiting)
        else:
            self.end(waiting, outcome_of(response))

    def article_failed(self, failure: Failure) -> None:
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
        ending = outcome_of(failure)
        self.end(request.cb_kwargs["waiting"], ending)
        if ending.outcome is Outcome.BROKEN:
            raise Defect(failure.getErrorMessage()) from failure.value

    def page(self, response: Response, waiting: Waiting) -> Page:
        found = clean_url(response.url, rules=self.context.catalogue.rules)
        key, host = (found.key, found.host) if isinstance(found, Address) else (waiting.key, "")
        return Page(
            url=response.url,
            key=key,
            requested_url=waiting.url,
            requested_key=waiting.key,
            status=response.status,
            body=response.body,
            content_type=header_of(response, "Content-Type"),
            fetched_at=self.context.now(),
            source=waiting.source,
            press=self._press(host, waiting.source),
            hint=waiting.hint,
        )

    def end(self, waiting: Waiting, ending: Ending) -> None:
        """Settle a try that brought no page."""
        self.denied += ending.outcome is Outcome.DENIED
        logger.debug("no page url=%s outcome=%s reason=%s", waiting.url, ending.outcome, ending.reason)
        store, now = self.context.store, self.context.now()
        wish = timedelta(seconds=ending.retry_after_s) if ending.retry_after_s else None
        where = {"key": waiting.key, "url": waiting.url, "source": waiting.source, "reason": ending.reason}
        if ending.outcome is Outcome.GONE:
            withdraw(store, now=now, **where)
            return
        with store.transaction() as connection:
            if ending.outcome is Outcome.BROKEN:
                settle_broken(connection, now=now, again_after=AGAIN_AFTER, **where)
            elif ending.reason in NOT_TRIED:
                postpone(connection, outcome=ending.outcome, until=now + (wish or timedelta(0)), now=now, **where)
            else:
                settle_failure(connection, outcome=ending.outcome, wish=wish, now=now, **where)

    def _press(self, host: str, source_name: str) -> str:
        """Who publishes at `host`: the source's own press on its own sites, else whoever is known for it."""
        source = self.source or self.context.catalogue.by_name.get(source_name)
        if source and host and registrable_domain(host) in {registrable_domain(h) for h in source.all_hosts}:
            return source.press_name
        known = press_of_host(host)
        return known.name if known else ""
