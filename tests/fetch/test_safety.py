"""No request reaches an address that is not allowed, by whatever way it is led there; nothing private is sent or open."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import trustme

from tests.fetch.crawl import Crawled, crawl
from tests.fetch.fakedns import FORBIDDEN_NUMBER
from tests.fetch.faultserver import PAGE, FaultServer


@pytest.fixture(scope="module")
def forbidden() -> Iterator[FaultServer]:
    """A server that must never see a request."""
    with FaultServer(FORBIDDEN_NUMBER) as running:
        yield running


@pytest.fixture(scope="module")
def forbidden_v6(forbidden: FaultServer) -> Iterator[FaultServer]:
    with FaultServer("::1", forbidden.port) as running:
        yield running


def hiding_places(port: int) -> dict[str, bytes]:
    """Locations that lead to the forbidden server, or to other addresses that no page may lead us to."""
    place = {
        "plain": "http://127.0.0.2:{}/page", "decimal": "http://2130706434:{}/page", "hex": "http://0x7f000002:{}/page",
        "octal": "http://0177.0.0.2:{}/page", "short": "http://127.2:{}/page", "mapped": "http://[::ffff:127.0.0.2]:{}/page",
        "mapped-hex": "http://[::ffff:7f00:2]:{}/page", "compatible": "http://[::127.0.0.2]:{}/page", "v6": "http://[::1]:{}/page",
        "backslash": "http:\\\\127.0.0.2:{}\\page", "no-scheme": "//127.0.0.2:{}/page", "three-slashes": "http:///127.0.0.2:{}/page",
        "full-width": "http://１２７.０.０.２:{}/page", "ideographic-dot": "http://127。0。0。2:{}/page",
        "tab": "http://127.0.\t0.2:{}/page", "percent": "http://127.0.0.%32:{}/page", "userinfo": "http://a@127.0.0.2:{}/page",
        "two-parsers": "http://example.com\\@127.0.0.2:{}/page", "trailing-dot": "http://127.0.0.2.:{}/page",
        "upper": "HTTP://127.0.0.2:{}/page", "nat64": "http://[64:ff9b::7f00:2]:{}/page", "6to4": "http://[2002:7f00:2::1]:{}/page",
        "any": "http://0.0.0.0:{}/page", "any-v6": "http://[::]:{}/page", "cgnat": "http://100.64.0.1:{}/page",
        "cloud": "http://169.254.169.254:{}/latest/meta-data", "multicast": "http://224.0.0.1:{}/page", "lan": "http://10.0.0.1:{}/",
    }  # fmt: skip
    return {name: where.format(port).encode() for name, where in place.items()}


ELSEWHERE = {
    "file": b"file:///etc/passwd", "data": b"data:text/html,<p>hello", "ftp": b"ftp://127.0.0.1/", "script": b"javascript:a()",
    "gopher": b"gopher://127.0.0.1/", "port": b"http://127.0.0.1:25/", "lines": b"http://127.0.0.1:25/\rSet-Cookie: a=b",
    "brackets": b"http://[::1", "long": b"/" + b"a" * 3000, "bytes": b"http://\xff\xfe/",
}  # fmt: skip
UNWRITABLE = ("no-scheme", "bytes", "long", "brackets", "script")  # Scrapy makes no request of them
CODES = (301, 302, 303, 307, 308)


@pytest.fixture(scope="module")
def led_astray(
    server: FaultServer, forbidden: FaultServer, forbidden_v6: FaultServer, tmp_path_factory: pytest.TempPathFactory
) -> Crawled:
    """One crawl over every way to a forbidden place: redirects, direct links, robots.txt, meta refresh."""
    places = {**hiding_places(forbidden.port), **ELSEWHERE}
    urls = [server.redirect_to(where, host=f"to-{name}") for name, where in places.items()]
    urls += [server.redirect_to(places["plain"], host=f"code-{code}", code=code) for code in CODES]
    urls += [where.decode() for name, where in places.items() if name not in UNWRITABLE]
    urls += [server.url(f"/meta-refresh?where={places['plain'].decode()}", host="refreshing")]
    urls += [server.url("/page", host="robots-astray")]
    server.robots["robots-astray"] = lambda talk: talk.answer(301, b"", b"Location: " + places["plain"])
    database = tmp_path_factory.mktemp("astray") / "sosik.db"
    return crawl(urls, database, [server.port, forbidden.port])


@pytest.mark.parametrize("name", [*hiding_places(0), *ELSEWHERE])
def test_a_redirect_to_a_forbidden_place_is_not_followed(
    server: FaultServer, forbidden: FaultServer, led_astray: Crawled, name: str
) -> None:
    where = {**hiding_places(forbidden.port), **ELSEWHERE}[name]
    end = led_astray.ends[server.redirect_to(where, host=f"to-{name}")]
    assert end.outcome == "forbidden" or (name == "backslash" and end.url.startswith(server.url("/", host="to-backslash")))


@pytest.mark.parametrize("code", CODES)
def test_every_kind_of_redirect_is_judged(server: FaultServer, forbidden: FaultServer, led_astray: Crawled, code: int) -> None:
    plain = hiding_places(forbidden.port)["plain"]
    end = led_astray.ends[server.redirect_to(plain, host=f"code-{code}", code=code)]
    assert (end.outcome, end.reason) == ("forbidden", "private-address")


def test_links_are_judged_as_redirects_are(led_astray: Crawled) -> None:
    direct = {url: end for url, end in led_astray.ends.items() if "localhost" not in url}
    assert len(direct) > 30
    assert {end.outcome for end in direct.values()} == {"forbidden"}, direct


def test_a_meta_refresh_is_left_to_the_reader(server: FaultServer, led_astray: Crawled) -> None:
    (end,) = (end for url, end in led_astray.ends.items() if "refreshing" in url)
    assert end.status == 200


def test_a_robots_txt_that_leads_to_a_forbidden_place_counts_as_none(server: FaultServer, led_astray: Crawled) -> None:
    assert led_astray.ends[server.url("/page", host="robots-astray")].body == PAGE.decode()


def test_the_forbidden_server_saw_nobody(forbidden: FaultServer, forbidden_v6: FaultServer, led_astray: Crawled) -> None:
    assert led_astray.ends
    assert (forbidden.seen, forbidden_v6.seen) == ([], [])


def test_a_crawl_owns_no_listening_socket(led_astray: Crawled) -> None:
    assert led_astray.ends
    assert led_astray.listening == ()


def test_a_name_that_changes_its_address_gains_nothing(server: FaultServer, database: Path) -> None:
    with FaultServer(FORBIDDEN_NUMBER, server.port) as rebound:
        hosts = [f"{name}.example:{server.port}" for name in ("rebinding", "private", "mixed")]
        urls = [f"http://{host}/hang-up?{n}" for host in hosts for n in range(3)]
        handlers = {"http": "tests.fetch.fakedns.FakeDns"}
        crawled = crawl(urls, database, [server.port], settings={"DOWNLOAD_HANDLERS": handlers})
        assert rebound.seen == []
    reasons = [crawled.ends[url].reason for url in urls]
    assert reasons[:3] == ["private-address"] * 3  # robots.txt had the first answer
    assert reasons[3:6] == ["private-address"] * 3
    assert reasons[6:] == ["broken-answer"] * 3  # reached, at the address that is allowed


def test_a_proxy_in_the_environment_is_not_used(server: FaultServer, forbidden: FaultServer, database: Path) -> None:
    proxy = forbidden.url("")
    url = server.url("/page", host="direct")
    crawled = crawl([url], database, [server.port], environment={"http_proxy": proxy, "https_proxy": proxy, "all_proxy": proxy})
    assert crawled.ends[url].body == PAGE.decode()
    assert forbidden.seen == []


def test_ipv6_is_spoken_where_it_is_allowed(database: Path) -> None:
    with FaultServer("::1") as server:
        url = f"http://[::1]:{server.port}/page"
        assert crawl([url], database, [server.port], fetch={"allow_networks": ["::1/128"]}).ends[url].body == PAGE.decode()


def test_nothing_private_leaves_its_host(server: FaultServer, database: Path) -> None:
    there = server.url("/page", host="stranger")
    first = server.redirect_to(there, host="friend")
    secrets = {
        "Cookie": "session=secret", "Authorization": "Basic c2VjcmV0", "Referer": "http://secret.example/", "X-Api-Key": "secret",
        "If-None-Match": '"secret"',
    }  # fmt: skip
    crawled = crawl([first, server.url("/page", host="friend")], database, [server.port], headers=secrets)
    assert crawled.ends[first].url == there
    for seen in server.seen:
        if seen.host.startswith("stranger."):
            assert "secret" not in str(seen.headers)
        if seen.host.startswith("friend."):
            assert not {"cookie", "authorization", "referer"} & set(seen.headers)
    asked = [seen for seen in server.seen if seen.host.startswith("friend.") and seen.target == "/page"]
    assert asked[0].headers["x-api-key"] == "secret"  # a source's own key goes to the source


@pytest.mark.parametrize("charset", ["utf-8", "euc-kr"])
def test_a_redirect_keeps_the_bytes_of_korean_addresses(server: FaultServer, database: Path, charset: str) -> None:
    host, word = f"korean-{charset}", "중국".encode(charset)
    first = server.redirect_to(b"/page?q=" + word, host=host)
    assert crawl([first], database, [server.port]).ends[first].body == PAGE.decode()
    assert server.targets(host)[-1] == f"/page?q={quote(word)}"


def test_we_say_who_we_are_and_are_no_browser(server: FaultServer, database: Path) -> None:
    crawl([server.url("/page", host="whoami")], database, [server.port], headers={"User-Agent": "Mozilla/5.0"})
    agents = {seen.headers["user-agent"] for seen in server.seen if seen.host.startswith("whoami.")}
    assert len(agents) == 1
    assert agents.pop().startswith("sosik/")


def test_a_certificate_that_nobody_vouches_for_is_refused(database: Path, tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("right.localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with FaultServer(tls=context) as server:
        right, wrong = (server.url("/page", host=host, scheme="https") for host in ("right", "wrong"))
        strangers = crawl([right], database, [server.port])
        assert (strangers.ends[right].outcome, strangers.ends[right].reason[:3]) == ("retry", "tls")
        known = crawl([right, wrong], database, [server.port], environment={"SSL_CERT_FILE": str(tmp_path / "ca.pem")})
        assert known.ends[right].body == PAGE.decode()
        assert known.ends[wrong].reason == "tls-wrong-name"


def test_a_certificate_goes_unchecked_only_for_hosts_that_the_user_names_and_loudly(database: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("other.localhost").configure_cert(context)
    with FaultServer(tls=context) as server:
        named, unnamed = (server.url("/page", host=host, scheme="https") for host in ("named", "unnamed"))
        crawled = crawl([named, unnamed], database, [server.port], fetch={"tls_unverified_hosts": ["named.localhost"]})
    assert crawled.ends[named].body == PAGE.decode()
    assert crawled.ends[unnamed].reason[:3] == "tls"
    assert crawled.log.count("WARNING crawler.fetch.connector certificate not checked host=named.localhost") == 1
    assert "not checked host=unnamed" not in crawled.log

