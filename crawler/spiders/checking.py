"""Two spiders that store nothing: the doctor's, which asks every address once, and the scout's, which looks around a new site."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from scrapy import Request, Spider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.crawl_context import CrawlContext
from crawler.discovery import Found, find
from crawler.discovery.checkup import TEXT_MIN, Checkup, judged
from crawler.discovery.scouting import Sighted, guesses, home_of, named_in, sighted, sitemaps_in
from crawler.fetch.outcomes import NotFetched, outcome_of
from crawler.sources import Endpoint, Source, Way
from crawler.sources.keys import naver_headers
from crawler.spiders.announcing import announced
from crawler.spiders.base import header_of
from pipelines.article import Page, Refusal
from pipelines.clock import KST
from pipelines.errors import UserError
from pipelines.urls import Address, clean_url

VERBATIM = {"verbatim_url": True}


def trouble_in(failure: Failure) -> str:
    """Why no answer came; of a paused host, also what made it pause: `host-paused:dns`."""
    reason = outcome_of(failure).reason
    if reason == "host-paused" and isinstance(failure.value, NotFetched):
        return f"{reason}:{failure.value.detail.rpartition(' ')[2]}"
    return reason


class CheckingSpider(Spider):
    """Asks each address of `sources` once, and one article of each source. Results: `checkups`."""

    name = "checking"

    def __init__(self, sources: Iterable[Source] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sources = tuple(sources)
        self.checkups: list[Checkup] = []
        self.sampled: set[str] = set()

    async def start(self) -> AsyncIterator[Request]:
        today = self.context.now().astimezone(KST).date()
        for source in self.sources:
            if not source.endpoints:
                self._note(source, "", "no-address")
            for endpoint in source.polled:
                url = endpoint.at(day=today)
                headers = self._headers(source, endpoint)
                if headers is not None:
                    about = {"source": source, "endpoint": endpoint}
                    yield Request(url, self.look, errback=self.unanswered, cb_kwargs=about, headers=headers, meta=VERBATIM)

    @property
    def context(self) -> CrawlContext:
        return CrawlContext.of(self.crawler)

    def look(self, response: Response, source: Source, endpoint: Endpoint) -> Iterator[Request]:
        if response.status != 200:
            self._note(source, endpoint.url, outcome_of(response).reason)
            return
        now, rules = self.context.now(), self.context.catalogue.rules
        content_type = header_of(response, "Content-Type")
        found = find(response.body, content_type, endpoint=endpoint, base=response.url, now=now, rules=rules)
        self.checkups.append(judged(source, endpoint, found, now))
        links = announced(found, response.url, rules)
        if links and source.name not in self.sampled and endpoint.way is not Way.NAVER_SEARCH:
            self.sampled.add(source.name)
            about = {"source": source, "key": links[0].key}
            yield Request(links[0].url, self.read, errback=self.unread, cb_kwargs=about, meta=VERBATIM)

    async def read(self, response: Response, source: Source, key: str) -> None:
        """Whether the text of an announced article can be had at all. Read where a hostile page can do no harm."""
        if response.status != 200:
            self._note(source, response.url, f"article-{outcome_of(response).reason}")
            return
        content_type = header_of(response, "Content-Type")
        result = await self.context.reader.understand(
            Page(
                url=response.url, key=key, requested_url=response.url, requested_key=key, status=200, body=response.body,
                content_type=content_type, fetched_at=self.context.now(), source=source.name, press=source.press_name,
            )
        )  # fmt: skip
        if isinstance(result, Refusal) or len(result.article.text) < TEXT_MIN:
            self._note(source, response.url, "no-bodies")

    def unanswered(self, failure: Failure) -> None:
        about = failure.request.cb_kwargs  # type: ignore[attr-defined]  # Scrapy puts it there
        self._note(about["source"], about["endpoint"].url, trouble_in(failure))

    def unread(self, failure: Failure) -> None:
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
        self._note(request.cb_kwargs["source"], request.url, f"article-{trouble_in(failure)}")

    def _headers(self, source: Source, endpoint: Endpoint) -> dict[str, str] | None:
        if endpoint.way is not Way.NAVER_SEARCH:
            return {}
        try:
            return naver_headers()
        except UserError:
            self._note(source, endpoint.url, "no-key")
            return None

    def _note(self, source: Source, url: str, trouble: str) -> None:
        self.checkups.append(Checkup(source=source.name, url=url, trouble=trouble))


class ScoutingSpider(Spider):
    """Looks at `url`, at what it names, and at where such sites keep their feeds. Results: `sighted`; `refused` when the first
    page cannot be had.
    """

    name = "scouting"

    def __init__(self, url: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.url = url
        self.sighted: list[Sighted] = []
        self.home: bytes = b""
        self.refused = ""
        self.asked: set[str] = set()

    @property
    def context(self) -> CrawlContext:
        return CrawlContext.of(self.crawler)

    async def start(self) -> AsyncIterator[Request]:
        self.asked.add(self.url)
        yield Request(self.url, self.arrived, errback=self.unanswered)

    def arrived(self, response: Response) -> Iterator[Request]:
        if response.status != 200:
            self.refused = outcome_of(response).reason
            return
        self.home = response.body
        if self._look(response, Way.FEED):
            return  # the user named the feed itself
        self._look(response, Way.LIST)
        yield Request(home_of(response.url) + "/robots.txt", self.rules_of_robots, errback=self.ignored, priority=1)
        for url in (*named_in(response.body, response.url), *guesses(response.body, response.url)):
            yield from self._try(url)

    def rules_of_robots(self, response: Response) -> Iterator[Request]:
        for url in sitemaps_in(response.body) if response.status == 200 else ():
            yield from self._try(url)

    def tried(self, response: Response) -> None:
        if response.status == 200:
            self._look(response, Way.FEED)

    def unanswered(self, failure: Failure) -> None:
        self.refused = trouble_in(failure)

    def ignored(self, failure: Failure) -> None:
        """A guess that leads nowhere is no trouble."""

    def _try(self, text: str) -> Iterator[Request]:
        address = clean_url(text, self.url)
        if isinstance(address, Address) and address.url not in self.asked:
            self.asked.add(address.url)
            yield Request(address.url, self.tried, errback=self.ignored)

    def _look(self, response: Response, way: Way) -> bool:
        content_type = header_of(response, "Content-Type")
        endpoint = Endpoint(url=response.url, way=way)
        found: Found = find(response.body, content_type, endpoint=endpoint, base=response.url, now=self.context.now())
        seen = sighted(response.url, found, response.body, is_list=way is Way.LIST)
        if seen and seen.url not in {s.url for s in self.sighted}:
            self.sighted.append(seen)
        return seen is not None
