"""Names → network addresses, for the connector alone. Judges nothing."""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable

from twisted.internet.error import DNSLookupError
from twisted.internet.threads import deferToThread

Lookup = Callable[[str], tuple[str, ...]]  # a host name → its addresses; raises OSError

KEEP_S = 60.0  # a crawl lasts minutes; chosen by hand
KEPT_MAX = 1000
LOOPBACK = ("127.0.0.1",)


def ask_system(host: str) -> tuple[str, ...]:
    """What the system's resolver says, IPv4 first: many Korean hosts publish IPv6 addresses that nothing answers on."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in sorted(found, key=lambda entry: entry[0] != socket.AF_INET)))


class Resolver:
    """Remembers answers for a minute, so that one crawl does not ask for one name a hundred times."""

    def __init__(self, lookup: Lookup = ask_system, clock: Callable[[], float] = time.monotonic) -> None:
        self._lookup = lookup
        self._clock = clock
        self._kept: dict[str, tuple[float, tuple[str, ...]]] = {}

    async def addresses(self, host: str) -> tuple[str, ...]:
        """All addresses of `host`: a name, an IPv4 address, or an IPv6 address without brackets. Raises DNSLookupError."""
        if _is_literal(host):
            return (host,)
        if host == "localhost" or host.endswith(".localhost"):  # RFC 6761: never asked of the network
            return LOOPBACK
        kept = self._kept.get(host)
        if kept and self._clock() < kept[0]:
            return kept[1]
        try:
            found = await deferToThread(self._lookup, host)
        except (OSError, UnicodeError) as error:  # UnicodeError: a label that IDNA cannot encode
            raise DNSLookupError(f"{host}: {error}") from error
        if len(self._kept) >= KEPT_MAX:
            self._kept.clear()
        self._kept[host] = (self._clock() + KEEP_S, found)
        return found


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
