"""The spider for addresses typed by hand: `scrapy crawl addresses -a urls=https://…`. A feed's address brings its articles."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

from scrapy import Request
from scrapy.http import Response

from crawler.discovery import find
from crawler.discovery.find import looks_like_feed
from crawler.fetch.outcomes import Ending
from crawler.sources import Endpoint, Way
from crawler.sources.source import TYPED
from crawler.spiders.announcing import announced
from crawler.spiders.base import ArticleSpider, header_of
from pipelines.article import Page
from pipelines.outcome import Outcome
from pipelines.store.frontier import Waiting, enter, forget, in_order, known
from pipelines.store.frontier import waiting as waiting_at
from pipelines.urls import Address, clean_url


class AddressesSpider(ArticleSpider):
    """`urls`: addresses with white space between them. `limit`: articles of a feed. `record=no`: nothing is written."""

    name = TYPED

    def __init__(self, urls: str = "", record: str = "yes", limit: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.urls = tuple(dict.fromkeys(urls.split()))
        self.is_recording = record != "no"  # else nothing is written: pages come out, and `reasons` of those that did not
        self.reasons: dict[str, str] = {}
        self.limit = int(limit) if limit else None

    async def start(self) -> AsyncIterator[Request]:
        for text in self.urls:
            address = clean_url(text, rules=self.context.catalogue.rules)
            if isinstance(address, Address):
                met = known(self.context.store, address.key) if self.is_recording else None
                yield self.article_request(replace(met, url=address.url) if met else typed(address.key, address.url))
            else:
                self.end(typed(text, text), Ending(Outcome.FORBIDDEN, address.fault))

    def parse_article(self, response: Response, waiting: Waiting) -> Iterator[Page | Request]:
        content_type = header_of(response, "Content-Type")
        if self.is_recording and not waiting.source and response.status == 200 and looks_like_feed(response.body, content_type):
            yield from self.articles_of(response, content_type, waiting)
        else:
            yield from super().parse_article(response, waiting)

    def end(self, waiting: Waiting, ending: Ending) -> None:
        if self.is_recording:
            super().end(waiting, ending)
        else:
            self.reasons[waiting.url] = ending.reason

    def articles_of(self, response: Response, content_type: str, waiting: Waiting) -> Iterator[Request]:
        """The new articles of a feed, and those that earlier crawls of it left; they are filed under its host."""
        catalogue, now = self.context.catalogue, self.context.now()
        endpoint = Endpoint(url=waiting.url, way=Way.FEED)
        found = find(response.body, content_type, endpoint=endpoint, base=response.url, now=now, rules=catalogue.rules)
        here = clean_url(response.url)
        source = here.host if isinstance(here, Address) else self.name
        left = waiting_at(self.context.store, source, now)[: self.limit]
        with self.context.store.transaction() as connection:
            forget(connection, waiting.key)
            new = enter(
                connection, announced(found, response.url, catalogue.rules), source=source, now=now,
                limit=None if self.limit is None else self.limit - len(left),
            )  # fmt: skip
        for each in in_order((*left, *new), now):
            yield self.article_request(each)


def typed(key: str, url: str) -> Waiting:
    return Waiting(key=key, url=url, source="")
