"""One request and its answer over the wire, within caps: header bytes, body bytes, seconds, and a minimum rate.

Decides nothing about whether or when to ask. Leans on the parts of Scrapy and Twisted that read HTTP; whatever goes wrong
comes out as NotFetched or as one of their errors, which crawler.fetch.outcomes knows.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from scrapy.core.downloader.handlers.http11 import _LenientHTTP11ClientProtocol  # skips header lines without a colon
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import Agent, HTTPConnectionPool, ResponseDone
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers
from twisted.web.iweb import UNKNOWN_LENGTH

from crawler.config import Fetch
from crawler.fetch.encodings import decoded
from crawler.fetch.outcomes import NotFetched
from pipelines.outcome import Outcome

BYTES_PER_S_MIN = 1024  # below it a page of 90 KB takes a minute and a half; chosen by hand
IDLE_S = 30.0  # how long a connection is kept for the next request


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server said, encodings undone."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]  # names as Twisted spells them, without Content-Encoding and -Length
    body: bytes
    is_open_ended: bool = False  # the body ended with the connection: nothing says that it is whole
    sent: float = 0.0  # when the request was written, seconds since 1970
    ip: str = ""
    protocol: str = ""

    def header(self, name: bytes) -> str:
        """The first value, "" without one."""
        return next((value.decode("latin-1") for key, value in self.headers if key.lower() == name.lower()), "")


class Exchange:
    """Connections to servers, kept open for a while. `endpoints` makes the way to a URI (crawler.fetch.connector)."""

    def __init__(self, reactor: Any, endpoints: Any, fetch: Fetch) -> None:
        self._timeout_s = fetch.timeout_s
        self._pool = cast(Any, HTTPConnectionPool(reactor))  # its attributes' types are those of its defaults
        self._pool.maxPersistentPerHost = 1
        self._pool.cachedConnectionTimeout = IDLE_S
        # The same way in as Scrapy's own handler takes; there is no public one.
        self._pool._factory = functools.partial(_CappedFactory, fetch.header_bytes_max)
        self._agent = Agent.usingEndpointFactory(reactor, endpoints, self._pool)

    async def ask(
        self, url: str, headers: dict[bytes, list[bytes]], *, bytes_max: int, is_prefix_enough: bool = False, method: str = "GET"
    ) -> Answer:
        """The answer, whole, within the deadline. With `is_prefix_enough` a body longer than `bytes_max` is cut there instead."""
        try:
            async with asyncio.timeout(self._timeout_s):
                asked = self._agent.request(method.encode("ascii"), url.encode("ascii"), Headers(headers))
                response: Any = await maybe_deferred_to_future(asked)
                reader = _BodyReader(response, bytes_max, self._timeout_s / 2, is_prefix_enough=is_prefix_enough)
                body, is_open_ended = await maybe_deferred_to_future(reader.done)
        except TimeoutError as error:
            raise NotFetched(Outcome.RETRY, "timeout", f"not done after {self._timeout_s:g} s") from error
        return _answer(response, body, bytes_max, is_open_ended=is_open_ended, is_prefix_enough=is_prefix_enough)

    async def close(self) -> None:
        """Let go of idle connections; a server that does not let go is left after a second."""
        closing = maybe_deferred_to_future(self._pool.closeCachedConnections())
        await asyncio.wait([asyncio.ensure_future(closing)], timeout=1.0)


def _answer(response: Any, body: bytes, bytes_max: int, *, is_open_ended: bool, is_prefix_enough: bool) -> Answer:
    status, (name, major, minor) = int(response.code), response.version
    if (name, major) != (b"HTTP", 1) or not 200 <= status <= 999:
        raise NotFetched(Outcome.RETRY, "broken-answer", f"{name!r} {major} {status}"[:80])
    try:
        codings = [value.decode("latin-1") for value in response.headers.getRawHeaders(b"Content-Encoding", ())]
        body = decoded(body, codings, bytes_max=bytes_max, is_prefix_enough=is_prefix_enough)
    except NotFetched:
        if 200 <= status < 300:
            raise
        body = b""  # an error page that cannot be read is an error all the same
    kept = [
        (name, value) for name, values in response.headers.getAllRawHeaders() for value in values
        if name.lower() not in (b"content-encoding", b"content-length")
    ]  # fmt: skip
    return Answer(
        status=status, headers=tuple(kept), body=body, is_open_ended=is_open_ended,
        sent=response.sosik_sent, ip=response.sosik_ip, protocol=f"HTTP/{major}.{minor}",
    )


class _CappedProtocol(_LenientHTTP11ClientProtocol):
    """A connection on which headers may not grow without end. What of them has been read while more must come is counted."""

    def __init__(self, header_bytes_max: int, when_quiet: Callable[[Any], None]) -> None:
        super().__init__(when_quiet)  # type: ignore[no-untyped-call]  # Twisted's, as below
        self._header_bytes_max = header_bytes_max
        self._header_bytes = -1  # below 0: no headers are being read
        self._fault: NotFetched | None = None
        self._sent = 0.0

    @property
    def _transport(self) -> Any:  # TCP or TLS; Twisted's interfaces say too little to mypy
        return self.transport

    def request(self, request: Any) -> Deferred[Any]:
        self._header_bytes, self._sent = 0, time.time()
        answered = super().request(request)
        answered.addCallbacks(self._headers_done, self._headers_failed)
        return answered

    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data)  # type: ignore[no-untyped-call]
        if self._header_bytes < 0:
            return
        self._header_bytes += len(data)
        if self._header_bytes > self._header_bytes_max and not self._fault:
            self._fault = NotFetched(Outcome.OVERSIZE, "headers", f"more than {self._header_bytes_max} bytes")
            self._transport.abortConnection()

    def _headers_done(self, response: Any) -> Any:
        self._header_bytes = -1
        response.sosik_abort = self._transport.abortConnection
        response.sosik_sent = self._sent
        response.sosik_ip = self._transport.getPeer().host
        return response

    def _headers_failed(self, failure: Failure) -> Any:
        self._header_bytes = -1
        return Failure(self._fault) if self._fault else failure


class _CappedFactory(Factory):
    noisy = False

    def __init__(self, header_bytes_max: int, when_quiet: Callable[[Any], None], _name: str) -> None:
        self._header_bytes_max, self._when_quiet = header_bytes_max, when_quiet

    def buildProtocol(self, addr: object) -> _CappedProtocol:  # noqa: ARG002  # Twisted's signature
        return _CappedProtocol(self._header_bytes_max, self._when_quiet)


class _BodyReader(Protocol):
    """Collects a body. `done` fires with (bytes, ended with the connection), or fails with NotFetched; cancelling it hangs up."""

    def __init__(self, response: Any, bytes_max: int, slow_after_s: float, *, is_prefix_enough: bool) -> None:
        self._hang_up: Callable[[], None] = response.sosik_abort
        self._bytes_max, self._slow_after_s, self._is_prefix_enough = bytes_max, slow_after_s, is_prefix_enough
        self._body = bytearray()
        self._watch = asyncio.get_running_loop().call_later(slow_after_s, self._look_at_rate)
        self.done: Deferred[tuple[bytes, bool]] = Deferred(lambda _: self._hang_up())
        self.done.addBoth(self._unwatched)
        if response.length != UNKNOWN_LENGTH and response.length > bytes_max and not is_prefix_enough:
            self._give_up(Outcome.OVERSIZE, "body", f"{response.length} bytes announced")
        elif response.length == 0:  # Twisted never tells of the end of a body that is not there
            self.done.callback((b"", False))
        else:
            response.deliverBody(self)

    def dataReceived(self, data: bytes) -> None:
        if self.done.called:
            return  # what was on its way when we hung up
        self._body += data
        if len(self._body) <= self._bytes_max:
            return
        if self._is_prefix_enough:
            self.done.callback((bytes(self._body[: self._bytes_max]), False))
            self._hang_up()
        else:
            self._give_up(Outcome.OVERSIZE, "body", f"more than {self._bytes_max} bytes")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self.done.called:
            return
        if reason.check(ResponseDone, PotentialDataLoss):
            self.done.callback((bytes(self._body), bool(reason.check(PotentialDataLoss))))
        else:
            self._give_up(Outcome.RETRY, "cut", f"after {len(self._body)} bytes")

    def _look_at_rate(self) -> None:
        if not self.done.called and len(self._body) < BYTES_PER_S_MIN * self._slow_after_s:
            self._give_up(Outcome.RETRY, "slow", f"{len(self._body)} bytes in {self._slow_after_s:g} s")

    def _give_up(self, outcome: Outcome, reason: str, detail: str) -> None:
        self._body = bytearray()
        self.done.errback(Failure(NotFetched(outcome, reason, detail)))
        self._hang_up()

    def _unwatched(self, result: Any) -> Any:
        self._watch.cancel()
        return result
