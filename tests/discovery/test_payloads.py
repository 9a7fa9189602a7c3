"""Lists that are no markup: __NEXT_DATA__, and Naver's Search API."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from crawler.discovery import Found, Trouble, find
from crawler.sources import Endpoint, Way
from pipelines.clock import KST

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def look(body: str, way: Way) -> Found:
    endpoint = Endpoint(url="https://www.example.kr/latest", way=way)
    return find(body.encode(), "text/html", endpoint=endpoint, base=endpoint.url, now=NOW)


def page(payload: object, more: str = "") -> str:
    return f'<html><body>{more}<script id="__NEXT_DATA__" type="application/json">{json.dumps(payload)}</script></body></html>'


def test_a_list_in_next_data() -> None:
    row = {"id": 7, "title": "새 모형 &amp; 반도체", "url": "https://www.example.kr/it/5000007", "pubdate": "2026-11-22 11:00:00",
           "summary": "<p>요약</p>", "author": {"name": "김기자"}}  # fmt: skip
    (link,) = look(
        page({"props": {"pageProps": {"data": [row], "menu": [{"title": "경제", "slug": "economy"}]}}}), Way.NEXT_DATA
    ).links
    assert (link.href, link.title, link.summary) == ("https://www.example.kr/it/5000007", "새 모형 & 반도체", "요약")
    assert link.published == datetime(2026, 11, 22, 11, tzinfo=KST)


def test_other_names_of_the_same_keys() -> None:
    row = {"headline": "다른 이름의 열쇠", "path": "/arti/economy/it/1230000.html", "createDate": "2026-11-22T10:00:00+09:00",
           "updateDate": "2026-11-22T11:00:00+09:00"}  # fmt: skip
    (link,) = look(page({"props": {"list": [row, row]}}), Way.NEXT_DATA).links
    assert link.href == "/arti/economy/it/1230000.html"
    assert link.modified == datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def test_without_a_payload_the_page_s_own_links_are_taken() -> None:
    rows = "".join(f'<a href="/news/500000{i}">페이로드 없이도 보이는 기사 {i}</a>' for i in range(3))
    assert len(look(f"<html><body>{rows}</body></html>", Way.NEXT_DATA).links) == 3
    assert len(look(page({"props": {}}, rows), Way.NEXT_DATA).links) == 3


@pytest.mark.parametrize("payload", ["{broken", "[" * 5000, "null", "3"])
def test_a_broken_payload_is_no_accident(payload: str) -> None:
    body = f'<script id="__NEXT_DATA__" type="application/json">{payload}</script>'
    assert look(body, Way.NEXT_DATA).trouble in (Trouble.NO_LINKS, Trouble.NOT_UNDERSTOOD)


def naver(*items: dict[str, str]) -> str:
    return json.dumps({"lastBuildDate": "Sun, 22 Nov 2026 12:00:00 +0900", "total": 3, "items": items})


def test_naver_s_api_leads_to_the_publishers() -> None:
    item = {"title": "<b>중국</b> AI &quot;약진&quot;", "originallink": "https://www.aitimes.com/news/articleView.html?idxno=1",
            "link": "https://n.news.naver.com/mnews/article/001/0000000001", "description": "<b>요약</b>입니다",
            "pubDate": "Sun, 22 Nov 2026 11:00:00 +0900"}  # fmt: skip
    (link,) = look(naver(item), Way.NAVER_SEARCH).links
    assert (link.href, link.title, link.summary) == (
        "https://www.aitimes.com/news/articleView.html?idxno=1",
        '중국 AI "약진"',
        "요약입니다",
    )
    assert link.published == datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def test_naver_s_own_pages_are_never_followed() -> None:
    item = {"title": "글", "originallink": "", "link": "https://n.news.naver.com/mnews/article/001/0000000001", "pubDate": ""}
    assert look(naver(item), Way.NAVER_SEARCH).links == ()


def test_naver_s_error_is_not_understood() -> None:
    assert (
        look('{"errorMessage": "Authentication failed", "errorCode": "024"}', Way.NAVER_SEARCH).trouble is Trouble.NOT_UNDERSTOOD
    )
