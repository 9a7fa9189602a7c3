"""When a request may go out: waits for a host's turn, without holding up any other host, and tells the book how it went.

The book (pipelines.store.hosts) is shared by all sosik processes; this is the waiting around it.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from typing import TypeVar

from crawler.config import Fetch
from crawler.fetch.backoff import breaker_s, pause_s
from crawler.fetch.outcomes import NotFetched
from pipelines.errors import StoreBusy
from pipelines.outcome import Outcome
from pipelines.store.database import BUSY_TIMEOUT_S
from pipelines.store.hosts import HostBook

T = TypeVar("T")

WAIT_S_MAX = 120.0  # longer Crawl-delays are kept by coming back later, not by sitting in a crawl; chosen by hand
LEASE_SLACK_S = 5.0  # above the deadline of a request, for a process that is slow to say that it is done
LOCKED_S = (0.01, 0.05)  # between two tries while another process writes


class Pace:
    """Turns at hosts. `is_stopping` says whether the crawl is shutting down: then nobody waits any longer."""

    def __init__(
        self, book: HostBook, fetch: Fetch, is_stopping: Callable[[], bool], clock: Callable[[], float] = time.time
    ) -> None:
        self._book, self._is_stopping, self._clock = book, is_stopping, clock
        self._delay_s = fetch.delay_s
        self._lease_s = fetch.timeout_s + LEASE_SLACK_S

    async def take(self, host: str, delay_s: float = 0.0) -> None:
        """Wait for our turn at `host`; `delay_s` is what its robots.txt asks for. Raises NotFetched(RETRY) when it takes long."""
        delay_s = max(delay_s, self._delay_s)
        while True:
            turn = await patiently(
                lambda: self._book.take(host, now=self._clock(), delay_s=delay_s, lease_s=self._lease_s)
            )
            if not turn.wait_s:
                return
            if turn.paused_for:
                raise NotFetched(Outcome.RETRY, "host-paused", f"{host}: {turn.paused_for}", retry_after_s=turn.wait_s)
            if turn.wait_s > WAIT_S_MAX:
                raise NotFetched(Outcome.RETRY, "slow-host", f"{host} asks for {delay_s:g} s", retry_after_s=turn.wait_s)
            await self._sleep(turn.wait_s)

    async def served(self, host: str, sent: float) -> None:
        """The host answered what was asked at `sent`; connecting to it may have taken a while."""
        await patiently(lambda: self._book.served(host, sent=sent))

    async def free(self, host: str) -> None:
        """The turn ended without a word on the host."""
        await patiently(lambda: self._book.free(host, sent=self._clock()))

    async def failed(self, host: str, trouble: str) -> None:
        """One more failure in a row; the fifth and each further one pause the host."""
        pause = breaker_s(await self._failures(host) + 1, trouble)
        await self._fail(host, trouble, pause)

    async def asked_for_peace(self, host: str, trouble: str, wish_s: float | None) -> float:
        """The host said 429 or 503; it is paused. Gives the seconds."""
        pause = pause_s(await self._failures(host), wish_s)
        await self._fail(host, trouble, pause)
        return pause

    async def _failures(self, host: str) -> int:
        return await patiently(lambda: self._book.failures(host))

    async def _fail(self, host: str, trouble: str, pause: float) -> None:
        now = self._clock()
        until = now + pause if pause else 0.0
        await patiently(lambda: self._book.failed(host, sent=now, trouble=trouble, paused_until=until))

    async def _sleep(self, left_s: float) -> None:
        """In short steps, so that a shutdown is noticed."""
        while left_s > 0:
            if self._is_stopping():
                raise NotFetched(Outcome.RETRY, "cancelled", "the crawl is stopping")
            await asyncio.sleep(min(left_s, 0.5))
            left_s -= 0.5


async def patiently(act: Callable[[], T]) -> T:
    """What `act` gives, once no other process holds the database. Raises StoreBusy after as long as any writer would wait."""
    give_up_at = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            return act()
        except StoreBusy:
            if time.monotonic() > give_up_at:
                raise
            await asyncio.sleep(random.uniform(*LOCKED_S))
