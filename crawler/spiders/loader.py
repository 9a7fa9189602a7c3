"""Every source of the catalogue as a Scrapy spider: `scrapy list`, `scrapy crawl yna`."""

from __future__ import annotations

from typing import Self

from scrapy import Request, Spider
from scrapy.settings import BaseSettings
from scrapy.utils.httpobj import urlparse_cached

from crawler.config import load_config
from crawler.crawl_context import SETTING, CrawlContext
from crawler.sources.catalogue import Catalogue, load_catalogue
from crawler.spiders.addresses import AddressesSpider
from crawler.spiders.source import SourceSpider


class SourceSpiderLoader:
    """Setting SPIDER_LOADER_CLASS. Spider names are source names, and `addresses`."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        context = settings.get(SETTING)  # `scrapy list` has none, and these settings cannot be changed
        return cls(context.catalogue if isinstance(context, CrawlContext) else load_catalogue(load_config(None)))

    def load(self, spider_name: str) -> type[Spider]:
        """Raises KeyError, as Scrapy expects."""
        if spider_name == AddressesSpider.name:
            return AddressesSpider
        if spider_name not in self.catalogue.by_name:
            raise KeyError(f"Spider not found: {spider_name}")
        source = self.catalogue.by_name[spider_name]
        return type(f"{spider_name.title()}Spider", (SourceSpider,), {"name": spider_name, "source": source})

    def list(self) -> list[str]:
        return [*self.catalogue.by_name, AddressesSpider.name]

    def find_by_request(self, request: Request) -> list[str]:  # type: ignore[valid-type]  # `list` is Scrapy's name for the method above
        host = urlparse_cached(request).hostname or ""
        found = self.catalogue.source_of_host(host)
        return [found.name if found else AddressesSpider.name]
