"""The two Scrapy item pipelines: Read (Page → Reading) and Record (Reading → Receipt). Thin; all they know is Scrapy."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Self

from scrapy import signals
from scrapy.crawler import Crawler

from pipelines import clock
from pipelines.alerts.birth import AlertPolicy
from pipelines.article import Page
from pipelines.reader import Reader, ReaderLimits
from pipelines.reading import Reading, Receipt
from pipelines.record import record
from pipelines.store.database import Store, open_store


class Read:
    """Page → Reading, in killable worker processes. Setting: SOSIK_READER_LIMITS.

    Every source is a spider with stages of its own; the worker processes are the same for all spiders of a process.
    """

    _open: ClassVar[list[Read]] = []  # those that use the one Reader; the last to close it closes the processes

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._open.append(self)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        limits = crawler.settings["SOSIK_READER_LIMITS"]
        assert isinstance(limits, ReaderLimits)
        stage = cls(cls._open[0].reader if cls._open else Reader(limits))
        crawler.signals.connect(stage.close, signals.engine_stopped)
        return stage

    async def process_item(self, item: Page) -> Reading:
        return Reading(page=item, result=await self.reader.understand(item))

    def close(self) -> None:
        self._open.remove(self)
        if not self._open:
            self.reader.close()


class Record:
    """Reading → Receipt, one transaction each. Settings: SOSIK_DATABASE, SOSIK_ALERT_POLICY, SOSIK_KEEP_RAW."""

    def __init__(self, store: Store, policy: AlertPolicy, *, keep_raw: bool) -> None:
        self.store = store
        self.policy = policy
        self.keep_raw = keep_raw

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        policy = crawler.settings["SOSIK_ALERT_POLICY"]
        assert isinstance(policy, AlertPolicy)
        store = open_store(Path(crawler.settings["SOSIK_DATABASE"]))
        stage = cls(store, policy, keep_raw=crawler.settings.getbool("SOSIK_KEEP_RAW"))
        crawler.signals.connect(stage.close, signals.engine_stopped)
        return stage

    async def process_item(self, item: Reading) -> Receipt:
        return record(self.store, item, now=clock.now(), policy=self.policy, keep_raw=self.keep_raw)

    def close(self) -> None:
        self.store.close()
