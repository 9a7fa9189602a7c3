"""The spider of one source: asks every address that announces its articles, and fetches what is new.

There is one class for all sources: what differs between them is data (crawler.sources), how links are read from an answer is
crawler.discovery. The order of one crawl: what earlier runs left → polls → back-fill, when asked for.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import Any, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.discovery import Child, Found, find
from crawler.discovery.found import ENTRIES_MAX
from crawler.discovery.traps import is_trap
from crawler.fetch.budget import SETTING as REQUESTS_PER_HOST
from crawler.fetch.outcomes import outcome_of
from crawler.sources import Endpoint, Source, Way
from crawler.sources.keys import naver_headers
from crawler.spiders.announcing import announced as announced_in
from crawler.spiders.base import ArticleSpider, Defect, header_of
from crawler.spiders.prefilter import could_match
from crawler.spiders.scope import CHILDREN_A_POLL_MAX, CHILDREN_MAX, DEPTH_MAX, Scope, chosen_children, goes_on, is_silent
from pipelines.errors import UserError
from pipelines.outcome import Outcome
from pipelines.rhythm import Run
from pipelines.store.endings import settle
from pipelines.store.frontier import Announced, enter, in_order, is_known, waiting
from pipelines.store.polls import Memory, Poll, begin_run, end_run, last_success, remembered, write_poll
from pipelines.topics import Topics
from pipelines.urls import Address, clean_url

logger = logging.getLogger(__name__)

BACK_FILL_REQUESTS = 20_000  # to one host in one back-fill: half a day at the default pace; chosen by hand
ENDPOINTS_FIRST = 1_000  # priority over articles, so that news is known before it leaves the feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request to an address that announces articles."""

    endpoint: Endpoint
    url: str
    page: int = 1
    day: date | None = None
    depth: int = 0  # below a sitemap index
    is_archive: bool = False
    memory: Memory


class SourceSpider(ArticleSpider):
    """`scrapy crawl NAME [-a since=2026-11-01] [-a until=…] [-a limit=N]`."""

    source: Source
    began: datetime
    silent_until: datetime | None  # what was published until then, or at an unknown time, is stored and not told

    def __init__(self, since: str | None = None, until: str | None = None, limit: str | None = None, **kwargs: Any) -> None:
        super().__init__(self.source.name, **kwargs)
        self.scope = Scope.of(since, until, limit)
        self.announced = 0
        self.new = 0
        self.answers = 0
        self.left_out = 0
        self.asked: set[str] = set()  # endpoints of this run, so that an index naming itself ends
        self.walks: dict[str, Iterator[Request]] = {}  # archives' days that are still to be asked for
        self.met: set[str] = set()  # keys announced in this run
        self.troubles: list[str] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        if spider.scope.is_back_fill:
            crawler.settings.set(REQUESTS_PER_HOST, BACK_FILL_REQUESTS, priority="spider")
        return spider

    async def start(self) -> AsyncIterator[Request]:
        self.began = self.context.now()
        self.silent_until = self.scope.silent_until(
            last_success(self.context.store, self.source.name),
            is_first_told=self.context.config.alerts.first_crawl == "tell",
        )
        begin_run(self.context.store, self.source.name, self.began)
        self.crawler.signals.connect(self.ended, signals.spider_closed)
        left_over = waiting(self.context.store, self.source.name, self.began)  # before any answer adds to the frontier
        for request in (*self.polls(), *self.archives()):
            yield request
        for left in left_over:
            if self.scope.take():
                yield self.article_request(left)

    def polls(self) -> Iterator[Request]:
        today = self.scope.today(self.began)
        for endpoint in self.source.polled:
            yield from self.ask(endpoint, endpoint.at(day=today), day=today if endpoint.is_dated else None)

    def archives(self) -> Iterator[Request]:
        """Back-fill: the newest day of the dated addresses, the first page of the others; the rest follows from answers."""
        if self.scope.since is None:
            return
        if not self.source.archives:
            logger.warning("source=%s has no archive: only what it announces now can be had", self.source.name)
        for endpoint in self.source.archives:
            self.walks[endpoint.url] = self._walk(endpoint)
            yield from islice(self.walks[endpoint.url], 1)

    def _walk(self, endpoint: Endpoint) -> Iterator[Request]:
        days = self.scope.days(self.began) if endpoint.is_dated else (None,)
        for day in days:
            url = endpoint.at(day=day or self.scope.today(self.began))
            yield from self.ask(endpoint, url, day=day, is_archive=True)

    def earlier(self, ask: Ask) -> Iterator[Request]:
        """The day before an archive's day that is done, unless the limit has been reached."""
        if ask.is_archive and ask.day and ask.page == 1 and not self.scope.is_spent:
            yield from islice(self.walks[ask.endpoint.url], 1)

    # -------------------------------------------------------------- addresses that announce

    def ask(self, endpoint: Endpoint, url: str, **where: Any) -> Iterator[Request]:
        """A conditional request for one address, once a run; none for a day that an earlier back-fill has finished."""
        if url in self.asked:
            return
        self.asked.add(url)
        ask = Ask(endpoint=endpoint, url=url, memory=remembered(self.context.store, url), **where)
        if ask.is_archive and self.scope.is_done(ask.memory, ask.day):
            return
        try:
            headers = naver_headers() if endpoint.way is Way.NAVER_SEARCH else self._validators(ask.memory)
        except UserError as error:
            logger.warning("%s", error)
            self._trouble(ask, "no-key", None)
            return
        yield Request(
            url, self.parse_endpoint, errback=self.endpoint_failed, cb_kwargs={"ask": ask}, headers=headers,
            priority=ENDPOINTS_FIRST - ask.page, meta={"verbatim_url": True},
        )  # fmt: skip

    def _validators(self, memory: Memory) -> dict[str, str]:
        """None in a back-fill: what is unchanged may hold what another back-fill's days left out."""
        return {} if self.scope.is_back_fill else memory.headers

    def parse_endpoint(self, response: Response, ask: Ask) -> Iterator[Request]:
        if response.status == 304:
            self.answers += 1
            self._write(Poll(url=ask.url, status=304, is_unchanged=True))
            return  # never in a back-fill: see _validators
        if response.status != 200:
            self._trouble(ask, outcome_of(response).reason, response.status)
            yield from self.earlier(ask)
            return
        self.answers += 1
        poll = Poll(url=ask.url, status=200)
        if not self.scope.is_back_fill:
            body_hash = hashlib.blake2b(response.body, digest_size=12).hexdigest()
            etag, last_modified = header_of(response, "ETag"), header_of(response, "Last-Modified")
            poll = replace(poll, body_hash=body_hash, etag=etag, last_modified=last_modified)
            if body_hash == ask.memory.body_hash:
                self._write(replace(poll, is_unchanged=True))
                return
        found = find(
            response.body, header_of(response, "Content-Type"), endpoint=ask.endpoint, base=response.url, now=self.context.now(),
            rules=self.context.catalogue.rules,
        )  # fmt: skip
        yield from self.follow_up(ask, poll, found, response.url)
        yield from self.earlier(ask)

    def follow_up(self, ask: Ask, poll: Poll, found: Found, base: str) -> Iterator[Request]:
        """Enter the links, then ask for what is new, for an index's children, and for the next page."""
        announced = self._announced(found, base, ask)
        fresh = [each for each in announced if each.key not in self.met]
        self.met.update(each.key for each in announced)
        now = self.context.now()
        with self.context.store.transaction() as connection:
            new = enter(connection, announced, source=self.source.name, now=now, limit=self.scope.room)
            trouble = found.trouble or ""
            if self.scope.room is None or len(new) < self.scope.room:  # else a later back-fill has to read it again
                write_poll(
                    connection,
                    replace(poll, links=len(announced), new_links=len(new), newest=found.newest, trouble=trouble),
                    source=self.source.name,
                    now=now,
                )
        self.announced += len(announced)
        self.new += len(new)
        if found.has_more:
            logger.warning(
                "source=%s url=%s has more than %d entries; the rest was left out", self.source.name, ask.url, ENTRIES_MAX
            )
        if trouble:
            self._note(ask, trouble)
        chosen = [each for each in new if self.scope.take()]
        for each in in_order(chosen, now):
            yield self.article_request(each)
        yield from self._children(ask, found.children, base)
        may_turn = ask.endpoint.is_paged and ask.page < ask.endpoint.pages_max
        if may_turn and goes_on(found, ask.page, fresh=len(fresh), new=len(new), scope=self.scope):
            url = ask.endpoint.at(day=ask.day or self.scope.today(self.began), page=ask.page + 1)
            yield from self.ask(ask.endpoint, url, page=ask.page + 1, day=ask.day, is_archive=ask.is_archive)

    def endpoint_failed(self, failure: Failure) -> Iterator[Request]:
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
        ending = outcome_of(failure)
        if ending.reason == "cancelled":
            return
        self._trouble(request.cb_kwargs["ask"], ending.reason, None)
        if ending.outcome is Outcome.BROKEN:
            raise Defect(failure.getErrorMessage()) from failure.value
        yield from self.earlier(request.cb_kwargs["ask"])

    def _announced(self, found: Found, base: str, ask: Ask) -> tuple[Announced, ...]:
        """What may be entered: inside the days asked for, no trap, and what a topic could match where the source wants that."""
        in_days = [link for link in found.links if self.scope.covers(link.published, is_bounded=ask.day is not None)]
        everything = announced_in(replace(found, links=tuple(in_days)), base, self.context.catalogue.rules)
        announced = tuple(
            replace(each, is_silent=is_silent(each.hint.published, self.silent_until))
            for each in everything if not is_trap(each.url)
        )  # fmt: skip
        self.left_out += len(in_days) - len(everything)
        if traps := [each for each in everything if is_trap(each.url)]:
            self._forbid(traps)
        return could_match(announced, self.topics) if self.source.prefilter else announced

    def _forbid(self, traps: Iterable[Announced]) -> None:
        """Settle addresses that are made up without end, the first time they are met."""
        now = self.context.now()
        with self.context.store.transaction() as connection:
            for each in traps:
                if not is_known(connection, each.key):
                    settle(
                        connection, key=each.key, url=each.url, source=self.source.name, outcome=Outcome.FORBIDDEN, reason="trap",
                        now=now,
                    )  # fmt: skip

    def _children(self, ask: Ask, children: Sequence[Child], base: str) -> Iterator[Request]:
        """The sitemaps below an index that matter now, as far as the budget goes."""
        budget = len(self.source.endpoints) + (CHILDREN_MAX if self.scope.is_back_fill else CHILDREN_A_POLL_MAX)
        for child in chosen_children(children, self.scope, self.began) if ask.depth < DEPTH_MAX else ():
            address = clean_url(child.href, base, rules=self.context.catalogue.rules)
            if not isinstance(address, Address):
                self.left_out += 1
            elif len(self.asked) >= budget:
                self._trouble(ask, "budget", 200)
                return
            else:
                below = replace(ask.endpoint, url=address.url)
                yield from self.ask(below, address.url, depth=ask.depth + 1, is_archive=ask.is_archive)

    @property
    def topics(self) -> Topics:
        """Those that pages are read for."""
        return self.context.rules.topics

    # -------------------------------------------------------------- the run's books

    def _write(self, poll: Poll) -> None:
        with self.context.store.transaction() as connection:
            write_poll(connection, poll, source=self.source.name, now=self.context.now())

    def _trouble(self, ask: Ask, trouble: str, status: int | None) -> None:
        self._note(ask, trouble)
        self._write(Poll(url=ask.url, status=status, trouble=trouble))

    def _note(self, ask: Ask, trouble: str) -> None:
        self.troubles.append(trouble)
        logger.warning("source=%s url=%s trouble=%s", self.source.name, ask.url, trouble)

    def ended(self, reason: str) -> None:
        run = Run(
            links=self.announced, new_links=self.new, answers=self.answers, pages=self.pages, denied=self.denied,
            trouble="" if self.answers or not self.troubles else self.troubles[0], is_back_fill=self.scope.is_back_fill,
        )  # fmt: skip
        end_run(self.context.store, self.source.name, run, began=self.began, now=self.context.now())
        logger.info(
            "source=%s announced=%d new=%d left_out=%d answers=%d troubles=%d end=%s",
            self.source.name,
            self.announced,
            self.new,
            self.left_out,
            self.answers,
            len(self.troubles),
            reason,
        )
