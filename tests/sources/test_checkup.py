"""What the doctor says of an answer, and what the scout makes of a page. No network."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from crawler.discovery import Found, Link, Trouble
from crawler.discovery.checkup import judged
from crawler.discovery.scouting import best, family_of, guesses, named_in, sighted, title_of
from crawler.sources import Endpoint, Source, Way
from crawler.sources.keys import naver_headers
from crawler.sources.writing import name_for
from crawler.spiders.checking import CheckingSpider
from pipelines.errors import UserError
from pipelines.wording import Wording
from pipelines.wording.troubles import in_words

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
FEED = Endpoint(url="https://a.kr/rss", way=Way.FEED)
SOURCE = Source(name="a", hosts=("a.kr",), feeds=("https://a.kr/rss",))


def found(*ages: timedelta) -> Found:
    return Found(links=tuple(Link(href=f"/{i}", title="기사", published=NOW - age) for i, age in enumerate(ages)))


def test_the_doctor_asks_for_the_day_that_it_is_in_korea() -> None:
    class Early(CheckingSpider):
        context = SimpleNamespace(now=lambda: datetime(2026, 11, 21, 20, 0, tzinfo=UTC))  # five in the morning of the next day

    daily = Source(name="daily", hosts=("a.kr",), sitemaps=("https://a.kr/{yyyymmdd}.xml",))

    async def asked() -> list[str]:
        return [request.url async for request in Early(sources=[daily]).start()]

    assert asyncio.run(asked()) == ["https://a.kr/20261122.xml"]


def test_a_feed_with_a_fresh_entry_is_well() -> None:
    checkup = judged(SOURCE, FEED, found(timedelta(days=9), timedelta(hours=1)), NOW)
    assert (checkup.trouble, checkup.links, checkup.newest) == ("", 2, NOW - timedelta(hours=1))


def test_two_hundred_and_a_hundred_items_can_be_a_dead_feed() -> None:
    assert judged(SOURCE, FEED, found(*[timedelta(days=60)] * 100), NOW).trouble == "frozen"
    patient = Source(name="a", hosts=("a.kr",), feeds=("https://a.kr/rss",), quiet_h=24 * 90)
    assert judged(patient, FEED, found(timedelta(days=60)), NOW).trouble == ""


def test_a_trouble_of_the_answer_comes_first() -> None:
    assert judged(SOURCE, FEED, Found(trouble=Trouble.HTML), NOW).trouble == "html-instead-of-xml"


TOLD = [
    *(t.value for t in Trouble),
    *("frozen", "no-bodies", "no-key", "shut-out", "dns", "no-connection", "timeout", "robots", "robots-unreachable"),
    *("private-address", "host-paused", "no-address", "challenge", "tls-certificate-verify-failed", "article-timeout"),
]


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("trouble", TOLD)
def test_every_trouble_is_told_in_words(trouble: str, language: str) -> None:
    told = in_words(trouble, Wording(language), NOW)  # type: ignore[arg-type]  # one of two words
    assert told != trouble
    assert "{" not in told


def test_a_paused_host_says_what_made_it_pause() -> None:
    assert in_words("host-paused:dns", Wording("en")) == "this host is paused for now (DNS: no such host)"


def test_an_unforeseen_reason_is_told_as_it_is() -> None:
    assert in_words("no-such-reason", Wording("ko")) == "no-such-reason"


def test_every_status_is_told_by_its_number_and_in_words() -> None:
    say = Wording("en")
    assert in_words("http-404", say) == "HTTP 404: no such address, it may have moved"
    assert in_words("article-http-418", say) == "a sample article could not be had: HTTP 418: does not take our request"
    assert [in_words(f"http-{status}", say).partition(":")[0] for status in (206, 304, 403, 503, 999)] == [
        "HTTP 206", "HTTP 304", "HTTP 403", "HTTP 503", "HTTP 999"]


def test_every_reason_that_the_handbook_lists_has_words() -> None:
    rows = Path("docs/fetching.md").read_text(encoding="utf-8").split("## How a request can end")[1].split("\n## ")[0]
    cells = [row.split(" | ")[1] for row in rows.splitlines() if row.startswith("| `")]
    reasons = re.findall(r"`([a-z-]+(?:\d+|5xx|…)?)`", " ".join(cells).replace("`retry`", ""))
    assert len(reasons) > 30
    for reason in (each.replace("5xx", "503").replace("-…", "-port") for each in reasons):
        assert in_words(reason, Wording("ko")) != reason


@pytest.mark.parametrize(
    ("body", "family"),
    [
        (b'<a href="/news/articleView.html?idxno=1">', "ndsoft"), (b'<meta name="generator" content="Rhymix">', "rhymix"),
        (b'<a href="/bbs/board.php?bo_table=news">', "gnuboard"), (b'<script id="fusion-metadata">', "arc"),
        (b'<link href="/wp-content/themes/x.css">', "wordpress"), (b"<p>plain</p>", ""),
    ],
)  # fmt: skip
def test_the_content_management_system_is_recognised(body: bytes, family: str) -> None:
    assert family_of(body) == family


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ('<title>오늘의 뉴스 - 누리일보</title><meta property="og:site_name" content="누리일보">', "누리일보"),
        ("<html><title> 누리일보 | 세상을 읽다 </title>", "누리일보"),
        ("<rss><channel><title><![CDATA[새벽일보]]></title>", "새벽일보"),
        ("<p>이름 없음</p>", ""),
    ],
)  # fmt: skip
def test_what_a_site_calls_itself(body: str, title: str) -> None:
    assert title_of(body.encode()) == title
    assert title_of(body.encode("cp949")) == title


def test_feeds_that_a_page_names() -> None:
    body = (
        b'<link rel="alternate" type="application/rss+xml" href="/rss/all.xml?a=1&amp;b=2"><link rel="stylesheet" href="/x.css">'
        b'<a href="https://rss.a.kr/economy.xml">RSS</a><a href="/rss/index.html">RSS</a><a href="/about">about</a>'
    )
    assert named_in(body, "https://a.kr/") == ("/rss/all.xml?a=1&b=2", "https://rss.a.kr/economy.xml", "/rss/index.html")


def test_guesses_begin_with_what_the_system_usually_has() -> None:
    assert guesses(b'"/news/articleList.html"', "https://a.kr/x/y")[:2] == (
        "https://a.kr/rss/allArticle.xml",
        "https://a.kr/sitemap.xml",
    )


def test_a_sitemap_of_menus_is_no_find_and_a_list_only_the_last_resort() -> None:
    bare = Found(links=(Link(href="https://a.kr/about"), Link(href="https://a.kr/help")))
    assert sighted("https://a.kr/sitemap.xml", bare, b"<urlset>", is_list=False) is None
    feed = sighted("https://a.kr/rss", found(timedelta(0)), b"<rss>", is_list=False)
    page = sighted("https://a.kr/", found(*[timedelta(0)] * 5), b"<html>", is_list=True)
    assert feed
    assert page
    assert best([page, feed]) == (feed,)
    assert best([page]) == (page,)


def test_a_name_is_made_of_the_host_and_free() -> None:
    assert name_for("https://www.media-today.co.kr/rss", []) == "media_today"
    assert name_for("https://rss.donga.com/total.xml", ["donga", "donga_2"]) == "donga_3"


def test_a_search_without_the_user_s_key_says_which_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOSIK_NAVER_CLIENT_ID", raising=False)
    with pytest.raises(UserError, match="SOSIK_NAVER_CLIENT_ID"):
        naver_headers()
    monkeypatch.setenv("SOSIK_NAVER_CLIENT_ID", "id")
    monkeypatch.setenv("SOSIK_NAVER_CLIENT_SECRET", "key")
    assert naver_headers() == {"X-Naver-Client-Id": "id", "X-Naver-Client-Secret": "key"}
