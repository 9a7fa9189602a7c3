"""How hosts are treated by real crawls: distance, pauses, robots.txt, budgets; and that a sick host holds up nobody else."""

import contextlib
import itertools
import signal
import sqlite3
import statistics
import time
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.fetch.crawl import Crawled, crawl, finish, start
from tests.fetch.faultserver import PAGE, PASSING, ROBOTS, FaultServer, silence

SLACK_S = 0.05  # between the moment a turn is taken and the moment the server sees the request, on a loaded machine


def gaps(times: list[float]) -> list[float]:
    return [later - earlier for earlier, later in itertools.pairwise(sorted(times))]


def test_two_processes_share_one_pace_and_the_next_one_keeps_it(server: FaultServer, database: Path) -> None:
    urls = [server.url(f"/slow-page?{n}", host="shared") for n in range(6)]
    both = [start(some, database, [server.port], fetch={"delay_s": 0.3}) for some in (urls[:3], urls[3:])]
    assert all(end.body == PAGE.decode() for running in both for end in finish(running).ends.values())
    crawl([urls[0]], database, [server.port], fetch={"delay_s": 0.3})
    times = server.times("shared")
    assert len(times) in (8, 9)  # pages, and robots.txt once; twice when both looked before either had it
    assert min(gaps(times)) >= 0.3 - SLACK_S
    assert server.open_most["shared.localhost"] == 1


def test_hosts_do_not_wait_for_each_other(server: FaultServer, database: Path) -> None:
    urls = [server.url(f"/page?{n}", host=f"apart{host}") for n in range(3) for host in range(10)]
    crawled = crawl(urls, database, [server.port], fetch={"delay_s": 0.3})
    assert crawled.seconds < 6  # forty requests in a row would take twelve
    for host in range(10):
        assert min(gaps(server.times(f"apart{host}"))) >= 0.3 - SLACK_S


@pytest.fixture(scope="module")
def by_robots(server: FaultServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[Crawled, Path]:
    database = tmp_path_factory.mktemp("robots") / "sosik.db"
    urls = [server.url(f"/page?{n}", host=host) for host in ROBOTS for n in range(2)]
    return crawl(urls, database, [server.port], fetch={"timeout_s": 1.5}), database


@pytest.mark.parametrize(("host", "outcome", "reason"), [
    ("robots-deny", "robots", "robots"),
    ("robots-ours", "", ""),
    ("robots-ai", "", ""),
    ("robots-html", "", ""),
    ("robots-gone", "", ""),
    ("robots-403", "", ""),
    ("robots-loop", "", ""),
    ("robots-long", "robots", "robots"),
    ("robots-bomb", "robots", "robots"),
    ("robots-endless", "robots", "robots"),
    ("robots-moved", "robots", "robots"),
    ("robots-500", "retry", "robots-unreachable"),
    ("robots-reset", "retry", "robots-unreachable"),
    ("robots-silent", "retry", "robots-unreachable"),
    ("robots-cut", "retry", "robots-unreachable"),
    ("robots-429", "retry", "robots-unreachable"),
])  # fmt: skip
def test_each_answer_to_robots_txt(
    server: FaultServer, by_robots: tuple[Crawled, Path], host: str, outcome: str, reason: str
) -> None:
    ends = [by_robots[0].ends[server.url(f"/page?{n}", host=host)] for n in range(2)]
    assert [(end.outcome, end.reason) for end in ends] == [(outcome, reason)] * 2
    pages = [target for target in server.targets(host) if target.startswith("/page")]
    assert len(pages) == (0 if outcome else 2)


def test_robots_txt_is_asked_for_once_and_the_next_process_remembers_it(
    server: FaultServer, by_robots: tuple[Crawled, Path]
) -> None:
    hosts = ["robots-deny", "robots-ours", "robots-500", "robots-gone"]
    before = {host: server.targets(host).count("/robots.txt") for host in hosts}
    assert before == {**dict.fromkeys(hosts, 1), "robots-500": 2}  # a 5xx is asked about once more, at once
    crawl([server.url("/page?later", host=host) for host in hosts], by_robots[1], [server.port])
    assert {host: server.targets(host).count("/robots.txt") for host in hosts} == before


def test_the_distance_that_robots_txt_asks_for_is_kept(server: FaultServer, database: Path) -> None:
    asked_for = {"robots-slow": 0.4, "robots-rate": 0.5}
    began = time.time()
    crawl([server.url(f"/page?{n}", host=host) for host in asked_for for n in range(3)], database, [server.port])
    for host, seconds in asked_for.items():
        times = [at for at in server.times(host) if at > began]
        assert len(times) == 4
        assert min(gaps(times)) >= seconds - SLACK_S


def test_a_host_that_wants_one_visit_a_day_gets_it_without_a_crawl_that_waits(
    server: FaultServer, by_robots: tuple[Crawled, Path]
) -> None:
    end = by_robots[0].ends[server.url("/page?0", host="robots-day")]
    assert (end.outcome, end.reason) == ("retry", "slow-host")
    assert end.retry_after_s == pytest.approx(86400, abs=60)


def test_groups_of_ai_crawlers_are_obeyed_when_the_user_says_so(server: FaultServer, database: Path) -> None:
    url = server.url("/page", host="robots-ai")
    end = crawl([url], database, [server.port], fetch={"obey_ai_robots": True}).ends[url]
    assert (end.outcome, end.reason) == ("robots", "robots-ai")


@pytest.fixture(scope="module")
def sick(server: FaultServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[Crawled, Path]:
    """Hosts that ask for peace, fail or put up a wall; each is asked for six pages."""
    targets = {
        "peace": "/status?code=429&Retry-After=900", "busy": "/status?code=503&Retry-After=1", "down": "/status?code=503",
        "junk": "/status?code=429&Retry-After=soon", "failing": "/status?code=500", "missing": "/status?code=404",
        "wall": "/status?code=403&cf-mitigated=challenge", "cutting": "/cut/gzip", "closed": "/status?code=403",
    }  # fmt: skip
    database = tmp_path_factory.mktemp("sick") / "sosik.db"
    targets = {host: f"{target}&" if "?" in target else f"{target}?" for host, target in targets.items()}
    urls = [server.url(f"{target}{n}", host=host) for host, target in targets.items() for n in range(6)]
    return crawl(urls, database, [server.port]), database


def asked(server: FaultServer, host: str) -> int:
    return sum(target != "/robots.txt" for target in server.targets(host))


@pytest.mark.parametrize(("host", "pause_s"), [("peace", 900), ("busy", 120), ("junk", 120)])
def test_a_host_that_asks_for_peace_gets_it_at_once(
    server: FaultServer, sick: tuple[Crawled, Path], host: str, pause_s: float
) -> None:
    assert asked(server, host) == 1
    ends = [end for url, end in sick[0].ends.items() if f"//{host}." in url]
    assert len(ends) == 6
    assert {end.outcome for end in ends} == {"retry"}
    assert all(end.retry_after_s == pytest.approx(pause_s, abs=10) for end in ends)
    assert sorted(end.reason for end in ends)[:5] == ["host-paused"] * 5


@pytest.mark.parametrize(("host", "pages"), [("down", 3), ("failing", 3), ("cutting", 3), ("wall", 5), ("closed", 5)])
def test_five_failures_in_a_row_pause_a_host(server: FaultServer, sick: tuple[Crawled, Path], host: str, pages: int) -> None:
    """What passes fails twice for each page, and the fifth failure ends it: 2 + 2 + 1. A wall does not pass, nor a 403."""
    assert asked(server, host) == 5
    reasons = sorted(end.reason for url, end in sick[0].ends.items() if f"//{host}." in url)
    assert reasons.count("host-paused") == 6 - pages


def test_a_fault_that_passes_is_asked_about_once_more_after_the_pause_of_its_host(server: FaultServer, database: Path) -> None:
    faults = [*PASSING, "/status?code=429", "/status?code=503&Retry-After=1", "/slow-headers", "/unknown-encoding"]
    urls = {fault: server.url(f"/passing?as={quote(fault)}", host=f"once{n}") for n, fault in enumerate(faults)}
    crawled = crawl(urls.values(), database, [server.port], fetch={"delay_s": 0.3, "timeout_s": 1.0})
    for n, fault in enumerate(faults):
        pages = [seen.at for seen in server.seen if seen.host.startswith(f"once{n}.") and seen.target != "/robots.txt"]
        if fault in PASSING:
            assert (crawled.ends[urls[fault]].body, len(pages)) == (PAGE.decode(), 2), fault
            assert gaps(pages)[0] >= 0.3 - SLACK_S, fault
        else:  # it asks for peace, it is slow, or it will not change
            assert (crawled.ends[urls[fault]].outcome, len(pages)) == ("retry", 1), fault


def test_after_a_fault_that_passes_nothing_is_held_against_the_host(server: FaultServer, database: Path) -> None:
    urls = [server.url(f"/passing?as=/reset&{n}", host="forgiven") for n in range(3)]
    assert {end.status for end in crawl(urls, database, [server.port]).ends.values()} == {200}
    with contextlib.closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT failures, trouble FROM host WHERE host = 'forgiven.localhost'").fetchall() == [(0, "")]


def test_a_second_try_is_part_of_the_budget(server: FaultServer, database: Path) -> None:
    url = server.url("/reset", host="poor")
    end = crawl([url], database, [server.port], fetch={"requests_per_host": 2}).ends[url]
    assert (end.outcome, end.reason) == ("retry", "broken-answer")  # not "host-budget": the first try says what is wrong
    assert asked(server, "poor") == 1


def test_pages_that_are_not_there_say_nothing_of_their_host(server: FaultServer, sick: tuple[Crawled, Path]) -> None:
    assert sick
    assert asked(server, "missing") == 6


def test_a_browser_check_is_recognised(sick: tuple[Crawled, Path]) -> None:
    ends = [end for url, end in sick[0].ends.items() if "//wall." in url]
    assert ("denied", "challenge") in {(end.outcome, end.reason) for end in ends}


def test_a_pause_outlives_the_process(server: FaultServer, sick: tuple[Crawled, Path]) -> None:
    url = server.url("/page?again", host="peace")
    end = crawl([url], sick[1], [server.port]).ends[url]
    assert (end.outcome, end.reason) == ("retry", "host-paused")
    assert asked(server, "peace") == 1


def test_a_host_gets_no_more_than_its_budget(server: FaultServer, database: Path) -> None:
    urls = [server.url(f"/page?{n}", host=host) for n in range(8) for host in ("trap", "other")]
    crawled = crawl(urls, database, [server.port], fetch={"requests_per_host": 6})  # robots.txt and five
    assert (asked(server, "trap"), asked(server, "other")) == (5, 5)
    assert sorted(end.reason for end in crawled.ends.values()) == [""] * 10 + ["host-budget"] * 6
    more = crawl(urls, database, [server.port], settings={"SOSIK_REQUESTS_PER_HOST": 8})
    assert not any(end.reason for end in more.ends.values())


def test_what_a_paused_host_is_not_asked_costs_it_no_budget(server: FaultServer, database: Path) -> None:
    urls = [server.url(f"/status?code=429&Retry-After=900&{n}", host="resting") for n in range(6)]
    crawled = crawl(urls, database, [server.port], fetch={"requests_per_host": 3})
    assert {end.outcome for end in crawled.ends.values()} == {"retry"}  # none "budget"


def test_thirty_sick_hosts_do_not_hold_up_a_good_one(server: FaultServer, database: Path, tmp_path: Path) -> None:
    server.robots |= {f"sick{host}": silence for host in range(15)}  # half of them do not even answer for robots.txt
    good = [server.url(f"/page?{n}", host="good") for n in range(10)]
    alone = crawl(good, tmp_path / "alone.db", [server.port], fetch={"delay_s": 0.1})
    sick = [server.url(f"/silence?{n}", host=f"sick{host}") for host in range(30) for n in range(2)]
    among = crawl([*sick, *good], database, [server.port], fetch={"delay_s": 0.1, "timeout_s": 1.5})
    assert max(among.ends[url].seconds for url in good) < 2 * max(alone.ends[url].seconds for url in good) + 1
    assert {among.ends[url].outcome for url in sick} == {"retry"}


def test_a_backlog_of_one_host_leaves_room_for_others(server: FaultServer, database: Path) -> None:
    backlog = [server.url(f"/page?{n}", host="backlog") for n in range(20)]
    late = server.url("/page", host="late")
    crawled = crawl([*backlog, late], database, [server.port], fetch={"delay_s": 0.1}, settings={"CONCURRENT_REQUESTS": 4})
    assert crawled.ends[late].seconds < statistics.median(crawled.ends[url].seconds for url in backlog)
    assert sum(not end.outcome for end in crawled.ends.values()) == 21


def test_a_locked_database_delays_the_crawl_and_loses_nothing(server: FaultServer, database: Path) -> None:
    crawl([server.url("/page", host="unlocked")], database, [server.port])
    writer = sqlite3.connect(database, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    urls = [server.url(f"/page?{n}", host="locked") for n in range(3)]
    running = start(urls, database, [server.port])
    assert not server.wait_for("locked", timeout_s=2.5)
    writer.execute("ROLLBACK")
    writer.close()
    assert all(end.status == 200 for end in finish(running).ends.values())


def test_a_database_that_cannot_be_used_is_no_fault_of_the_addresses(server: FaultServer, database: Path) -> None:
    database.write_bytes(b"this is no database" * 100)
    url = server.url("/page", host="unwritten")
    end = crawl([url], database, [server.port]).ends[url]
    assert (end.outcome, end.reason) == ("retry", "database")
    assert server.times("unwritten") == []


def test_a_killed_crawl_does_not_keep_its_hosts_from_the_next_one(server: FaultServer, database: Path) -> None:
    running = start([server.url("/silence", host="orphan")], database, [server.port], fetch={"timeout_s": 20.0})
    assert server.wait_for("orphan")
    running.send(signal.SIGKILL)
    with running.told as told:
        assert told.read() == ""
    url = server.url("/page", host="orphan")
    end = crawl([url], database, [server.port], fetch={"timeout_s": 20.0}).ends[url]
    assert end.body == PAGE.decode()
    assert end.seconds < 10  # its turn would have been taken for 25


def test_a_crawl_that_is_told_to_stop_does_not_sit_out_its_waits(server: FaultServer, database: Path) -> None:
    urls = [server.url(f"/page?{n}", host="patient") for n in range(5)]
    running = start(urls, database, [server.port], fetch={"delay_s": 60.0})
    assert server.wait_for("patient")
    running.send(signal.SIGTERM)
    told = time.monotonic()
    ends = finish(running).ends
    assert time.monotonic() - told < 10
    assert {end.reason for end in ends.values()} <= {"cancelled", ""}
