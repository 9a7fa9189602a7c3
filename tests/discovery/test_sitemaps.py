"""Google-News sitemaps and indexes."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

from crawler.discovery import Found, Trouble, find
from crawler.discovery.found import ENTRIES_MAX
from crawler.sources import Endpoint, Way
from pipelines.clock import KST

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
NEWS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def look(body: bytes | str, content_type: str = "application/xml") -> Found:
    raw = body if isinstance(body, bytes) else body.encode()
    endpoint = Endpoint(url="https://www.example.kr/sitemap/latest-articles", way=Way.SITEMAP)
    return find(raw, content_type, endpoint=endpoint, base=endpoint.url, now=NOW)


def url(number: int, title: str = "제목", date: str = "2026-11-22T11:00:00+09:00", more: str = "") -> str:
    return (
        f"<url><loc>https://www.example.kr/article/{number}</loc>{more}<news:news><news:publication><news:name>한빛</news:name>"
        f"</news:publication><news:publication_date>{date}</news:publication_date><news:title>{title}</news:title></news:news></url>"
    )


def test_title_and_time_of_a_news_sitemap() -> None:
    (link,) = look(f"<urlset {NEWS}>{url(1, '中 반도체 &amp; AI')}</urlset>").links
    assert (link.href, link.title) == ("https://www.example.kr/article/1", "中 반도체 & AI")
    assert link.published == datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def test_a_naive_time_is_korean_and_lastmod_is_the_time_of_change() -> None:
    more = "<lastmod>2026-11-22 11:30:00</lastmod>"
    (link,) = look(f"<urlset {NEWS}>{url(1, date='2026-11-22T11:00:00', more=more)}</urlset>").links
    assert link.published == datetime(2026, 11, 22, 11, 0, tzinfo=KST)
    assert link.modified == datetime(2026, 11, 22, 11, 30, tzinfo=KST)


def test_the_title_is_the_article_s_and_not_its_image_s() -> None:
    image = "<image:image><image:loc>https://img.example.kr/1.jpg</image:loc><image:title>사진 설명</image:title></image:image>"
    body = f'<urlset {NEWS} xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">{url(1, more=image)}</urlset>'
    (link,) = look(body).links
    assert (link.href, link.title) == ("https://www.example.kr/article/1", "제목")


def test_an_index_names_its_children() -> None:
    body = (
        f"<?xml version='1.0' encoding='UTF-8'?><sitemapindex {NEWS}><sitemap><loc>https://www.example.kr/s/1.xml.gz</loc>"
        "<lastmod>2026-11-22T09:00:00+09:00</lastmod></sitemap><sitemap><loc>https://www.example.kr/s/2.xml</loc></sitemap></sitemapindex>"
    )
    found = look(body)
    assert [child.href for child in found.children] == ["https://www.example.kr/s/1.xml.gz", "https://www.example.kr/s/2.xml"]
    assert found.children[0].modified == datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
    assert found.trouble is None


def test_a_gzipped_sitemap_is_unpacked() -> None:
    body = gzip.compress(f"<urlset {NEWS}>{url(1)}</urlset>".encode())
    assert len(look(body, "application/x-gzip").links) == 1


def test_a_bomb_and_a_cut_archive_are_refused() -> None:
    assert look(gzip.compress(b" " * 50_000_000)).trouble is Trouble.UNREADABLE
    assert look(gzip.compress(f"<urlset {NEWS}>{url(1)}</urlset>".encode())[:-20]).trouble is Trouble.UNREADABLE


def test_one_broken_entry_never_loses_the_next() -> None:
    broken = "<url><loc>https://www.example.kr/article/2</loc><news:news><news:title>안 <b>닫힘</news:title></url>"
    found = look(f"<urlset {NEWS}>{url(1)}{broken}{url(3, '쌍용 & 현대')}{url(4)}</urlset>")
    assert [link.href[-1] for link in found.links] == ["1", "2", "3", "4"]
    assert found.links[2].title == "쌍용 & 현대"


def test_prefixes_that_are_never_declared_are_read_all_the_same() -> None:
    (link,) = look(f"<urlset>{url(1, '선언 없는 접두어')}</urlset>").links
    assert link.title == "선언 없는 접두어"


def test_cdata_in_a_sitemap() -> None:
    body = f"<urlset {NEWS}><url><loc><![CDATA[https://www.example.kr/article/1?a=1&b=2]]></loc></url></urlset>"
    assert look(body).links[0].href == "https://www.example.kr/article/1?a=1&b=2"


def test_a_sitemap_in_cp949_that_claims_utf_8() -> None:
    body = f'<?xml version="1.0" encoding="utf-8"?><urlset {NEWS}>{url(1, "똠방각하의 귀환")}</urlset>'.encode("cp949")
    assert look(body).links[0].title == "똠방각하의 귀환"


def test_a_list_of_plain_addresses() -> None:
    found = look("https://www.example.kr/article/1\nhttps://www.example.kr/article/2\n", "text/plain")
    assert len(found.links) == 2


def test_a_feed_at_a_sitemap_s_address_is_read_as_one() -> None:
    body = "<rss><channel><item><title>글</title><link>https://www.example.kr/1</link></item></channel></rss>"
    assert look(body).links[0].title == "글"


def test_more_entries_than_the_cap_are_cut() -> None:
    found = look(f"<urlset {NEWS}>{''.join(url(i) for i in range(ENTRIES_MAX + 50))}</urlset>")
    assert len(found.links) == ENTRIES_MAX
    assert found.has_more


def test_an_empty_sitemap_is_empty() -> None:
    assert look(f"<urlset {NEWS}></urlset>").trouble is Trouble.EMPTY
