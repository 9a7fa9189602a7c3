"""From a URL to a connected socket: looks the name up, asks the guard about each address, connects to what it let through.

The guard's word is on the very address that is handed to connect(): a name that changes its mind (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, wrapClientTLS
from twisted.internet.error import ConnectError, DNSLookupError
from twisted.internet.interfaces import IProtocol
from twisted.internet.protocol import Factory
from twisted.web.client import URI

from crawler.fetch.guard import Guard
from crawler.fetch.resolver import Resolver

logger = logging.getLogger(__name__)

CONNECT_S = 8.0  # for one address: the whole request has 20 s and a host may have two; chosen by hand
TRIED_MAX = 3  # addresses of one host


class GuardedEndpoint:
    """One host and port (Twisted: IStreamClientEndpoint). `tls` makes TLS clients (IPolicyForHTTPS); None for plain HTTP."""

    def __init__(
        self, reactor: Any, host: str, port: int, *, resolver: Resolver, guard: Guard, tls: Any | None
    ) -> None:
        self._reactor, self._host, self._port = reactor, host, port
        self._resolver, self._guard, self._tls = resolver, guard, tls

    def connect(self, protocolFactory: Factory) -> Deferred[IProtocol]:
        return Deferred.fromCoroutine(self._connect(protocolFactory))

    async def _connect(self, factory: Factory) -> IProtocol:
        numbers = self._guard.let_connect(self._host, await self._resolver.addresses(self._host))
        last: Exception = DNSLookupError(f"{self._host} has no address")
        for number in numbers[:TRIED_MAX]:
            try:
                connected: IProtocol = await self._endpoint(number).connect(factory)
            except ConnectError as error:
                last = error
            else:
                return connected
        raise last

    def _endpoint(self, number: str) -> Any:  # Twisted's interfaces say nothing to mypy
        kind = TCP6ClientEndpoint if ":" in number else TCP4ClientEndpoint
        plain: Any = kind(self._reactor, number, self._port, timeout=CONNECT_S)
        if not self._tls:
            return plain
        # Made here and not with the endpoint: it loads the system's certificates, and most requests reuse a connection.
        options = self._tls.creatorForNetloc(self._host.encode("ascii"), self._port)
        return wrapClientTLS(options, plain)


class GuardedEndpoints:
    """What Twisted's Agent asks for a way to a URI (IAgentEndpointFactory). `tls` verifies certificates, `careless_tls` does not
    and is only for `careless_hosts`.
    """

    def __init__(
        self, reactor: Any, *, resolver: Resolver, guard: Guard, tls: Any, careless_tls: Any, careless_hosts: Iterable[str]
    ) -> None:
        self._reactor, self._resolver, self._guard = reactor, resolver, guard
        self._tls, self._careless_tls, self._careless_hosts = tls, careless_tls, frozenset(careless_hosts)
        self._warned_of: set[str] = set()

    def endpointForURI(self, uri: URI) -> GuardedEndpoint:
        host, tls = uri.host.decode("ascii"), None
        if uri.scheme == b"https":
            tls = self._careless_tls if host in self._careless_hosts else self._tls
            if host in self._careless_hosts - self._warned_of:
                self._warned_of.add(host)
                logger.warning("certificate not checked host=%s see=fetch.tls_unverified_hosts", host)
        return GuardedEndpoint(self._reactor, host, uri.port, resolver=self._resolver, guard=self._guard, tls=tls)
