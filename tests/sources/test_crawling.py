"""Spiders against a real server: what is new is fetched once, and every end is on record."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crawler.spiders.base import ArticleSpider
from pipelines.clock import now, stored
from pipelines.store.frontier import Waiting
from tests.sources.crawling import Crawls
from tests.sources.press_site import PressSite, Reply

SOURCE = '[[source]]\nname = "press"\ntitle = "누리일보"\nhosts = ["press.localhost"]\n'
ROBOTS = b"User-agent: *\nDisallow: /news/10006\n"
Configured = Callable[..., Path]


def feed(site: PressSite, *items: tuple[str, str, str]) -> str:
    """An RSS feed of (path, title, pubDate)."""
    rows = "".join(f"<item><title>{t}</title><link>{site.url(p)}</link><pubDate>{d}</pubDate></item>" for p, t, d in items)
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>누리일보</title>{rows}</channel></rss>'


def sitemap(site: PressSite, *items: tuple[str, str, str]) -> str:
    rows = "".join(
        f"<url><loc>{site.url(p)}</loc><news:news><news:publication_date>{d}</news:publication_date>"
        f"<news:title>{t}</news:title></news:news></url>"
        for p, t, d in items
    )
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{rows}</urlset>'


def publish(site: PressSite, *paths: str) -> None:
    for path in paths:
        site.put(path, f"<html><body><p>{path} 기사 본문입니다.</p></body></html>")


def rows(config: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(config.parent / "sosik.db")) as connection:
        return connection.execute(sql).fetchall()


def paths(crawled: Any) -> list[str]:
    return sorted("/" + page["url"].split("/", 3)[3] for page in crawled.pages)


def test_a_feed_brings_its_articles_once_with_press_and_hints(site: PressSite, configured: Configured, crawls: Crawls) -> None:
    publish(site, "/news/10001", "/news/10002")
    site.put(
        "/rss", feed(site, ("/news/10001", "첫 기사", "2026-11-20 09:00:00"), ("/news/10002", "둘째 기사", "")), "application/xml"
    )
    config = configured(SOURCE + 'feeds = ["{site}/rss"]')
    first = crawls.crawl("press", config)
    assert paths(first) == ["/news/10001", "/news/10002"]
    one = next(page for page in first.pages if page["url"].endswith("10001"))
    assert (one["press"], one["source"], one["hint"]["title"]) == ("누리일보", "press", "첫 기사")
    assert one["hint"]["published"] == "2026-11-20 00:00:00+00:00"
    assert crawls.crawl("press", config).pages == []
    assert site.asked("/news/10001") == 1


def test_an_article_is_the_same_whatever_its_feed_says_of_its_guid_time_and_tracking(
    site: PressSite, configured: Configured, crawls: Crawls
) -> None:
    publish(site, "/news/10001")
    config = configured(SOURCE + 'feeds = ["{site}/rss"]')
    found = []
    for number in range(3):
        item = (f"/news/10001?utm_source=rss{number}", "첫 기사", "Fri, 20 Nov 2026 00:00:00 GMT")
        text = feed(site, item).replace("</item>", f"<guid isPermaLink='false'>{number}</guid><views>{number}</views></item>")
        site.put("/rss", text, "application/xml")
        found.append(len(crawls.crawl("press", config).pages))
    assert found == [1, 0, 0]


def test_an_unchanged_feed_is_asked_for_conditionally_and_unconditionally_now_and_then(
    site: PressSite, configured: Configured, crawls: Crawls
) -> None:
    publish(site, "/news/10001")
    site.put("/rss", feed(site, ("/news/10001", "기사", "")), "application/xml", etag='"v1"')
    config = configured(SOURCE + 'feeds = ["{site}/rss"]')
    for _ in range(11):
        crawls.crawl("press", config)
    sent = [each.headers.get("if-none-match") for each in site.log if each.target == "/rss"]
    assert sent == [None, *['"v1"'] * 9, None]
    assert rows(config, "SELECT polls, status, links, trouble FROM endpoint") == [(11, 200, 1, "")]


def test_validators_of_a_refused_body_are_not_trusted(site: PressSite, configured: Configured, crawls: Crawls) -> None:
    publish(site, "/news/10001")
    config = configured(SOURCE + 'feeds = ["{site}/rss"]')
    site.put("/rss", "<html><title>점검 중</title></html>", etag='"same"')
    crawls.crawl("press", config)
    assert rows(config, "SELECT etag, trouble FROM endpoint") == [("", "html-instead-of-xml")]
    assert rows(config, "SELECT trouble FROM source_run") == [("",)]
    site.put("/rss", feed(site, ("/news/10001", "기사", "")), "application/xml", etag='"same"')
    assert paths(crawls.crawl("press", config)) == ["/news/10001"]


def test_a_feed_that_fails_is_on_record_and_the_others_are_crawled(
    site: PressSite, configured: Configured, crawls: Crawls
) -> None:
    publish(site, "/news/10001")
    site.put("/good", feed(site, ("/news/10001", "기사", "")), "application/xml")
    config = configured(SOURCE + 'feeds = ["{site}/gone", "{site}/good"]')
    crawled = crawls.crawl("press", config)
    assert (paths(crawled), crawled.finish, crawled.errors) == (["/news/10001"], "finished", [])
    assert rows(config, "SELECT status, trouble FROM endpoint ORDER BY url") == [(404, "http-404"), (200, "")]
    assert rows(config, "SELECT failures, trouble FROM source_run") == [(0, "")]


def test_a_source_none_of_whose_addresses_answers_is_in_trouble_and_asked_more_rarely(
    site: PressSite, configured: Configured, crawls: Crawls
) -> None:
    config = configured(SOURCE + 'feeds = ["{site}/gone"]')
    crawls.crawl("press", config)
    waited = "unixepoch(next_due_at) - unixepoch(last_run_at) BETWEEN 1200 AND 1260"
    assert rows(config, f"SELECT failures, trouble, interval_s, {waited} FROM source_run") == [(1, "http-404", 600, 1)]


def test_a_source_that_announces_articles_and_denies_them_all_is_in_trouble(
    site: PressSite, configured: Configured, crawls: Crawls
) -> None:
    paths_denied = [f"/news/1000{i}" for i in range(6)]
    for path in paths_denied:
        site.put(path, "<title>403</title>", status=403)
    site.put("/rss", feed(site, *((path, f"기사 {path}", "") for path in paths_denied)), "application/xml")
    config = configured(SOURCE + 'feeds = ["{site}/rss"]')
    crawls.crawl("press", config)
    assert rows(config, "SELECT failures, trouble, last_success_at IS NULL FROM source_run") == [(1, "denied", 1)]
    assert sum(asked.target in paths_denied for asked in site.log) == 5, "the fifth in a row pauses the host"
    publish(site, *paths_denied)
    hours_pass(config)
    assert paths(crawls.crawl("press", config)) == paths_denied
    assert rows(config, "SELECT failures, trouble, last_success_at IS NULL FROM source_run") == [(0, "", 0)]


@pytest.mark.parametrize("junk", ["javascript:void(0)", "http://[::1", "", "https://user:pw@press.localhost/x"])
def test_one_bad_link_never_loses_the_next(site: PressSite, configured: Configured, crawls: Crawls, junk: str) -> None:
    publish(site, "/news/10001", "/news/10002")
    text = feed(site, ("/news/10001", "앞", ""), ("/JUNK", "나쁜 것", ""), ("/news/10002", "뒤", ""))
    site.put("/rss", text.replace(site.url("/JUNK"), junk), "application/xml")
    assert paths(crawls.crawl("press", configured(SOURCE + 'feeds = ["{site}/rss"]'))) == ["/news/10001", "/news/10002"]


def test_a_crawl_that_was_cut_off_is_resumed(site: PressSite, configured: Configured, crawls: Crawls) -> None:
    publish(site, *(f"/news/1000{i}" for i in range(5)))
    site.put("/rss", feed(site, *((f"/news/1000{i}", f"기사 {i}", "") for i in range(5))), "application/xml", etag='"v1"')
    config = configured(SOURCE + 'feeds = ["{site}/rss"]')
    assert len(crawls.crawl("press", config, limit="2").pages) == 2
    assert rows(config, "SELECT state, count(*) FROM address GROUP BY 1 ORDER BY 1") == [("done", 2), ("pending", 3)]
    assert len(crawls.crawl("press", config).pages) == 3
    assert max(site.asked(f"/news/1000{i}") for i in range(5)) == 1


def test_every_end_of_an_article_is_an_outcome(site: PressSite, configured: Configured, crawls: Crawls) -> None:
    publish(site, "/news/10001")
    site.replies |= {
        "/news/10002": Reply(status=500), "/news/10003": Reply(status=404), "/news/10004": Reply(status=403),
        "/news/10005": Reply(status=302, location="http://10.0.0.1/"), "/robots.txt": Reply(body=ROBOTS),
    }  # fmt: skip
    site.put("/rss", feed(site, *((f"/news/1000{i}", f"기사 {i}", "") for i in range(1, 7))), "application/xml")
    config = configured(SOURCE + 'feeds = ["{site}/rss"]')
    crawls.crawl("press", config)
    assert rows(config, "SELECT substr(url, -1), state, outcome, reason FROM address ORDER BY 1") == [
        ("1", "done", "stored", ""), ("2", "retry", "retry", "http-500"), ("3", "retry", "gone", "http-404"),
        ("4", "retry", "denied", "http-403"), ("5", "done", "forbidden", "port"), ("6", "done", "robots", "robots"),
    ]  # fmt: skip


def hours_pass(config: Path) -> None:
    """All that waits for a time is due."""
    with closing(sqlite3.connect(config.parent / "sosik.db", isolation_level=None)) as connection:
        connection.execute("UPDATE address SET next_try_at = '2026-01-01T00:00:00Z', discovered_at = '2026-01-01T00:00:00Z'")
        connection.execute("UPDATE host SET paused_until_epoch = 0")


def test_an_article_that_is_announced_before_it_can_be_had_is_fetched_later(
    site: PressSite, configured: Configured, crawls: Crawls
) -> None:
    site.put("/rss", feed(site, ("/news/10001", "기사", "")), "application/xml", etag='"v1"')
    config = configured(SOURCE + 'feeds = ["{site}/rss"]')
    assert crawls.crawl("press", config).pages == []
    publish(site, "/news/10001")
    hours_pass(config)
    assert paths(crawls.crawl("press", config)) == ["/news/10001"]


def test_what_the_first_crawl_finds_is_silent_also_what_it_leaves_over(
    site: PressSite, configured: Configured, crawls: Crawls
) -> None:
    old = [f"/news/1000{i}" for i in range(6)]
    publish(site, "/news/20001", *old)
    site.put("/rss", feed(site, *((path, "옛 기사", "") for path in old)), "application/xml")
    config = configured(SOURCE + 'feeds = ["{site}/rss"]')
    crawls.crawl("press", config, limit="1")
    site.put("/rss", feed(site, ("/news/20001", "새 기사", "")), "application/xml")
    crawls.crawl("press", config)
    assert rows(config, "SELECT is_silent, state, count(*) FROM address GROUP BY 1, 2") == [(0, "done", 1), (1, "done", 6)]


def test_news_is_asked_for_before_what_nobody_is_told() -> None:
    news = Waiting(key="k", url="http://a.kr/1", source="a")
    silent, told = (ArticleSpider("a").article_request(replace(news, is_silent=is_silent)) for is_silent in (True, False))
    assert silent.priority < told.priority


def test_a_user_who_wants_to_be_told_of_the_first_crawl_is(site: PressSite, configured: Configured, crawls: Crawls) -> None:
    publish(site, "/news/10001")
    site.put("/rss", feed(site, ("/news/10001", "기사", "")), "application/xml")
    config = configured(SOURCE + 'feeds = ["{site}/rss"]', more='[alerts]\nfirst_crawl = "tell"\n')
    crawls.crawl("press", config)
    assert rows(config, "SELECT is_silent FROM address") == [(0,)]


def test_a_limited_back_fill_is_silent_and_leaves_nothing_for_the_crawls_that_come(
    site: PressSite, configured: Configured, crawls: Crawls
) -> None:
    old = [f"/news/1000{i}" for i in range(5)]
    publish(site, "/news/20001", *old)
    site.put("/rss", feed(site, ("/news/20001", "새 기사", "")), "application/xml")
    config = configured(SOURCE + 'feeds = ["{site}/rss"]\nsitemaps = ["{site}/map-{yyyymmdd}.xml"]')
    crawls.crawl("press", config)
    items = ((path, f"옛 기사 {path}", f"2026-01-01T0{i}:00:00+09:00") for i, path in enumerate(old))
    site.put("/map-20260101.xml", sitemap(site, *items), "application/xml")
    day = {"since": "2026-01-01", "until": "2026-01-01"}
    assert len(crawls.crawl("press", config, limit="2", **day).pages) == 2
    assert rows(config, "SELECT is_silent, state FROM address WHERE key LIKE '%/1000_'") == [(1, "done")] * 2
    assert crawls.crawl("press", config).pages == []
    assert len(crawls.crawl("press", config, **day).pages) == 3, "the day was not read to its end"


def test_a_news_sitemap_index_leads_to_what_changed_lately(site: PressSite, configured: Configured, crawls: Crawls) -> None:
    publish(site, "/news/10001", "/news/10002")
    old = "2019-01-01T00:00:00+09:00"
    children = {"/old.xml": old, "/map.xml": "", "/new.xml.gz": stored(now())}
    named = "".join(f"<sitemap><loc>{site.url(path)}</loc><lastmod>{at}</lastmod></sitemap>" for path, at in children.items())
    site.put("/map.xml", f"<sitemapindex>{named}</sitemapindex>", "application/xml")
    site.put("/new.xml.gz", gzip.compress(sitemap(site, ("/news/10001", "새 기사", "")).encode()), "application/gzip")
    site.put("/old.xml", sitemap(site, ("/news/10002", "옛 기사", old)), "application/xml")
    config = configured(SOURCE + 'sitemaps = ["{site}/map.xml"]')
    assert paths(crawls.crawl("press", config)) == ["/news/10001"]
    assert (site.asked("/old.xml"), site.asked("/map.xml")) == (0, 1)


def board(site: PressSite, page: int) -> Reply:
    """A Rhymix board of three pages, a notice on each, the newest post first."""
    pinned = '<tr class="notice"><td>공지</td><td><a href="/free/90001">운영 원칙을 알려드립니다</a></td><td>2020.01.01</td></tr>'
    posts = "".join(
        f'<tr><td>{i}</td><td class="title"><a href="/free/{10000 + i}">게시판에 올라온 글 번호 {i}</a> '
        f'<a href="/free/{10000 + i}#comment">[3]</a></td><td>2026.11.{i:02d}</td></tr>'
        for i in range(18 - 6 * page + 5, 18 - 6 * page - 1, -1)
        if i > 0
    )
    return Reply(body=f"<html><body><table>{pinned}{posts if page <= 3 else ''}</table></body></html>".encode())


def test_back_fill_turns_the_pages_of_a_board_until_the_first_day(
    site: PressSite, configured: Configured, crawls: Crawls
) -> None:
    site.replies["/free"] = lambda target: board(site, int(target.partition("page=")[2] or 1))
    publish(site, "/free/90001", *(f"/free/{10000 + i}" for i in range(1, 24)))
    config = configured(SOURCE + 'lists = ["{site}/free?page={page}"]')
    crawled = crawls.crawl("press", config, since="2026-11-08", until="2026-11-15")
    assert paths(crawled) == [f"/free/{10000 + i}" for i in range(8, 16)]
    assert site.asked("/free?page=4") == 0
    assert crawls.crawl("press", config, since="2026-11-08", until="2026-11-15").pages == []


def test_back_fill_reads_dated_sitemaps_and_does_not_ask_twice_for_a_day_that_is_over(
    site: PressSite, configured: Configured, crawls: Crawls
) -> None:
    for day in range(1, 4):
        path = f"/news/2026110{day}001"
        publish(site, path)
        site.put(
            f"/map/2026110{day}.xml", sitemap(site, (path, f"{day}일 기사", f"2026-11-0{day}T10:00:00+09:00")), "application/xml"
        )
    config = configured(SOURCE + 'sitemaps = ["{site}/map/{yyyymmdd}.xml"]')
    crawled = crawls.crawl("press", config, since="2026-11-01", until="2026-11-03")
    assert len(crawled.pages) == 3
    assert crawls.crawl("press", config, since="2026-11-01", until="2026-11-03").pages == []
    assert [site.asked(f"/map/2026110{day}.xml") for day in (1, 2, 3)] == [1, 1, 1]


def test_a_limited_back_fill_asks_for_no_more_days_than_it_needs_and_passes_days_that_fail(
    site: PressSite, configured: Configured, crawls: Crawls
) -> None:
    for day in (10, 9, 7, 6, 5):  # the 8th is missing
        path = f"/news/202611{day:02d}001"
        publish(site, path)
        site.put(f"/map/202611{day:02d}.xml", sitemap(site, (path, f"{day}일 기사", f"2026-11-{day:02d}T10:00:00+09:00")))
    config = configured(SOURCE + 'sitemaps = ["{site}/map/{yyyymmdd}.xml"]')
    crawled = crawls.crawl("press", config, since="2026-01-01", until="2026-11-10", limit="3")
    assert paths(crawled) == ["/news/20261107001", "/news/20261109001", "/news/20261110001"]
    assert sum(each.target.startswith("/map/") for each in site.log) <= 7
    rest = crawls.crawl("press", config, since="2026-11-05", until="2026-11-10")
    assert paths(rest) == ["/news/20261105001", "/news/20261106001"]


def test_what_a_back_fill_left_out_is_found_by_the_next_poll(site: PressSite, configured: Configured, crawls: Crawls) -> None:
    publish(site, "/news/10001", "/news/10002")
    items = (("/news/10001", "옛 기사", "2026-11-02 09:00:00"), ("/news/10002", "요즘 기사", "2026-11-20 09:00:00"))
    site.put("/rss", feed(site, *items), "application/xml", etag='"1"')
    config = configured(SOURCE + 'feeds = ["{site}/rss"]')
    assert paths(crawls.crawl("press", config, since="2026-11-01", until="2026-11-10")) == ["/news/10001"]
    assert paths(crawls.crawl("press", config)) == ["/news/10002"]
    assert paths(crawls.crawl("press", config, since="2026-11-01")) == []


def test_a_calendar_without_end_ends_at_the_budget(site: PressSite, configured: Configured, crawls: Crawls) -> None:
    def endless(target: str) -> Reply:
        page = int(target.partition("page=")[2] or 1)
        links = "".join(f'<li><a href="/c/{page}{i:05d}">끝없이 이어지는 달력의 글 {i}</a></li>' for i in range(3))
        return Reply(body=f"<html><body><ul>{links}</ul></body></html>".encode())

    site.replies["/calendar"] = endless
    config = configured(SOURCE + 'lists = ["{site}/calendar?page={page}"]', more="requests_per_host = 12\n")
    crawled = crawls.crawl("press", config)
    assert crawled.finish == "finished"
    assert len(site.log) == 12  # robots.txt is one of them
    budget = rows(config, "SELECT count(*) FROM address WHERE outcome = 'budget' AND reason = 'host-budget' AND tries = 0")
    assert budget[0][0] > 0


def test_addresses_typed_by_hand_are_fetched_even_when_known(site: PressSite, configured: Configured, crawls: Crawls) -> None:
    publish(site, "/news/10001")
    config = configured(SOURCE + 'feeds = ["{site}/rss"]')
    for _ in range(2):
        crawled = crawls.crawl("addresses", config, urls=site.url("/news/10001"))
        assert [(page["source"], page["press"]) for page in crawled.pages] == [("", "")]
    assert site.asked("/news/10001") == 2


def test_the_address_of_a_feed_brings_its_articles(site: PressSite, configured: Configured, crawls: Crawls) -> None:
    publish(site, "/news/10001")
    site.put("/rss", feed(site, ("/news/10001", "기사", "")), "text/html")
    config = configured(SOURCE + 'feeds = ["{site}/none"]')
    crawled = crawls.crawl("addresses", config, urls=site.url("/rss"))
    assert [(page["hint"]["title"], page["source"]) for page in crawled.pages] == [("기사", "press.localhost")]


def test_an_address_that_is_known_keeps_its_source_press_and_hint_when_it_is_typed(
    site: PressSite, configured: Configured, crawls: Crawls
) -> None:
    publish(site, "/news/10001")
    site.put("/rss", feed(site, ("/news/10001", "기사", "")), "application/xml")
    config = configured(SOURCE + 'feeds = ["{site}/rss"]')
    crawls.crawl("press", config)
    (page,) = crawls.crawl("addresses", config, urls=site.url("/news/10001")).pages
    assert (page["source"], page["press"], page["hint"]["title"]) == ("press", "누리일보", "기사")


def test_a_limit_holds_for_the_articles_of_a_typed_feed_and_the_next_crawl_of_it_goes_on(
    site: PressSite, configured: Configured, crawls: Crawls
) -> None:
    every = [f"/news/1000{i}" for i in range(5)]
    publish(site, *every)
    site.put("/rss", feed(site, *((path, "기사", "") for path in every)), "application/xml")
    config = configured(SOURCE + 'feeds = ["{site}/none"]')
    assert len(crawls.crawl("addresses", config, urls=site.url("/rss"), limit="2").pages) == 2
    assert rows(config, "SELECT count(*) FROM address") == [(2,)], "what was not asked for does not wait"
    site.replies["/news/10003"] = Reply(status=500)
    assert len(crawls.crawl("addresses", config, urls=site.url("/rss")).pages) == 2
    publish(site, "/news/10003")
    hours_pass(config)
    assert paths(crawls.crawl("addresses", config, urls=site.url("/rss"))) == ["/news/10003"]


def test_a_typed_feed_that_failed_does_not_wait_once_it_has_answered(
    site: PressSite, configured: Configured, crawls: Crawls
) -> None:
    site.replies["/rss"] = Reply(status=500)
    config = configured(SOURCE + 'feeds = ["{site}/none"]')
    crawls.crawl("addresses", config, urls=site.url("/rss"))
    assert rows(config, "SELECT state FROM address") == [("retry",)]
    site.put("/rss", feed(site), "application/xml")
    crawls.crawl("addresses", config, urls=site.url("/rss"))
    assert rows(config, "SELECT count(*) FROM address") == [(0,)]


def test_an_address_that_cannot_be_followed_is_an_outcome_too(configured: Configured, crawls: Crawls) -> None:
    config = configured(SOURCE + 'feeds = ["{site}/none"]')
    assert crawls.crawl("addresses", config, urls="ftp://a.kr/x").pages == []
    assert rows(config, "SELECT url, outcome, reason FROM address") == [("ftp://a.kr/x", "forbidden", "scheme")]


def test_bytes_of_an_address_go_out_as_they_stand(site: PressSite, configured: Configured, crawls: Crawls) -> None:
    target = "/news/view.asp?sc_word=%C1%DF%b1%b9&no=10001&b=2&a=1"
    publish(site, target)
    config = configured(SOURCE + 'feeds = ["{site}/none"]')
    crawls.crawl("addresses", config, urls=site.url(target))
    assert site.asked(target) == 1


def test_a_source_with_a_prefilter_fetches_only_what_a_topic_could_match(
    site: PressSite, configured: Configured, crawls: Crawls
) -> None:
    publish(site, "/news/10001", "/news/10002", "/news/10003")
    items = (
        ("/news/10001", "딥시크, 새 추론 모형 R2 공개", ""),
        ("/news/10002", "프로야구 개막전 매진", ""),
        ("/news/10003", "", ""),
    )
    site.put("/rss", feed(site, *items), "application/xml")
    config = configured(SOURCE + 'prefilter = true\nfeeds = ["{site}/rss"]')
    assert paths(crawls.crawl("press", config)) == ["/news/10001", "/news/10003"]


def test_a_kill_between_answer_and_books_loses_no_link(site: PressSite, configured: Configured, crawls: Crawls) -> None:
    """The links and the validators of a poll are written together: either both are there or the feed is read again."""
    publish(site, "/news/10001")
    site.put("/rss", feed(site, ("/news/10001", "기사", "")), "application/xml", etag='"1"')
    config = configured(SOURCE + 'feeds = ["{site}/rss"]')
    crawls.crawl("press", config, limit="0")
    kept = rows(config, "SELECT e.etag, a.state FROM endpoint e, address a")
    assert kept == [('"1"', "pending")] or kept == []
    assert len(crawls.crawl("press", config).pages) == 1


def test_an_endless_tree_of_sitemaps_ends_at_the_budget(site: PressSite, configured: Configured, crawls: Crawls) -> None:
    def endless(target: str) -> Reply:
        children = "".join(f"<sitemap><loc>{site.url(f'{target}{i}.xml')}</loc></sitemap>" for i in range(9))
        return Reply(body=f"<sitemapindex>{children}</sitemapindex>".encode(), content_type="application/xml")

    site.otherwise = lambda target: endless(target) if target.startswith("/map") else Reply(status=404)
    config = configured(SOURCE + 'sitemaps = ["{site}/map"]')
    assert crawls.crawl("press", config).finish == "finished"
    assert 5 <= sum(each.target.startswith("/map") for each in site.log) <= 25
    assert ("budget",) in rows(config, "SELECT trouble FROM endpoint")


def test_a_path_that_grows_out_of_itself_is_not_followed(site: PressSite, configured: Configured, crawls: Crawls) -> None:
    publish(site, "/news/10001")
    site.put("/rss", feed(site, ("/a/b/a/b/a/b/10001", "덫", ""), ("/news/10001", "기사", "")), "application/xml")
    config = configured(SOURCE + 'feeds = ["{site}/rss"]')
    assert paths(crawls.crawl("press", config)) == ["/news/10001"]
    assert rows(config, "SELECT outcome, reason FROM address WHERE url LIKE '%/a/b/%'") == [("forbidden", "trap")]


def test_copies_by_session_and_campaign_are_one_article(site: PressSite, configured: Configured, crawls: Crawls) -> None:
    publish(site, "/news/10001")
    copies = [f"/news/10001;jsessionid={i}?utm_source=s{i}&amp;PHPSESSID={i}" for i in range(30)]
    site.put("/rss", feed(site, *((path, "기사", "") for path in copies)), "application/xml")
    site.replies[copies[0].replace("&amp;", "&")] = Reply(body=b"<p>1</p>")
    crawled = crawls.crawl("press", configured(SOURCE + 'feeds = ["{site}/rss"]'))
    assert len(crawled.pages) == 1
    assert crawled.pages[0]["requested_url"].endswith("/news/10001;jsessionid=0?utm_source=s0&PHPSESSID=0")


def test_without_its_key_a_search_api_is_in_trouble_and_nothing_breaks(configured: Configured, crawls: Crawls) -> None:
    config = configured(SOURCE + 'naver_search = true\nqueries = ["중국 AI"]')
    crawled = crawls.crawl("press", config)
    assert (crawled.finish, crawled.errors) == ("finished", [])
    assert rows(config, "SELECT trouble FROM source_run") == [("no-key",)]


def test_a_defect_of_ours_is_on_record_and_not_hidden(site: PressSite, configured: Configured, crawls: Crawls) -> None:
    publish(site, "/news/10001")
    site.put("/rss", feed(site, ("/news/10001", "기사", ""), ("/news/defect/10002", "결함", "")), "application/xml")
    config = configured(SOURCE + 'feeds = ["{site}/defect", "{site}/rss"]')
    crawled = crawls.crawl("press", config)
    assert paths(crawled) == ["/news/10001"]
    assert len(crawled.errors) == 2
    assert rows(config, "SELECT state, outcome, reason FROM address WHERE url LIKE '%defect%'") == [
        ("retry", "broken", "ZeroDivisionError")
    ]
    assert rows(config, "SELECT trouble FROM endpoint ORDER BY url") == [("ZeroDivisionError",), ("",)]
