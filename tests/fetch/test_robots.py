"""robots.txt as RFC 9309 reads it, for our product token."""

import asyncio
import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.fetch.exchange import Answer
from crawler.fetch.outcomes import NotFetched
from crawler.fetch.robots import BYTES_MAX, FAILED_FRESH_S, GIVEN_UP_S, Robots, Rules, rules_of
from pipelines.outcome import Outcome
from pipelines.store.hosts import DAY_S, HostBook, open_hosts

ORIGIN = "http://news.example"


def allows(robots: str, path: str, *, obey_ai: bool = False) -> bool:
    return verdict(rules_of(robots.encode(), obey_ai=obey_ai), path)


def verdict(rules: Rules, path: str) -> bool:
    try:
        rules.check(f"{ORIGIN}{path}")
    except NotFetched as refused:
        return refused.ending.outcome is not Outcome.ROBOTS
    return True


OURS = "User-agent: sosik\nDisallow: /private\n\nUser-agent: *\nDisallow: /\n"


@pytest.mark.parametrize(("robots", "path", "allowed"), [
    ("", "/a", True),
    ("User-agent: *\nDisallow: /", "/a", False),
    ("User-agent: *\nDisallow:", "/a", True),
    ("user-agent: *\ndisallow: /a", "/a", False),
    ("USER-AGENT: *\r\nDISALLOW: /a\r\n", "/a/b", False),
    ("User-agent: *\rDisallow: /a\r", "/a/b", False),
    ("\ufeffUser-agent: *\nDisallow: /a", "/a", False),  # a byte order mark
    ("Disallow: /a\nUser-agent: *\nAllow: /", "/a", True),  # a rule before any group is nobody's
    # groups
    (OURS, "/a", True),
    (OURS, "/private/a", False),
    ("User-agent: SOSIK\nDisallow: /a", "/a", False),
    ("User-agent: sosik/2.0\nDisallow: /a", "/a", False),  # the token ends at the slash (§2.2.1)
    ("User-agent: sosik bot\nDisallow: /a", "/a", False),
    ("User-agent: sosikbot\nDisallow: /a", "/a", True),
    ("User-agent: sosik2\nDisallow: /a", "/a", True),
    ("User-agent: so\nDisallow: /a", "/a", True),
    ("User-agent: s\nDisallow: /a", "/a", True),
    ("User-agent: other\nDisallow: /a", "/a", True),
    ("User-agent: other\nUser-agent: sosik\nDisallow: /a", "/a", False),  # several names, one group
    ("User-agent: sosik\nDisallow: /a\nUser-agent: other\nDisallow: /b\nUser-agent: sosik\nDisallow: /c", "/c", False),  # joined
    ("User-agent: sosik\nDisallow: /a\nUser-agent: other\nDisallow: /b\nUser-agent: sosik\nDisallow: /c", "/b", True),
    ("User-agent: sosik\n\nUser-agent: *\nDisallow: /a", "/a", False),  # an empty line ends no group
    ("User-agent: * crawlers\nDisallow: /a", "/a", False),
    # the longest match wins, allow on a tie (§2.2.2)
    ("User-agent: *\nAllow: /a/b\nDisallow: /a", "/a/b/c", True),
    ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/c", False),
    ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True),
    ("User-agent: *\nDisallow: /", "/robots.txt", True),
    # special characters (§2.2.3)
    ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf", False),
    ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf?a", True),
    ("User-agent: *\nDisallow: /a*b", "/axxb", False),
    ("User-agent: *\nDisallow: /a # comment", "/a", False),
    ("User-agent: * # all\nDisallow: /a", "/a", False),
    ("User-agent: *\nDisallow: /view.php?id=", "/view.php?id=3", False),
    ("User-agent: *\nDisallow: /기사", "/%EA%B8%B0%EC%82%AC/1", False),
    ("User-agent: *\nDisallow: /%EA%B8%B0%EC%82%AC", "/%ea%b8%b0%ec%82%ac/1", False),
    ("User-agent: *\nDisallow: /A", "/a", True),  # paths keep their case
    ("User-agent: *\nCrawl-delay: 1\nSitemap: http://news.example/s.xml\nDisallow: /a", "/a", False),
    ("<html><body>no such page</body></html>", "/a", True),
])  # fmt: skip
def test_what_a_robots_txt_says_to_us(robots: str, path: str, allowed: bool) -> None:
    assert allows(robots, path) is allowed


AI = "User-agent: GPTBot\nUser-agent: ClaudeBot\nDisallow: /\n\nUser-agent: CCBot/2.0\nDisallow: /a\n\nUser-agent: *\nAllow: /\n"


def test_groups_of_ai_crawlers_count_only_when_the_user_says_so() -> None:
    assert allows(AI, "/a")
    assert not allows(AI, "/a", obey_ai=True)
    assert not allows(AI, "/b", obey_ai=True)
    assert allows("User-agent: CCBot\nDisallow: /a\n", "/b", obey_ai=True)
    assert not allows("User-agent: *\nDisallow: /a\n\nUser-agent: GPTBot\nAllow: /", "/a", obey_ai=True)  # ours still counts


@pytest.mark.parametrize(("robots", "delay_s"), [
    ("User-agent: *\nCrawl-delay: 10", 10.0),
    ("User-agent: *\nCrawl-delay: 0.5", 0.5),
    ("User-agent: *\nRequest-rate: 1/5", 5.0),
    ("User-agent: *\nRequest-rate: 10/1m", 6.0),
    ("User-agent: *\nRequest-rate: 1/5\nCrawl-delay: 3", 5.0),
    ("User-agent: other\nCrawl-delay: 10", 0.0),
    ("User-agent: sosik\nCrawl-delay: 3\n\nUser-agent: *\nCrawl-delay: 10", 3.0),
    ("User-agent: *\nCrawl-delay: soon", 0.0),
    ("User-agent: *\nCrawl-delay: -5", 0.0),
    ("User-agent: *\nCrawl-delay: 1e99", DAY_S),
])  # fmt: skip
def test_the_distance_that_it_asks_for(robots: str, delay_s: float) -> None:
    assert rules_of(robots.encode()).delay_s == delay_s


def test_half_a_megabyte_is_read_and_what_follows_is_not() -> None:
    filler = "# filler\n" * 57_000  # 513 KB
    assert len(filler) > 500 * 1024
    assert not allows(f"User-agent: *\n{filler}Disallow: /a\n", "/a")
    assert allows(f"User-agent: *\n{'#' * BYTES_MAX}\nDisallow: /a\n", "/a")


@given(st.binary(max_size=2000), st.booleans())
def test_no_bytes_break_the_reader(body: bytes, obey_ai: bool) -> None:
    rules = rules_of(b"User-agent: *\n" + body, obey_ai=obey_ai)
    assert 0 <= rules.delay_s <= DAY_S


class Site:
    """Answers for robots.txt, and a clock: what Robots sees of the world."""

    def __init__(self, book: HostBook, *answers: Answer | NotFetched) -> None:
        self.book = book
        self.answers, self.asked, self.now = list(answers), 0, 1_800_000_000.0

    async def fetch(self, _: str) -> Answer:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, NotFetched):
            raise answer
        return answer

    def allows(self, path: str = "/a", *, fresh_process: bool = True) -> bool:
        """What a new process (nothing in memory) decides now."""
        if fresh_process:
            self.robots = Robots(self.book, self.fetch, obey_ai=False, clock=lambda: self.now)
        return verdict(asyncio.run(self.robots.rules(ORIGIN)), path)


@pytest.fixture
def site(database: Path) -> Iterator["MakeSite"]:
    """Makes sites; closes their book."""
    book = open_hosts(database)
    yield functools.partial(Site, book)
    book.close()


MakeSite = Callable[..., Site]


def answer(status: int, body: str = "", location: str = "") -> Answer:
    return Answer(status=status, headers=((b"Location", location.encode()),) if location else (), body=body.encode())


def cut() -> NotFetched:
    return NotFetched(Outcome.RETRY, "cut")


DENY = "User-agent: *\nDisallow: /a"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418])
def test_4xx_allows_everything(site: MakeSite, status: int) -> None:
    assert site(answer(status, DENY)).allows()


@pytest.mark.parametrize("trouble", [answer(500), answer(503), answer(599), cut(), NotFetched(Outcome.RETRY, "timeout")])
def test_no_clear_answer_forbids_for_a_while_and_is_asked_again_then(site: MakeSite, trouble: Answer | NotFetched) -> None:
    here = site(trouble, answer(200, DENY))
    with pytest.raises(NotFetched) as refused:
        here.allows()
    assert refused.value.ending == (Outcome.RETRY, "robots-unreachable", FAILED_FRESH_S[0])
    here.now += FAILED_FRESH_S[0] - 60
    with pytest.raises(NotFetched) as refused:
        here.allows()
    assert refused.value.ending.retry_after_s == pytest.approx(60)
    assert here.asked == 1
    here.now += 61
    assert (here.allows("/a"), here.allows("/b"), here.asked) == (False, True, 2)


def test_the_longer_it_fails_the_less_often_it_is_asked_for_but_once_an_hour(site: MakeSite) -> None:
    here, waits = site(answer(500)), []
    for _ in range(7):
        with pytest.raises(NotFetched) as refused:
            here.allows()
        waits.append(refused.value.ending.retry_after_s)
        here.now += waits[-1]
    assert waits == [300, 300, 600, 1200, 2400, 3600, 3600]


def test_a_day_is_how_long_it_is_kept_also_by_the_next_process(site: MakeSite) -> None:
    here = site(answer(200, DENY), answer(404))
    assert not here.allows()
    here.now += DAY_S - 1
    assert not here.allows()
    assert here.asked == 1
    here.now += 2
    assert here.allows()
    assert here.asked == 2


def test_one_process_asks_once_and_notices_when_a_day_has_passed(site: MakeSite) -> None:
    here = site(answer(200, DENY), answer(404))
    assert not here.allows()
    assert not here.allows(fresh_process=False)
    assert here.asked == 1
    here.now += DAY_S + 1
    assert here.allows(fresh_process=False)


def test_a_clock_that_was_set_back_makes_it_stale(site: MakeSite) -> None:
    here = site(answer(200, DENY), answer(404))
    assert not here.allows()
    here.now -= 10 * 365 * DAY_S
    assert here.allows()


def test_after_thirty_days_without_an_answer_it_counts_as_none(site: MakeSite) -> None:
    here = site(answer(500))
    for _ in range(2):
        with pytest.raises(NotFetched):
            here.allows()
        here.now += GIVEN_UP_S - 10
    here.now += 20
    assert here.allows()


@pytest.mark.parametrize("reason", ["dns", "no-connection", "tls-wrong-name", "host-paused", "cancelled", "private-address"])
def test_trouble_of_the_host_is_told_as_such_and_not_kept_as_the_files(site: MakeSite, reason: str) -> None:
    outcome = Outcome.FORBIDDEN if reason == "private-address" else Outcome.RETRY
    here = site(NotFetched(outcome, reason), answer(404))
    with pytest.raises(NotFetched, match=reason):
        here.allows()
    assert here.allows()


def test_five_redirects_are_followed(site: MakeSite) -> None:
    moved = [answer(301, "", f"/robots{n}.txt") for n in range(5)]
    assert not site(*moved, answer(200, DENY)).allows()


def test_a_sixth_redirect_counts_as_none(site: MakeSite) -> None:
    here = site(*[answer(301, "", f"/robots{n}.txt") for n in range(6)], answer(200, DENY))
    assert here.allows()
    assert here.asked == 6


@pytest.mark.parametrize("last", [answer(301, "", "ftp://example.com/robots.txt"), answer(301, "", "http://[::1"), answer(302)])
def test_a_redirect_to_nowhere_counts_as_none(site: MakeSite, last: Answer) -> None:
    assert site(last).allows()


def test_a_server_error_behind_a_redirect_is_no_clear_answer(site: MakeSite) -> None:
    with pytest.raises(NotFetched, match="robots-unreachable"):
        site(answer(301, "", "/there"), answer(500)).allows()


