"""Section pages and boards: which links are articles, what their headlines and times are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.discovery import Found, Trouble, find
from crawler.sources import Endpoint, Way
from pipelines.clock import KST

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def look(html: str, base: str = "https://www.example.kr/news/list", links: str = "") -> Found:
    endpoint = Endpoint(url=base, way=Way.LIST, links=links)
    return find(html.encode(), "text/html; charset=utf-8", endpoint=endpoint, base=base, now=NOW)


MENU = (
    '<nav><a href="/">홈</a><a href="/economy">경제</a><a href="/login?back=12345">회원 로그인 하러 가기</a>'
    '<a href="/about/20261122">회사 소개를 여기에서 보세요</a></nav>'
)


def test_a_rhymix_board_gives_posts_without_reply_counts_and_marks_its_notices() -> None:
    rows = "".join(
        f'<tr><td class="no">{i}</td><td class="title"><a href="/news/105{i:04d}?page=2">게시판에 옮겨 온 기사 제목 {i}번</a>'
        f' <a href="/news/105{i:04d}#comment" class="replyNum">[{i}]</a></td><td class="time">2026.11.{i:02d}</td></tr>'
        for i in (21, 20, 19)
    )
    notice = '<tr class="notice"><td>공지</td><td><a href="/news/90000">이용 규칙을 읽어 주세요</a></td><td>2019.01.01</td></tr>'
    found = look(f"<html><body><a href='/'>홈</a><table>{notice}{rows}</table></body></html>", "https://rankmore.kr/news")
    assert [link.href[-5:] for link in found.links if link.is_pinned] == ["90000"]
    posts = [link for link in found.links if not link.is_pinned]
    assert [link.title for link in posts] == [f"게시판에 옮겨 온 기사 제목 {i}번" for i in (21, 20, 19)]
    assert posts[0].published == datetime(2026, 11, 21, tzinfo=KST)


def test_a_gnuboard_list_by_its_query() -> None:
    rows = "".join(
        f'<li><a href="/bbs/board.php?bo_table=news&amp;wr_id={i}&amp;page=1">소식을 전하는 글 {i} <span>댓글 3개</span></a></li>'
        for i in range(5, 8)
    )
    found = look(
        f"<ul>{rows}</ul><a href='/bbs/board.php?bo_table=news&amp;page=2'>다음 페이지로 넘어가기</a>",
        "https://g.example.kr/bbs/",
    )
    assert [link.title for link in found.links] == ["소식을 전하는 글 5", "소식을 전하는 글 6", "소식을 전하는 글 7"]


def test_an_ndsoft_list_takes_the_headline_and_not_the_picture_or_the_lead() -> None:
    rows = "".join(
        f'<div class="list-block"><div class="list-image"><a href="/news/articleView.html?idxno={i}"><img></a></div>'
        f'<div class="list-titles"><a href="/news/articleView.html?idxno={i}"><b>새 모형을 내놓은 기업 {i}</b></a></div>'
        f'<div class="list-dated">IT | 김기자 | 2026-11-22 1{i}:05</div></div>'
        for i in (0, 1)
    )
    found = look(rows, "https://www.nd.example.kr/news/articleList.html")
    assert [link.title for link in found.links] == ["새 모형을 내놓은 기업 0", "새 모형을 내놓은 기업 1"]


def test_the_headline_of_a_card_is_its_heading() -> None:
    cards = "".join(
        f'<article><a href="/view/2026112200{i:03d}"><em>단독</em><h3>카드에 담긴 기사의 제목 {i}</h3><p>본문의 첫머리.</p>'
        f"<time datetime='2026-11-22T0{i}:00:00+09:00'>방금</time></a></article>"
        for i in range(3)
    )
    found = look(MENU + cards)
    assert [link.title for link in found.links] == [f"카드에 담긴 기사의 제목 {i}" for i in range(3)]
    assert found.links[1].published == datetime(2026, 11, 22, 1, tzinfo=KST)


def test_a_selector_decides_where_one_is_given() -> None:
    html = (
        '<div class="newsPost"><div class="assetText"><a href="/view/?no=20261122000001">짧음</a></div></div>'
        '<a href="/view/?no=20261122000002">다른 곳에 있는 긴 제목의 링크</a>'
    )
    found = look(html, "https://zdnet.co.kr/news/", links=".newsPost .assetText > a")
    assert [link.title for link in found.links] == ["짧음"]


def test_where_a_site_s_patterns_are_known_only_articles_count() -> None:
    html = (
        '<a href="https://www.yna.co.kr/view/AKR20261122000100017">짧은 제목</a>'
        '<a href="https://www.yna.co.kr/economy/20261122/all">경제 뉴스를 모두 모아 보는 곳입니다</a>'
    )
    found = look(html, "https://www.yna.co.kr/economy")
    assert [link.title for link in found.links] == ["짧은 제목"]


def test_links_to_other_sites_and_menus_are_no_articles() -> None:
    others = "".join(
        f'<a href="https://ads.example.com/click/{10000 + i}">지금 바로 확인하는 특별한 혜택 {i}</a>' for i in range(9)
    )
    found = look(MENU + others + '<a href="/view/20261122001">하나뿐인 이 사이트의 기사</a>')
    assert [link.title for link in found.links] == ["하나뿐인 이 사이트의 기사"]


def test_base_href_counts() -> None:
    html = '<base href="https://www.example.kr/deep/"><a href="view/12345">기준 주소가 따로 있는 글</a>'
    assert look(html).links[0].href == "https://www.example.kr/deep/view/12345"


@pytest.mark.parametrize("html", ["", "<html><body><p>목록이 없습니다.</p></body></html>", MENU])
def test_a_page_without_articles_says_so(html: str) -> None:
    assert look(html).trouble in (Trouble.NO_LINKS, Trouble.EMPTY)


def test_relative_times_are_counted_from_now() -> None:
    rows = "".join(f'<li><a href="/view/12340{i}">방금 올라온 기사의 제목 {i}</a><span>{i}분 전</span></li>' for i in (1, 2, 3))
    assert look(f"<ul>{rows}</ul>").links[1].published == datetime(2026, 11, 22, 2, 58, tzinfo=UTC)


def test_what_holds_hundreds_of_pictures_is_no_row_though_it_holds_few_letters() -> None:
    pictures = "".join(f'<a href="/view/1234{i:04d}"><img src="{i}.jpg"></a>' for i in range(300))
    titled = '<a href="/view/12340001">그림으로 된 목록에 하나뿐인 제목</a>'
    found = look(f"<ul><li>{titled}{pictures}<span>2026.11.20</span></li></ul>")
    assert len(found.links) == 300
    assert {link.published for link in found.links} == {None}, "one day is not that of all"
