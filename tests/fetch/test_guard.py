"""The address policy: what may be asked, and what may be connected to."""

import contextlib
import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.config import Fetch
from crawler.fetch.guard import Guard, IpAddress, may_connect
from crawler.fetch.outcomes import NotFetched
from pipelines.outcome import Outcome

PRIVATE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.66.0.1", "169.254.169.254", "172.16.0.1",
    "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:100.64.0.1", "64:ff9b::7f00:1",
    "64:ff9b::a00:1", "64:ff9b:1::808:808", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::", "3fff::1",
    "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1", "not an address", "",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "211.115.106.1", "100.63.255.255", "100.128.0.1", "2606:4700::1111", "2404:6800::1", "64:ff9b::808:808"]


@pytest.mark.parametrize("number", PRIVATE)
def test_addresses_that_are_not_of_the_internet_are_refused(number: str) -> None:
    assert not may_connect(number)


@pytest.mark.parametrize("number", PUBLIC)
def test_public_addresses_may_be_connected_to(number: str) -> None:
    assert may_connect(number)


def test_a_listed_network_is_let_through_and_nothing_beside_it() -> None:
    allowed = (ipaddress.ip_network("10.1.0.0/16"), ipaddress.ip_network("fd00::/8"))
    assert may_connect("10.1.2.3", allowed)
    assert may_connect("::ffff:10.1.2.3", allowed)
    assert may_connect("fd00::1", allowed)
    assert not may_connect("10.2.0.1", allowed)
    assert not may_connect("127.0.0.1", allowed)


@given(st.ip_addresses())
def test_no_form_of_an_ipv4_address_gets_further_than_the_address_itself(ip: IpAddress) -> None:
    if ip.version == 4:
        assert may_connect(f"::ffff:{ip}") == may_connect(f"64:ff9b::{ip}") == may_connect(str(ip))
    elif may_connect(str(ip)):
        assert any(ip in ipaddress.ip_network(n) for n in ("2000::/3", "64:ff9b::/96", "::ffff:0:0/96"))


REFUSED = {
    "ftp://example.com/": "scheme",
    "file:///etc/passwd": "scheme",
    "javascript:alert(1)": "scheme",
    "data:text/html,hi": "scheme",
    "http://user:secret@example.com/": "userinfo",
    "http://example.com:25/": "port",
    "http://example.com:8080/": "port",
    "https://example.com:80443/": "port",
    "http:///path": "host",
    "http://exa mple.com/": "host",
    "http://example.com\\@10.0.0.1/": "userinfo",
    "http://example.com/" + "a" * 3000: "too-long",
}


@pytest.mark.parametrize(("url", "reason"), REFUSED.items())
def test_a_url_that_may_not_be_asked_is_refused_with_a_reason(url: str, reason: str) -> None:
    with pytest.raises(NotFetched) as refused:
        Guard(Fetch()).admit(url)
    assert refused.value.ending.outcome is Outcome.FORBIDDEN
    assert refused.value.ending.reason == reason


def test_all_addresses_of_a_host_are_judged_and_only_good_ones_are_used() -> None:
    guard = Guard(Fetch())
    assert guard.let_connect("mixed.example", ("10.0.0.1", "1.1.1.1")) == ("1.1.1.1",)
    with pytest.raises(NotFetched, match=r"private-address: mixed\.example is 10\.0\.0\.1, ::1"):
        guard.let_connect("mixed.example", ("10.0.0.1", "::1"))


@pytest.mark.parametrize(("host", "number", "outcome"), [
    ("10.0.0.1", "10.0.0.1", Outcome.FORBIDDEN),
    ("::1", "::1", Outcome.FORBIDDEN),
    ("paper.localhost", "127.0.0.1", Outcome.FORBIDDEN),
    ("news.example", "10.0.0.1", Outcome.RETRY),  # today, on this network
])  # fmt: skip
def test_an_address_is_refused_for_good_and_a_name_for_now(host: str, number: str, outcome: Outcome) -> None:
    with pytest.raises(NotFetched) as refused:
        Guard(Fetch()).let_connect(host, (number,))
    assert refused.value.ending[:2] == (outcome, "private-address")


@given(st.text())
def test_any_text_is_admitted_or_refused_and_never_breaks_the_guard(text: str) -> None:
    with contextlib.suppress(NotFetched):  # any other error fails
        assert Guard(Fetch()).admit(text).port in (80, 443)
