"""The main job, whole: a real crawl of the offline newsroom in a process of its own, checked row by row against pages.toml."""

from __future__ import annotations

import json
from collections import Counter, defaultdict

import pytest

from pipelines.clock import stored
from pipelines.delivery import OVERTAKEN
from tests.end_to_end.desk import ARTICLES, EXPECTED, TOLD, Crawled
from tests.newsroom.site import Row, table

FURNITURE = (
    "무단", "저작권자", "Copyright", "글자크기", "메뉴 건너뛰기", "랭크뉴스", "많이 본", "주요뉴스", "제보는", "조회 수",
    "뉴진스", "본문 보기를 권장", "@", "송고", "한빛방송")


def name(row: Row) -> str:
    return row.host.removesuffix(".localhost") + row.path


@pytest.mark.parametrize("row", EXPECTED, ids=name)
def test_every_address_ends_in_its_outcome(crawled: Crawled, row: Row) -> None:
    url = crawled.desk.newsroom.url(row.host, row.path)
    found = crawled.desk.rows("SELECT * FROM address WHERE url = ?", url)
    assert [each["outcome"] for each in found] == [row.expect.outcome]
    if row.expect.reason:
        assert found[0]["reason"] == row.expect.reason


@pytest.mark.parametrize("row", ARTICLES, ids=name)
def test_every_article_is_read_whole_and_clean(crawled: Crawled, row: Row) -> None:
    article = crawled.desk.article(row)
    assert article["family"] == row.expect.family
    assert article["title"] == row.title
    assert article["published_at"] == stored(row.at)
    assert article["press"] == next(site.press for site in table().host if site.host == row.host)
    assert article["text"].startswith(row.expect.first)
    assert article["text"].endswith(row.expect.last)
    assert not [furniture for furniture in FURNITURE if furniture in article["text"]]


@pytest.mark.parametrize("row", [r for r in ARTICLES if r.expect.byline or r.expect.origin], ids=name)
def test_bylines_and_origins_are_found(crawled: Crawled, row: Row) -> None:
    article = crawled.desk.article(row)
    reporters = json.loads(article["byline"]).get("reporters", [])
    if row.expect.byline:
        assert [f"{r['name']} {r['role']}" for r in reporters] == [row.expect.byline]
    if row.expect.origin:
        assert article["origin"] == row.expect.origin


@pytest.mark.parametrize("row", ARTICLES, ids=name)
def test_every_article_has_its_level(crawled: Crawled, row: Row) -> None:
    found = crawled.desk.rows("SELECT * FROM match WHERE article_id = ?", crawled.desk.article(row)["id"])
    assert [each["level"] for each in found] == ([row.expect.level] if row.expect.level != "no" else [])
    for each in found:
        assert each["sentence"] in f"{row.title}\n{crawled.desk.article(row)['text']}"
        assert json.loads(each["evidence"])


def test_articles_are_grouped_into_the_stories_that_they_tell(crawled: Crawled) -> None:
    stories = defaultdict(set)
    for row in ARTICLES:
        stories[crawled.desk.article(row)["story_id"]].add(row.expect.story)
    assert sorted(map(sorted, stories.values())) == sorted([story] for story in {row.expect.story for row in ARTICLES})


def test_what_came_later_is_a_copy_or_an_update_of_what_came_first(crawled: Crawled) -> None:
    stories: dict[str, list[Row]] = defaultdict(list)
    for row in ARTICLES:
        stories[row.expect.story].append(row)
    relation = {row: crawled.desk.article(row)["relation"] for row in ARTICLES}
    for rows in stories.values():
        (opening,) = (row for row in rows if not relation[row])
        later = [row for row in rows if row.at > opening.at]
        assert [relation[row] for row in later] == [row.expect.relation for row in later]


def test_the_original_publisher_tells_the_story_not_the_portal(crawled: Crawled) -> None:
    canonical = crawled.desk.rows("SELECT press FROM article JOIN story ON canonical_article_id = article.id WHERE articles > 1")
    assert {row["press"] for row in canonical} == {"한국일보", "서울경제", "가온통신", "랭크뉴스"}


def test_each_matched_story_is_told_once(crawled: Crawled) -> None:
    assert crawled.send.returncode == 0
    threads = [mail.message for mail in crawled.mails if not mail.message["References"]]
    assert len(threads) == len(TOLD) == len({m["Message-ID"] for m in threads})
    assert all(mail.recipients == ("analyst@example.org",) for mail in crawled.mails)
    left = crawled.desk.rows("SELECT DISTINCT trouble FROM delivery WHERE state <> 'sent'")
    assert [row["trouble"] for row in left] in ([], [OVERTAKEN]), "a story and its update of one crawl are one mail"


def test_a_mail_quotes_the_sentence_and_links_but_carries_no_whole_body(crawled: Crawled) -> None:
    for delivered in crawled.mails:
        body = delivered.message.get_body(("plain",))
        assert body
        text = body.get_content()
        assert "http://" in text
        assert len(text) < 2500


def test_the_crawl_tells_the_truth_and_ends_well(crawled: Crawled) -> None:
    assert crawled.crawl.returncode == 0, crawled.crawl.stderr
    assert "Traceback" not in crawled.crawl.stderr
    assert "Warning" not in crawled.crawl.stderr


def test_nothing_is_fetched_twice_and_nothing_that_robots_txt_closes(crawled: Crawled) -> None:
    seen = Counter((r.host, r.path) for r in crawled.requests)
    failing = {(row.host, row.path): 2 for row in table().page if row.status >= 500}  # each asked about once more
    assert failing
    assert {key: count for key, count in seen.items() if count > 1} == failing
    assert ("hanbat.localhost", "/members/report-12") not in seen
    for host in {r.host for r in crawled.requests}:
        assert next(r.path for r in crawled.requests if r.host == host) == "/robots.txt"


def test_requests_carry_our_own_name(crawled: Crawled) -> None:
    assert {request.agent.partition("/")[0] for request in crawled.requests} == {"sosik"}
