"""The one way out: every request of a crawl passes here, whoever made it. Scrapy's download handler for http and https.

    URL policy → robots.txt → budget → the host's turn → address policy and caps → what the answer means for the host

A fault that passes (a connection cut, a 5xx) is asked about once more, in the host's next turn.
Each step stands in a file of its own; here is only their order. Redirects come back as new requests and pass again.
"""

from __future__ import annotations

import ipaddress
import logging
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from scrapy import Request
from scrapy.core.downloader.contextfactory import (
    _load_context_factory_from_settings,  # verifies: DOWNLOAD_VERIFY_CERTIFICATES
    _ScrapyClientContextFactory,  # does not, by default
)
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

from crawler.crawl_context import CrawlContext
from crawler.fetch.backoff import retry_after_s
from crawler.fetch.budget import Budget
from crawler.fetch.connector import GuardedEndpoints
from crawler.fetch.encodings import ACCEPTED
from crawler.fetch.exchange import Answer, Exchange
from crawler.fetch.guard import Guard
from crawler.fetch.outcomes import NotFetched, outcome_of
from crawler.fetch.pace import Pace
from crawler.fetch.resolver import Lookup, Resolver, ask_system
from crawler.fetch.robots import BYTES_MAX as ROBOTS_BYTES_MAX
from crawler.fetch.robots import Robots
from pipelines.outcome import SHUT_OUT_STATUSES, Outcome
from pipelines.urls import Address

logger = logging.getLogger(__name__)

METHODS = frozenset({"GET", "HEAD"})
# What a request may not carry: it would tell a host who came before, or hand it what belongs to another.
NEVER_SENT = (b"Cookie", b"Referer", b"Authorization", b"Proxy-Authorization", b"Host", b"Content-Length", b"Transfer-Encoding")
# Faults that a second try two seconds later often does not meet, and that cost the host next to nothing.
PASSING = frozenset({"cut", "no-connection", "broken-answer", "network", "not-sent"})
HOST_TROUBLES = PASSING | {"timeout", "slow", "dns", "encoding"}


class Transport(BaseDownloadHandler):
    """Lives as long as its crawl."""

    lazy = True
    lookup: Lookup = staticmethod(ask_system)  # names → addresses

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        from twisted.internet import reactor

        self._context = CrawlContext.of(crawler)
        config = self._context.config
        self._crawler, self._fetch = crawler, config.fetch
        self._user_agent = crawler.settings["USER_AGENT"].encode("latin-1", "replace")
        self._guard = Guard(config.fetch)
        self._budget = Budget(crawler, config.fetch)
        endpoints = GuardedEndpoints(
            reactor, resolver=Resolver(self.lookup), guard=self._guard, tls=_load_context_factory_from_settings(crawler),
            careless_tls=_ScrapyClientContextFactory(), careless_hosts=config.fetch.tls_unverified_hosts,
        )
        self._exchange = Exchange(reactor, endpoints, config.fetch)

    # Made by the first request, which can say what is wrong: to Scrapy a handler that fails to start is an unknown scheme.
    @cached_property
    def _pace(self) -> Pace:
        return Pace(self._context.hosts, self._fetch, self._is_stopping)

    @cached_property
    def _robots(self) -> Robots:
        return Robots(self._context.hosts, self._ask_for_robots, obey_ai=self._fetch.obey_ai_robots)

    async def download_request(self, request: Request) -> Response:
        """The answer, whatever its status. Raises NotFetched, whose `ending` says what that means."""
        if request.method not in METHODS:
            raise NotFetched(Outcome.FORBIDDEN, "method", request.method)
        address = self._guard.admit(request.url)
        rules = await self._robots.rules(_origin(address))
        rules.check(address.url)
        answer = await self._asked(
            address, _sendable(request.headers), rules.delay_s, bytes_max=self._fetch.body_bytes_max, method=request.method
        )
        return _response(request.url, answer)

    async def close(self) -> None:
        await self._exchange.close()

    async def _ask_for_robots(self, url: str) -> Answer:
        return await self._asked(self._guard.admit(url), {}, 0.0, bytes_max=ROBOTS_BYTES_MAX, is_prefix_enough=True)

    async def _asked(self, address: Address, headers: dict[bytes, list[bytes]], delay_s: float, **caps: Any) -> Answer:
        """The answer to one request, or to a second one after a fault that passes. Raises NotFetched."""
        headers = {**headers, b"User-Agent": [self._user_agent], b"Accept-Encoding": [ACCEPTED]}
        await self._take_turn(address.host, delay_s)
        answer = await self._tried(address, headers, **caps)
        if _is_passing(answer) and await self._has_another_turn(address.host, delay_s):
            answer = await self._tried(address, headers, **caps)
        if isinstance(answer, NotFetched):
            raise answer
        return answer

    async def _take_turn(self, host: str, delay_s: float) -> None:
        self._budget.spend(host)
        try:
            await self._pace.take(host, delay_s)
        except NotFetched:  # nothing is asked: the host may be paused, and what waits for it is tried again later
            self._budget.give_back(host)
            raise

    async def _has_another_turn(self, host: str, delay_s: float) -> bool:
        """False when the host was paused meanwhile, the budget is spent, or the crawl is stopping: then the first try stands."""
        try:
            await self._take_turn(host, delay_s)
        except NotFetched:
            return False
        return True

    async def _tried(self, address: Address, headers: dict[bytes, list[bytes]], **caps: Any) -> Answer | NotFetched:
        """One request in a turn that was taken, and what came of it written down for its host. Raises only defects of ours."""
        try:
            answer = await self._exchange.ask(address.url, headers, **caps)
        except Exception as error:
            ending = outcome_of(error)
            if ending.reason in HOST_TROUBLES or ending.reason.startswith("tls"):
                await self._pace.failed(address.host, ending.reason)
            else:
                await self._pace.free(address.host)
            if ending.outcome is Outcome.BROKEN:
                raise
            detail = error.detail if isinstance(error, NotFetched) else str(error)
            # Made anew: the first error's traceback holds on to megabytes of body.
            return NotFetched(*ending[:2], detail, retry_after_s=ending.retry_after_s)
        except BaseException:
            await self._pace.free(address.host)
            raise
        return await self._weighed(address.host, answer)

    async def _weighed(self, host: str, answer: Answer) -> Answer | NotFetched:
        """What an answer means for its host: NotFetched when it is the host that speaks and not the page."""
        reason = f"http-{answer.status}"
        wish_s = retry_after_s(answer.header(b"Retry-After"), datetime.now(UTC)) if answer.status in (429, 503) else None
        if answer.status == 429 or wish_s is not None:
            pause = await self._pace.asked_for_peace(host, reason, wish_s)
            logger.info("host paused host=%s reason=%s seconds=%d", host, reason, pause)
            return NotFetched(Outcome.RETRY, reason, f"{host} asks for peace", retry_after_s=pause)
        if answer.header(b"cf-mitigated").strip().lower() == "challenge":  # Cloudflare's own word for it
            await self._pace.failed(host, "challenge")
            return NotFetched(Outcome.DENIED, "challenge", f"{host} wants a browser")
        if answer.status >= 500 or answer.status in SHUT_OUT_STATUSES:  # one speaks of its page, five in a row of the host
            await self._pace.failed(host, reason)
        else:
            await self._pace.served(host, answer.sent)
        return answer

    def _is_stopping(self) -> bool:
        engine = self._crawler.engine
        slot = engine._slot if engine and engine.running else None  # no signal tells of a spider that begins to close
        return slot is None or slot.closing is not None


def _is_passing(answer: Answer | NotFetched) -> bool:
    return answer.ending.reason in PASSING if isinstance(answer, NotFetched) else answer.status >= 500


def _origin(address: Address) -> str:
    scheme, _, rest = address.url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def _sendable(headers: Headers) -> dict[bytes, list[bytes]]:
    return {name: values for name, values in headers.items() if name not in NEVER_SENT}


def _response(url: str, answer: Answer) -> Response:
    headers = Headers()
    for name, value in answer.headers:
        headers.appendlist(name, value)
    kind = responsetypes.from_args(headers=headers, url=url, body=answer.body)
    return kind(
        url=url, status=answer.status, headers=headers, body=answer.body, protocol=answer.protocol,
        ip_address=ipaddress.ip_address(answer.ip), flags=["partial"] if answer.is_open_ended else [],
    )
