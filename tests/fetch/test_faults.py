"""What servers do wrong, in real crawls: one crawl over all faults, each on a host of its own."""

from pathlib import Path

import pytest

from crawler.config import Fetch
from tests.fetch.crawl import Crawled, End, crawl
from tests.fetch.faultserver import BOMBS, ENCODERS, PAGE, FaultServer

TIMEOUT_S = 3.0
GOOD = ["/page", "/slow-page", "/chunked", "/no-colon", "/charset-as-encoding", *(f"/encoded/{name}" for name in ENCODERS)]
ENDS = {
    "/slow-headers": ("retry", "timeout"),
    "/silence": ("retry", "timeout"),
    "/half-headers": ("retry", "timeout"),
    "/steady": ("retry", "timeout"),
    "/slow-body": ("retry", "slow"),
    "/endless-headers": ("oversize", "headers"),
    "/flood-of-1xx": ("oversize", "headers"),
    "/endless-header-line": ("retry", "broken-answer"),  # Twisted's own limit of a line
    "/endless-status-line": ("retry", "broken-answer"),
    "/endless-body": ("oversize", "body"),
    "/endless-chunks": ("oversize", "body"),
    "/endless-trailers": ("retry", "cut"),
    "/announced": ("oversize", "body"),
    **{f"/bomb/{name}": ("oversize", "body") for name in BOMBS},
    "/bomb/window": ("retry", "cut"),
    **{f"/cut/{name}": ("retry", "cut") for name in ("length", "chunked", "crc", "reset", *ENCODERS)},
    "/not-gzip": ("retry", "cut"),
    "/unknown-encoding": ("retry", "encoding"),
    "/reset": ("retry", "broken-answer"),
    "/hang-up": ("retry", "broken-answer"),
    "/ssh": ("retry", "broken-answer"),
    "/http-0.9": ("retry", "broken-answer"),
    "/bad-chunk": ("retry", "cut"),
    "/negative-length": ("retry", "broken-answer"),
    "/self": ("retry", "redirects"),
    "/chain?left=6": ("retry", "redirects"),
    "/missing": ("gone", "http-404"),
}


def on_its_own_host(server: FaultServer, target: str) -> str:
    label = "".join(letter if letter.isalnum() else "-" for letter in target)
    return server.url(target, host=f"host{label}")


@pytest.fixture(scope="module")
def crawled(server: FaultServer, tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    targets = [*GOOD, *ENDS, "/until-close", "/chain?left=5", "/smuggle/length", "/smuggle/both"]
    urls = [on_its_own_host(server, target) for target in targets]
    urls += [server.url(target, host=f"host-smuggle-{kind}") for kind in ("length", "both") for target in ("/page", "/page?2")]
    return crawl(urls, tmp_path_factory.mktemp("faults") / "sosik.db", [server.port], fetch={"timeout_s": TIMEOUT_S})


@pytest.fixture
def end(server: FaultServer, crawled: Crawled, request: pytest.FixtureRequest) -> End:
    return crawled.ends[on_its_own_host(server, request.param)]


@pytest.mark.parametrize("end", GOOD, indirect=True)
def test_a_whole_page_arrives_as_it_was_written(end: End) -> None:
    assert (end.status, end.body, end.outcome) == (200, PAGE.decode(), "")


@pytest.mark.parametrize(("end", "expected"), ENDS.items(), indirect=["end"])
def test_a_fault_ends_with_its_outcome_and_in_time(end: End, expected: tuple[str, str]) -> None:
    assert (end.outcome, end.reason) == expected
    assert end.seconds < 2 * TIMEOUT_S + 2  # its robots.txt, the page; the crawl starts all of them at once


def test_a_body_that_ends_with_the_connection_is_marked(server: FaultServer, crawled: Crawled) -> None:
    end = crawled.ends[on_its_own_host(server, "/until-close")]
    assert (end.body, end.flags) == (PAGE.decode(), ("partial",))


def test_five_redirects_are_followed_and_six_are_not(server: FaultServer, crawled: Crawled) -> None:
    assert crawled.ends[on_its_own_host(server, "/chain?left=5")].body == PAGE.decode()
    assert len(server.targets("host-chain-left-6")) == 1 + 6  # robots.txt, the page and five more


@pytest.mark.parametrize("kind", ["length", "both"])
def test_what_one_answer_smuggles_is_in_no_other(server: FaultServer, crawled: Crawled, kind: str) -> None:
    host = f"host-smuggle-{kind}"
    for target in ("/page", "/page?2"):
        assert crawled.ends[server.url(target, host=host)].body == PAGE.decode()
    assert crawled.ends[on_its_own_host(server, f"/smuggle/{kind}")].body == PAGE.decode()


def test_all_faults_together_cost_little_memory(server: FaultServer, crawled: Crawled, database: Path) -> None:
    ordinary = crawl([on_its_own_host(server, target) for target in GOOD], database, [server.port])
    assert crawled.grown_bytes - ordinary.grown_bytes < 64 * 1024 * 1024


def test_every_request_ended(crawled: Crawled) -> None:
    assert all(end.outcome or end.status == 200 for end in crawled.ends.values())
    assert not any(end.outcome == "broken" for end in crawled.ends.values())


MUTATED = 250  # of 1,500 tried once, none was left that breaks


def test_any_few_wrong_bytes_end_with_an_outcome(server: FaultServer, database: Path) -> None:
    urls = [server.url(f"/mutated?seed={seed}", host=f"mutated{seed}") for seed in range(MUTATED)]
    mutated = crawl(urls, database, [server.port])
    assert len(mutated.ends) == MUTATED
    assert {end.outcome for end in mutated.ends.values()} <= {"", "retry", "gone", "forbidden"}
    assert "Traceback" not in mutated.log


def test_no_fault_leaves_a_traceback_in_the_log(crawled: Crawled) -> None:
    assert "Traceback" not in crawled.log
    assert "Unhandled" not in crawled.log
    assert " ERROR " not in crawled.log


def test_the_defaults_are_those_that_are_promised() -> None:
    fetch = Fetch()
    assert (fetch.timeout_s, fetch.body_bytes_max, fetch.header_bytes_max, fetch.redirects_max) == (20, 8 * 1024**2, 64 * 1024, 5)
    assert (fetch.requests_per_host, fetch.delay_s, fetch.allow_ports, fetch.allow_networks) == (200, 2, (80, 443), ())
