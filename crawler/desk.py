"""What the components of one crawl share: settings, database, catalogue, clock. A Scrapy extension with the crawl's life.

    desk = Desk.of(crawler)          # in a component's from_crawler; in another extension's, only once the crawl has begun
    desk.config, desk.store, desk.catalogue, desk.now()
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from scrapy import signals
from scrapy.crawler import Crawler

from crawler.addon import catalogue_of, config_of
from crawler.config import Config
from crawler.sources import Catalogue
from pipelines import clock
from pipelines.store.database import Store, open_store


class Desk:
    """Opened before the crawl's other components, closed after the engine has stopped."""

    def __init__(self, config: Config, catalogue: Catalogue, store: Store) -> None:
        self.config = config
        self.catalogue = catalogue
        self.store = store

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Desk:
        settings = crawler.settings
        desk = cls(config_of(settings), catalogue_of(settings), open_store(Path(settings["SOSIK_DATABASE"])))
        crawler.signals.connect(desk.close, signals.engine_stopped)
        return desk

    @classmethod
    def of(cls, crawler: Crawler) -> Desk:
        """The desk of this crawl; it is the first extension, so every other component finds it."""
        found = next((e for e in crawler.extensions.middlewares if isinstance(e, cls)), None)
        if found is None:
            raise RuntimeError("crawler.desk.Desk is not among EXTENSIONS")
        return found

    def now(self) -> datetime:
        return clock.now()

    def close(self) -> None:
        self.store.close()
