"""One crawl in this process: what to crawl in, what came of it out. The one-off command and the daemon's child go through here.

Scrapy alone ends with success whatever happened inside; `CrawlReport.is_broken` tells the truth.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar, cast

from scrapy import Spider, signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.http import Response
from scrapy.settings import Settings
from twisted.python.failure import Failure

from crawler.breakage import Breakages, Broken, in_words
from crawler.crawl_context import SETTING, CrawlContext
from crawler.spiders.addresses import AddressesSpider
from pipelines import clock
from pipelines.article import Page
from pipelines.errors import SosikError
from pipelines.reading import Receipt
from pipelines.store.tally import SourceTrouble, Tally, tally_since, troubles_since, unanswered_sources
from pipelines.urls import Address, clean_url

S = TypeVar("S", bound=Spider)
SHUTDOWN = "shutdown"  # Scrapy's finish reason after SIGINT or SIGTERM


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlOrder:
    """What to crawl: sources by name, or single addresses; `since` and `until` ask for back-fill."""

    sources: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    limit: int | None = None  # articles a source

    @property
    def is_backfill(self) -> bool:
        return bool(self.since or self.until)


@dataclass(kw_only=True)
class CrawlReport:
    """What came of it: counts by source, outcome and reason, and what went wrong."""

    started_at: datetime
    tally: tuple[Tally, ...] = ()
    troubles: tuple[SourceTrouble, ...] = ()
    broken: list[Broken] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)  # of everything recorded; a feed typed by hand is a source, too
    unanswered: tuple[str, ...] = ()  # sources of which nothing answered
    finish: str = ""  # Scrapy's finish reason of the worst spider
    seconds: float = 0.0

    @property
    def is_broken(self) -> bool:
        return bool(self.broken) or self.finish not in ("finished", "")

    @property
    def is_interrupted(self) -> bool:
        return self.finish == SHUTDOWN


def run_crawl(
    order: CrawlOrder, context: CrawlContext, *, log_level: str = "WARNING",
    on_receipt: Callable[[Receipt], None] = lambda _: None,
) -> CrawlReport:
    """Crawl to the end. May be called once a process: Twisted's reactor cannot be started twice. Raises UserError, StoreError."""
    report = CrawlReport(started_at=clock.now())
    store, _, _ = context.store, context.reader, context.policy  # what cannot be used is known before anything is fetched
    process = AsyncCrawlerProcess(crawl_settings(context, log_level))
    crawls: dict[str, asyncio.Task[None]] = {}
    for name, arguments in _spiders(order):
        crawler = process.create_crawler(name)
        _listen(crawler, report, on_receipt)
        crawls[name] = process.crawl(crawler, **arguments)
    began = time.monotonic()
    process.start(install_signal_handlers=True)
    report.seconds = time.monotonic() - began
    _look_at_ends(crawls, report)
    report.tally = tally_since(store, report.started_at, {*order.sources, *report.sources})
    report.unanswered = unanswered_sources(store, report.started_at, order.sources)
    report.troubles = troubles_since(store, report.started_at, order.sources)
    return report


def _look_at_ends(crawls: dict[str, asyncio.Task[None]], report: CrawlReport) -> None:
    """A spider that could not even start is no quiet success. Raises what is the user's to mend, once for all spiders."""
    ended = {name: crawl for name, crawl in crawls.items() if crawl.done() and not crawl.cancelled()}
    errors = {name: error for name, crawl in ended.items() if (error := crawl.exception())}
    if mistake := next((error for error in errors.values() if isinstance(error, SosikError)), None):
        raise mistake
    report.broken += [Broken(url=name, error=in_words(error)) for name, error in errors.items()]
    if len(ended) < len(crawls):
        report.finish = SHUTDOWN  # told to stop before each spider had begun: none of them could say so


def crawl_settings(context: CrawlContext, log_level: str) -> Settings:
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    settings.set(SETTING, context, priority="cmdline")
    settings.set("LOG_LEVEL", log_level, priority="cmdline")
    return settings


def _spiders(order: CrawlOrder) -> list[tuple[str, dict[str, object]]]:
    """Spider names with their arguments."""
    when = {"since": order.since, "until": order.until, "limit": order.limit}
    arguments = {name: str(value) for name, value in when.items() if value is not None}
    spiders: list[tuple[str, dict[str, object]]] = [(name, dict(arguments)) for name in order.sources]
    if order.urls:
        limit = {"limit": arguments["limit"]} if order.limit else {}
        spiders.append((AddressesSpider.name, {"urls": "\n".join(order.urls), **limit}))
    return spiders


def _listen(crawler: Crawler, report: CrawlReport, on_receipt: Callable[[Receipt], None]) -> None:
    """Collect receipts and the end of one spider."""

    def scraped(item: object) -> None:
        if isinstance(item, Receipt):
            report.sources.add(item.source)
            on_receipt(item)

    def closed(reason: str) -> None:
        if reason != "finished" or not report.finish:
            report.finish = reason
        if breakages := crawler.get_extension(Breakages):
            report.broken += breakages.broken

    crawler.signals.connect(scraped, signals.item_scraped, weak=False)
    crawler.signals.connect(closed, signals.spider_closed, weak=False)


def run_alone(
    kind: type[S], context: CrawlContext, *, on_page: Callable[[Page], None] = lambda _: None, **arguments: object
) -> S:
    """One spider whose pages are not stored; the spider when it has ended. Once a process. Raises SosikError, and
    KeyboardInterrupt when it was told to stop.
    """
    _ = context.hosts  # a database that cannot be used is known before anything is fetched
    settings = crawl_settings(context, "CRITICAL")
    settings.set("ITEM_PIPELINES", {}, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(kind)
    failures: list[Failure] = []
    reasons: list[str] = []

    def failed(failure: Failure, response: Response) -> None:  # noqa: ARG001  # the signal's arguments
        failures.append(failure)

    def scraped(item: Page) -> None:
        on_page(item)

    def closed(reason: str) -> None:
        reasons.append(reason)

    crawler.signals.connect(failed, signals.spider_error, weak=False)
    crawler.signals.connect(scraped, signals.item_scraped, weak=False)
    crawler.signals.connect(closed, signals.spider_closed, weak=False)
    crawl = process.crawl(crawler, **arguments)
    process.start()
    if SHUTDOWN in reasons or not crawl.done():
        raise KeyboardInterrupt
    if failures:
        raise SosikError(f"{kind.name}: {failures[0].getErrorMessage()}. Nothing was stored.") from failures[0].value
    if crawler.spider is None:
        raise SosikError(f"{kind.name} could not start; run again with -v to see why.")
    return cast(S, crawler.spider)


def fetch_pages(urls: Iterable[str], context: CrawlContext) -> dict[str, Page | str]:
    """Each address → its page, fetched as a crawl would (robots, pace, caps) and not recorded, or why it cannot be had."""
    addresses = {url: clean_url(url, rules=context.catalogue.rules) for url in urls}
    asked = [each.url for each in addresses.values() if isinstance(each, Address)]
    pages: dict[str, Page] = {}

    def came(page: Page) -> None:
        pages[page.requested_url] = page

    spider = run_alone(AddressesSpider, context, on_page=came, urls="\n".join(asked), record="no")
    return {
        url: (pages.get(each.url) or spider.reasons.get(each.url, "")) if isinstance(each, Address) else each.fault
        for url, each in addresses.items()
    }
