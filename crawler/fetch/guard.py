"""Which addresses may be asked at all: the policy on URLs, and on the network address that a socket is about to connect to.

Pure. The names behind a URL are looked up elsewhere (resolver); what they lead to is judged here, at every hop.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from crawler.config import Fetch
from crawler.fetch.outcomes import NotFetched
from pipelines.outcome import Outcome
from pipelines.urls import Address, UrlRefusal, clean_url

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


def _networks(*texts: str) -> tuple[IpNetwork, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


# What `is_global` lets through or has let through in some Python version we support (facts: hazards F1, §2.1).
REFUSED = _networks(
    "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/4", "240.0.0.0/4",
    "2001::/23",  # Teredo, ORCHID and other protocol assignments (RFC 2928)
    "2002::/16",  # 6to4, gone since RFC 7526
    "3fff::/20",  # documentation (RFC 9637)
    "64:ff9b:1::/48",  # NAT64 inside one network (RFC 8215)
)  # fmt: skip
GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")  # all that IANA has given out for the Internet
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are the IPv4 address


class Guard:
    """The policy of one configuration."""

    def __init__(self, fetch: Fetch) -> None:
        self._ports = frozenset(fetch.allow_ports)
        self._length_max = fetch.url_length_max
        self._allowed = _networks(*fetch.allow_networks)

    def admit(self, url: str) -> Address:
        """`url` as it may be requested. Raises NotFetched(FORBIDDEN) with the reason."""
        address = clean_url(url, length_max=self._length_max)
        if isinstance(address, UrlRefusal):
            raise NotFetched(Outcome.FORBIDDEN, address.fault, address.text)
        if address.port not in self._ports:
            raise NotFetched(Outcome.FORBIDDEN, "port", f"{address.port} is not in fetch.allow_ports")
        return address

    def let_connect(self, host: str, numbers: Iterable[str]) -> tuple[str, ...]:
        """Those of the network addresses of `host` that may be connected to. Raises NotFetched when there are none: FORBIDDEN, or
        RETRY for a name, since the portal of a hotel's network gives every name a private address until somebody logs in.
        """
        given = tuple(numbers)
        good = tuple(number for number in given if may_connect(number, self._allowed))
        if not good:
            is_fixed = host in given or host.endswith("localhost")
            outcome = Outcome.FORBIDDEN if is_fixed else Outcome.RETRY
            raise NotFetched(outcome, "private-address", f"{host} is {', '.join(given)}; see fetch.allow_networks")
        return good


def may_connect(number: str, allowed: Iterable[IpNetwork] = ()) -> bool:
    """Whether the network address `number` is public, or in one of the allowed networks."""
    try:
        ip = _plain(ipaddress.ip_address(number.partition("%")[0]))  # a zone means link-local: refused below
    except ValueError:
        return False
    if any(ip in network for network in allowed):
        return True
    if any(ip in network for network in REFUSED) or ip.is_multicast:
        return False
    return ip.is_global and (ip.version == 4 or ip in GLOBAL_V6)


def _plain(ip: IpAddress) -> IpAddress:
    """The IPv4 address that an IPv6 one only carries (v4-mapped, NAT64): policy is on where the packets go."""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return ip.ipv4_mapped
        if ip in NAT64:
            return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip
