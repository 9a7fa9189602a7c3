"""Feeds as publishers really write them: every entry with a link survives, times are right, nothing raises."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery import Found, Trouble, find
from crawler.discovery.found import ENTRIES_MAX
from crawler.sources import Endpoint, Way
from pipelines.clock import KST

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)  # noon in Seoul
FEED = Endpoint(url="https://rss.example.kr/all.xml", way=Way.FEED)


def look(body: bytes | str, content_type: str = "application/xml", now: datetime = NOW) -> Found:
    raw = body if isinstance(body, bytes) else body.encode()
    return find(raw, content_type, endpoint=FEED, base=FEED.url, now=now)


def rss(*items: str, head: str = '<?xml version="1.0" encoding="utf-8"?>') -> str:
    return f'{head}<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>한빛일보</title>{"".join(items)}</channel></rss>'


def item(number: int, title: str = "제목", date: str = "", more: str = "") -> str:
    when = f"<pubDate>{date}</pubDate>" if date else ""
    return f"<item><title>{title}</title><link>https://www.example.kr/news/{number}</link>{when}{more}</item>"


def hrefs(found: Found) -> list[str]:
    return [link.href.rsplit("/", 1)[-1] for link in found.links]


# ------------------------------------------------------------------ kinds


def test_rss_2_gives_link_title_summary_and_time() -> None:
    found = look(
        rss(
            item(
                1,
                "반도체 &amp; 배터리",
                "Sun, 22 Nov 2026 11:30:00 +0900",
                "<description>&lt;b&gt;요약&lt;/b&gt; 글</description>",
            )
        )
    )
    (link,) = found.links
    assert (link.href, link.title, link.summary) == ("https://www.example.kr/news/1", "반도체 & 배터리", "요약 글")
    assert link.published == datetime(2026, 11, 22, 2, 30, tzinfo=UTC)


def test_links_and_titles_in_cdata() -> None:
    body = rss("<item><title><![CDATA[R&D 예산 <축소>]]></title><link><![CDATA[https://www.example.kr/news/7]]></link>"
               "<pubDate><![CDATA[2026-11-22 11:00:00]]></pubDate></item>")  # fmt: skip
    (link,) = look(body).links
    assert (link.href, link.title) == ("https://www.example.kr/news/7", "R&D 예산")
    assert link.published == datetime(2026, 11, 22, 11, 0, tzinfo=KST)


def test_rss_1_and_dc_date() -> None:
    body = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>보안</title></channel>'
        "<item><title>취약점</title><link>https://www.example.kr/news/3</link><dc:date>2026-11-22T10:00:00+09:00</dc:date></item></rdf:RDF>"
    )
    (link,) = look(body).links
    assert (link.title, link.published) == ("취약점", datetime(2026, 11, 22, 1, 0, tzinfo=UTC))


def test_atom_takes_the_alternate_link_and_the_time_of_change() -> None:
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>새벽</title><entry><title type="html">속보 &amp;amp; 종합</title>'
        '<link rel="self" href="https://www.example.kr/atom/5"/><link rel="alternate" href="https://www.example.kr/news/5"/>'
        "<published>2026-11-21T09:00:00+09:00</published><updated>2026-11-22T09:00:00+09:00</updated></entry></feed>"
    )
    (link,) = look(body).links
    assert (link.href, link.title) == ("https://www.example.kr/news/5", "속보 & 종합")
    assert link.published == datetime(2026, 11, 21, 0, 0, tzinfo=UTC)
    assert link.modified == datetime(2026, 11, 22, 0, 0, tzinfo=UTC)


def test_json_feed() -> None:
    body = (
        '{"version": "https://jsonfeed.org/version/1.1", "title": "한빛", "items": [{"id": "1", "url": "https://www.example.kr/news/9",'
        ' "title": "새 모형", "date_published": "2026-11-22T11:00:00"}]}'
    )
    (link,) = look(body, "application/feed+json").links
    assert (link.href, link.title, link.published) == (
        "https://www.example.kr/news/9",
        "새 모형",
        datetime(2026, 11, 22, 11, tzinfo=KST),
    )


# ------------------------------------------------------------------ slips


@pytest.mark.parametrize(
    "written",
    [
        "https://a.kr/view?a=1&amp;b=2",
        "https://a.kr/view?a=1&b=2",
        "https://a.kr/view?a=1&amp;amp;b=2",
        "\n  https://a.kr/view?a=1&amp;b=2 ",
    ],
)
def test_an_address_is_read_however_it_was_escaped(written: str) -> None:
    (link,) = look(rss(f"<item><title>글</title><link>{written}</link></item>")).links
    assert link.href == "https://a.kr/view?a=1&b=2"


def test_without_a_link_the_permanent_id_is_taken() -> None:
    (link,) = look(rss('<item><title>글</title><guid isPermaLink="true">https://a.kr/2</guid></item>')).links
    assert link.href == "https://a.kr/2"


@pytest.mark.parametrize(
    ("slip", "title"),
    [
        ("LG & 삼성", "LG & 삼성"), ("AT&T 분기 실적", "AT&T 분기 실적"), ("하나&nbsp;둘 &middot; 셋", "하나 둘 · 셋"),
        ("제어\x0b문자\x00와 \x1f", "제어문자와"), ("&#x3131; &#0; &bogus;", "ㄱ &bogus;"),
    ],
)  # fmt: skip
def test_slips_in_a_title_cost_no_entry(slip: str, title: str) -> None:
    found = look(rss(item(1, "앞"), item(2, slip), item(3, "뒤")))
    assert hrefs(found) == ["1", "2", "3"]
    assert found.links[1].title == title


@pytest.mark.parametrize(
    "broken",
    [
        "<item><title>안 닫힌 <b>굵은 글</title><link>https://www.example.kr/news/2</link></item>",
        "<item><title>설명이 열린 채</title><link>https://www.example.kr/news/2</link><description><div><table></item>",
        "<item><title>끝이 없는 항목</title><link>https://www.example.kr/news/2</link>",
        "<item><title><![CDATA[반쪽 ]] > 시디</title><link>https://www.example.kr/news/2</link></item>",
        "<item><title>잘못 닫음</titel><link>https://www.example.kr/news/2</link></item>",
    ],
)
def test_a_broken_entry_costs_at_most_itself(broken: str) -> None:
    found = look(rss(item(1), broken, item(3), item(4)))
    assert set(hrefs(found)) >= {"1", "3", "4"}


def test_a_cut_feed_gives_the_entries_that_are_there() -> None:
    body = rss(*(item(i) for i in range(1, 6)))
    assert hrefs(look(body[: body.index("news/5") + 3]))[:4] == ["1", "2", "3", "4"]


def test_a_doctype_is_thrown_away_with_its_entities() -> None:
    bomb = (
        '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">'
        '<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    )
    found = look(rss(item(1, "&b; &x;"), item(2), head=bomb))
    assert hrefs(found) == ["1", "2"]
    assert "aaaa" not in found.links[0].title
    assert "root" not in found.links[0].title


def test_a_text_that_begins_like_an_address_is_not_fetched() -> None:
    assert look("http://127.0.0.1:9/never").trouble is Trouble.NOT_UNDERSTOOD  # a socket would be blocked, and the test fail


# ------------------------------------------------------------------ charsets

KOREAN = rss(item(1, "똠방각하, 펲시와 뷁을 쓰다"), head="")


@pytest.mark.parametrize(
    ("declared", "codec", "content_type"),
    [
        ("euc-kr", "cp949", "text/xml"), ("EUC-KR", "cp949", "text/xml; charset=utf-8"), ("utf-8", "cp949", "application/xml"),
        ("euc-kr", "utf-8", "text/xml; charset=euc-kr"), ("", "cp949", ""), ("utf-8", "utf-8-sig", ""),
        ("ks_c_5601-1987", "cp949", ""),
        ("utf-16", "utf-16", "application/xml"),
    ],
)  # fmt: skip
def test_what_the_bytes_are_counts_and_not_what_they_claim(declared: str, codec: str, content_type: str) -> None:
    head = f"<?xml version=\"1.0\" encoding='{declared}'?>" if declared else ""
    (link,) = look((head + KOREAN).encode(codec), content_type).links
    assert link.title == "똠방각하, 펲시와 뷁을 쓰다"


def test_one_bad_byte_does_not_turn_a_feed_into_another_charset() -> None:
    body = rss(item(1, "중국 인공지능 기업이 새 모형을 내놓았다"), item(2, "둘째")).encode()
    bad = body.replace("기업이".encode(), "기업".encode() + b"\xec\x9d")
    found = look(bad)
    assert found.links[1].title == "둘째"
    assert found.links[0].title.startswith("중국 인공지능 기업")


# ------------------------------------------------------------------ times


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026-11-22 09:05:00", datetime(2026, 11, 22, 9, 5, tzinfo=KST)),
        ("2026-11-22T09:05:00+09:00", datetime(2026, 11, 22, 9, 5, tzinfo=KST)),
        ("2026-11-22T00:05:00Z", datetime(2026, 11, 22, 9, 5, tzinfo=KST)),
        ("Sun, 22 Nov 2026 00:05:00 GMT", datetime(2026, 11, 22, 9, 5, tzinfo=KST)),
        ("Sun, 22 Nov 2026 09:05:00", datetime(2026, 11, 22, 9, 5, tzinfo=KST)),
        ("Sat, 26 Sept 2026 21:46:23+0900", datetime(2026, 9, 26, 21, 46, 23, tzinfo=KST)),
        ("Sat, 21 November 2026 19:05:00 -0500", datetime(2026, 11, 22, 9, 5, tzinfo=KST)),
        ("2026.11.22 09:05", datetime(2026, 11, 22, 9, 5, tzinfo=KST)),
        ("2026-13-45 99:99:99", None), ("0000-00-00 00:00:00", None), ("어제", None), ("", None),
        ("2036-11-22 09:05:00", None), ("1970-01-01 00:00:00", None),
    ],
)  # fmt: skip
def test_times(written: str, at: datetime | None) -> None:
    assert look(rss(item(1, date=written))).links[0].published == at


def test_a_feed_that_calls_korean_time_utc_is_found_out_by_its_newest_entries() -> None:
    found = look(rss(item(1, date="2026-11-22T11:50:00.000Z"), item(2, date="2026-11-22T01:00:00.000Z")))
    assert [link.published for link in found.links] == [
        datetime(2026, 11, 22, 11, 50, tzinfo=KST), datetime(2026, 11, 22, 1, 0, tzinfo=KST)
    ]  # fmt: skip


def test_one_entry_ahead_of_time_does_not_move_an_honest_feed() -> None:
    dates = ["2026-11-22T09:00:00Z", "2026-11-22T02:50:00Z", "2026-11-22T02:40:00Z", "2026-11-22T02:30:00Z"]
    found = look(rss(*(item(i, date=date) for i, date in enumerate(dates))))
    assert found.links[1].published == datetime(2026, 11, 22, 2, 50, tzinfo=UTC)


def test_an_honest_utc_feed_keeps_its_times() -> None:
    found = look(rss(item(1, date="2026-11-22T02:50:00Z"), item(2, date="2026-11-22T03:05:00Z")))
    assert found.links[0].published == datetime(2026, 11, 22, 2, 50, tzinfo=UTC)


# ------------------------------------------------------------------ sizes and other answers


def test_a_feed_of_a_million_entries_is_cut_in_seconds() -> None:
    body = rss("".join(f"<item><link>https://www.example.kr/news/{i}</link></item>" for i in range(120_000)))
    began = time.monotonic()
    found = look(body)
    assert len(found.links) == ENTRIES_MAX
    assert found.has_more
    assert time.monotonic() - began < 10


def test_an_enormous_description_costs_no_entry() -> None:
    found = look(rss(item(1, more=f"<description>{'가' * 2_000_000}</description>"), item(2)))
    assert hrefs(found) == ["1", "2"]
    assert len(found.links[0].summary) <= 500


@pytest.mark.parametrize(
    ("body", "trouble"),
    [
        ("", Trouble.EMPTY), ("<!DOCTYPE html><html><body>점검 중입니다</body></html>", Trouble.HTML),
        ("서비스가 종료되었습니다", Trouble.NOT_UNDERSTOOD),
        (rss(), Trouble.EMPTY), ('{"error": 1}', Trouble.NOT_UNDERSTOOD), ("<a><b></a>", Trouble.NOT_UNDERSTOOD),
        ("\x1f\x8bbroken", Trouble.UNREADABLE),
    ],
)  # fmt: skip
def test_what_is_no_feed_says_what_it_is(body: str, trouble: Trouble) -> None:
    assert look(body.encode("latin-1") if body.startswith("\x1f") else body).trouble is trouble


def test_entries_without_a_link_are_nothing() -> None:
    assert hrefs(look(rss("<item><title>링크 없음</title></item>", item(2)))) == ["2"]


PIECES = st.sampled_from(
    ["<rss>", "<channel>", "<item>", "</item>", "<title>", "</title>", "<link>", "</link>", "https://a.kr/1", "<![CDATA[", "]]>",
     "&", "&amp;",
     "&nbsp;", "<pubDate>", "2026-11-22", "</pubDate>", "{", '"items":', "[", "<urlset>", "<url>", "<loc>", "</loc>", "<entry>",
     "<feed>", "가",
     "\x00", "<!DOCTYPE", "[", "<?xml", "encoding='euc-kr'?>", "<html>", "<a href='/1'>"]
)  # fmt: skip


@given(
    st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=25).map(lambda p: "".join(p).encode())), st.sampled_from([*Way])
)
def test_no_bytes_raise(body: bytes, way: Way) -> None:
    endpoint = Endpoint(url="https://a.kr/x", way=way)
    assert isinstance(find(body, "text/xml", endpoint=endpoint, base=endpoint.url, now=NOW), Found)


@given(st.integers(-2000, 2000))
def test_no_entry_lies_in_the_far_future(minutes: int) -> None:
    at = NOW + timedelta(minutes=minutes)
    for text in (at.strftime("%Y-%m-%dT%H:%M:%SZ"), at.astimezone(KST).strftime("%Y-%m-%d %H:%M:%S")):
        published = look(rss(item(1, date=text))).links[0].published
        assert published is None or published <= NOW + timedelta(days=1)
