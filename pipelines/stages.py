"""The two Scrapy item pipelines: Read (Page → Reading) and Record (Reading → Receipt). Thin; all they know is Scrapy.

What they work with lies in the setting SOSIK_CRAWL_CONTEXT and is shared by all crawlers of the process, which open and close it.
"""

from __future__ import annotations

from typing import Protocol, Self

from scrapy.crawler import Crawler

from pipelines import clock
from pipelines.alerts.policy import AlertPolicy
from pipelines.article import Page
from pipelines.reader import Reader
from pipelines.reading import Reading, Receipt
from pipelines.record import record
from pipelines.store.database import Store


class CrawlContext(Protocol):
    """What the stages need of the process that crawls."""

    @property
    def reader(self) -> Reader: ...
    @property
    def store(self) -> Store: ...
    @property
    def policy(self) -> AlertPolicy: ...
    @property
    def keeps_raw(self) -> bool: ...


class Stage:
    def __init__(self, context: CrawlContext) -> None:
        self.context = context

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.settings["SOSIK_CRAWL_CONTEXT"])


class Read(Stage):
    """Page → Reading, in killable worker processes."""

    async def process_item(self, item: Page) -> Reading:
        return Reading(page=item, result=await self.context.reader.understand(item))


class Record(Stage):
    """Reading → Receipt, one transaction each."""

    async def process_item(self, item: Reading) -> Receipt:
        return record(self.context.store, item, now=clock.now(), policy=self.context.policy, keep_raw=self.context.keeps_raw)
