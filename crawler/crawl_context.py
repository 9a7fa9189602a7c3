"""What all spiders of one process share, each made once and when first asked for: settings, catalogue, database, pace, readers.

    context = CrawlContext.of(crawler)
    context.config, context.catalogue, context.store, context.hosts, context.reader, context.now()

Every source is a crawler of its own, and Scrapy copies the settings for each: the context travels in them, and is not copied.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from crawler.config import Config
from crawler.policy import alert_policy, check_wishes
from crawler.sources.catalogue import Catalogue, load_catalogue
from pipelines import clock
from pipelines.alerts.policy import AlertPolicy
from pipelines.reader import Reader, ReaderLimits, Rules, load_rules
from pipelines.store.database import Store, open_store
from pipelines.store.hosts import HostBook, open_hosts

SETTING = "SOSIK_CRAWL_CONTEXT"


class CrawlContext:
    """Use as a context manager around a crawl. Whoever makes it may hand over what is compiled already."""

    def __init__(
        self, config: Config, database: Path, *, catalogue: Catalogue | None = None, rules: Rules | None = None
    ) -> None:
        self.config = config
        self.database = database
        self._catalogue = catalogue
        self._rules = rules
        self._to_close: list[Callable[[], None]] = []

    @classmethod
    def of(cls, crawler: Crawler) -> CrawlContext:
        return cls.in_settings(crawler.settings)

    @classmethod
    def in_settings(cls, settings: BaseSettings) -> CrawlContext:
        """Laid there by whoever runs the crawl, or by crawler.addon."""
        return cast(CrawlContext, settings[SETTING])

    @cached_property
    def catalogue(self) -> Catalogue:
        """Raises FileProblem."""
        return self._catalogue or load_catalogue(self.config)

    @cached_property
    def store(self) -> Store:
        """Raises StoreError."""
        store = open_store(self.database)
        self._to_close.append(store.close)
        return store

    @cached_property
    def hosts(self) -> HostBook:
        """Raises StoreError."""
        book = open_hosts(self.database)
        self._to_close.append(book.close)
        return book

    @cached_property
    def limits(self) -> ReaderLimits:
        return reader_limits(self.config)

    @cached_property
    def rules(self) -> Rules:
        """Raises FileProblem."""
        return self._rules or load_rules(self.limits)

    @cached_property
    def reader(self) -> Reader:
        """Raises FileProblem."""
        reader = Reader(self.limits, self.rules)
        self._to_close.append(reader.close)
        return reader

    @cached_property
    def policy(self) -> AlertPolicy:
        """Raises FileProblem."""
        check_wishes(self.config, self.rules.topics)
        return alert_policy(self.config)

    @property
    def keeps_raw(self) -> bool:
        return self.config.read.keep_raw_days > 0

    def now(self) -> datetime:
        return clock.now()

    def close(self) -> None:
        while self._to_close:
            self._to_close.pop()()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __deepcopy__(self, memo: object) -> CrawlContext:
        return self


class ClosedWithTheCrawl:
    """Scrapy extension: closes a context that `scrapy crawl` made for itself, when its one crawl has ended."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if crawler.settings.getbool("SOSIK_CRAWL_CONTEXT_IS_OWN"):
            crawler.signals.connect(CrawlContext.of(crawler).close, signals.engine_stopped, weak=False)
        return cls()


def reader_limits(config: Config) -> ReaderLimits:
    return ReaderLimits(
        workers=config.read.workers,
        deadline_s=config.read.deadline_s,
        memory_bytes_max=config.read.memory_bytes_max,
        topics=config.sosik.topics,
        topics_folder=config.beside("."),
        structures_file=config.beside(config.read.structures_file) if config.read.structures_file else None,
    )
