"""Pages built, or broken, so that readers fail: always an article or a reasoned refusal, in bounded time."""

from __future__ import annotations

import random
import time

import pytest

from pipelines.article import Article, Refusal, RefusalReason
from pipelines.read import decode, read_page
from pipelines.read.blocks import LINES_MAX
from tests.read.fuzz import mutated, run
from tests.read.pages import page

TEXT = [
    "가람반도체가 차세대 메모리 양산 시점을 반년 앞당기기로 했다고 3일 밝혔다.",
    "회사는 충북 청주 신공장에 장비를 들여놓기 시작했으며 오는 12월 시험 가동에 들어간다고 설명했다.",
    "업계에서는 이번 결정으로 시장 점유율 경쟁이 더 치열해질 것으로 내다본다. 증권가도 투자가 늘 것으로 추산했다.",
    "다만 원자재 가격이 오르고 있어 수익성이 나아지기까지는 시간이 걸릴 것이라는 전망도 나온다.",
]
ARTICLE = "<h1>가람반도체, 메모리 양산 앞당긴다</h1><article>" + "".join(f"<p>{t}</p>" for t in TEXT) + "</article>"
URL = "https://www.example-daily.kr/articles/90123"


def read(html: str | bytes, content_type: str = "text/html; charset=utf-8") -> Article | Refusal:
    body = html if isinstance(html, bytes) else html.encode("utf-8", "surrogatepass")
    return read_page(page(URL, body, content_type))


def whole(inside: str, *, before: str = "") -> str:
    return f"<!DOCTYPE html><html><head><meta charset=utf-8><title>가람</title>{before}</head><body>{inside}</body></html>"


HARMLESS = {
    "400 nested tags before the article": "<div>" * 400 + ARTICLE + "</div>" * 400,
    "1,500 nested tags around it": "<div>" * 1500 + ARTICLE,
    "a script of 4 MB": f"<script>var x='{'가' * 1_300_000}'</script>" + ARTICLE,
    "a reference to a non-character": ARTICLE.replace("업계", "업&#xFFFE;계&#65535;&#0;"),
    "non-characters and NUL": ARTICLE.replace("업계", "\ufffe업\x00계\uffff\ufdd0"),
    "a lone surrogate": ARTICLE.replace("업계", "업\ud800계"),
    "an undefined entity": ARTICLE.replace("업계", "업계&undefined;&;&#;&#x;"),
    "unclosed tags": ARTICLE.replace("</p>", "").replace("</article>", "") + "<b><i><a href='x'><p",
    "300 attributes on a tag": f"<p {' '.join(f'a{i}=1' for i in range(300))}></p>" + ARTICLE,
    "JSON-LD nested 5,000 deep": f'<script type="application/ld+json">{"[" * 5000}{"]" * 5000}</script>' + ARTICLE,
    "wrong JSON-LD types": '<script type="application/ld+json">{"@type":["NewsArticle",7],"headline":9,"author":[[[[3]]]],'
                           '"datePublished":{"a":1},"articleBody":[1],"publisher":"x"}</script>' + ARTICLE,
    "an impossible date": '<meta property="article:published_time" content="2025-13-45T99:99:99">' + ARTICLE,
    "a foreign processing instruction": "<?php echo 1 ?><?xml version='1.0' encoding='utf-16'?>" + ARTICLE,
    "comments that never end": ARTICLE + "<!-- " + "x" * 10_000,
}


@pytest.mark.parametrize("case", HARMLESS)
def test_the_article_survives(case: str) -> None:
    result = read(whole(HARMLESS[case]))
    assert isinstance(result, Article), result
    assert [p.replace("\ufffd", "").replace("&undefined;&;&#;&#x;", "") for p in result.paragraphs] == TEXT


HOSTILE = {
    "40,000 attributes on a tag": (f"<p {' '.join(f'a{i}=1' for i in range(40_000))}>x</p>", RefusalReason.HOSTILE),
    "40,000 attributes with marks inside": (
        "<p " + " ".join(f'a{i}=">"' for i in range(40_000)) + ">x</p>", RefusalReason.HOSTILE),
    "500,000 tags": ("<p>가</p>" * 250_000, RefusalReason.HOSTILE),
    "500,000 line breaks": ("가<br>" * 500_000, RefusalReason.HOSTILE),
    "a text of 10 MB in one node": ("<p>" + "가" * 10_000_000 + "</p>", RefusalReason.HOSTILE),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_pages_built_to_break_readers_are_refused_at_once(case: str) -> None:
    html, reason = HOSTILE[case]
    start = time.process_time()
    result = read(whole(html))
    assert isinstance(result, Refusal)
    assert result.reason is reason
    assert time.process_time() - start < 2  # hazards P1 allows five seconds; what is refused unread takes far less


HEAVY = {
    "100,000 nested tags": "<div>" * 100_000 + ARTICLE,
    "30,000 paragraphs": "".join(f"<p>{i}번째 문단이 이어진다고 그는 말했다.</p>" for i in range(30_000)),
    "20,000 links": "".join(f"<a href='/n/{i}'>다른 소식의 제목 {i}번째 줄이 여기에 있다</a>" for i in range(20_000)),
    "20,000 unclosed links": "<a href=x>소식 하나가 여기에 있다" * 20_000,
    "20,000 unclosed bold tags": "<b>소식" * 20_000,
    "dates without end": "<p>" + "2025.02.03 14:05 " * 50_000 + "</p>",
    "mails without end": "<p>" + "a@b.co.kr " * 50_000 + "</p>" + ARTICLE,
    "one word of 2 MB": "<p>" + "가" * 2_000_000 + "</p>",
    "one line of names": "<p>" + "홍길동 김철수 기자 " * 50_000 + "</p>",
    "brackets without end": "<p>" + "[(" * 200_000 + "</p>",
    "copyright without end": "<p>" + "무단전재 " * 100_000 + "</p>",
    "a title of 1 MB": f"<h1>{'가나다 - ' * 200_000}</h1>" + ARTICLE,
    "sentences that never stop": "<p>" + "그는 말했다. " * 100_000 + "</p>",
}


@pytest.mark.parametrize("case", HEAVY)
def test_heavy_pages_end_within_their_deadline(case: str) -> None:
    start = time.process_time()
    result = read(whole(HEAVY[case]))
    assert isinstance(result, Article | Refusal)
    assert time.process_time() - start < 5  # hazards P1; within 1.5 where it was measured
    if isinstance(result, Article):
        assert len(result.text) <= 200_000
        assert len(result.title) <= 300


def test_a_text_without_end_is_read_up_to_a_length_and_flagged() -> None:
    endless = ARTICLE.replace("</article>", "".join(f"<p>{i}번째 문단이 이어진다고 그는 말했다.</p>" for i in range(30_000)))
    result = read(whole(endless, before='<meta property="article:published_time" content="2025-02-03T14:05:00+09:00">'))
    assert isinstance(result, Article)
    assert list(result.paragraphs[:4]) == TEXT
    assert 4_000 < len(result.paragraphs) <= LINES_MAX
    assert "cut" in [str(f) for f in result.flags]


CHARSETS = {
    "cp949 without any label": (whole(ARTICLE).replace("<meta charset=utf-8>", ""), "cp949", "text/html"),
    "cp949 that claims utf-8": (whole(ARTICLE), "cp949", "text/html"),
    "cp949 under a utf-8 header": (whole(ARTICLE), "cp949", "text/html; charset=UTF-8"),
    "utf-8 that claims euc-kr": (whole(ARTICLE).replace("charset=utf-8", "charset=euc-kr"), "utf-8", "text/html"),
    "utf-8 under an iso-8859-1 header": (whole(ARTICLE), "utf-8", "text/html; charset=ISO-8859-1"),
    "utf-16 with its mark": (whole(ARTICLE), "utf-16", "text/html"),
    "utf-16 without its mark": (whole(ARTICLE), "utf-16-le", "text/html"),
    "a codec that is none": (whole(ARTICLE).replace("charset=utf-8", "charset=zlib_codec"), "utf-8", "text/html; charset=idna"),
    "syllables outside KS X 1001": (whole(ARTICLE.replace("가람반도체", "똠펲뷁반도체")), "cp949", "text/html; charset=euc-kr"),
}


@pytest.mark.parametrize("case", CHARSETS)
def test_the_real_charset_is_found_whatever_is_claimed(case: str) -> None:
    html, codec, content_type = CHARSETS[case]
    result = read(html.encode(codec), content_type)
    assert isinstance(result, Article), result
    assert result.paragraphs[1:] == tuple(TEXT[1:])
    assert "반도체" in result.title


def test_one_bad_byte_does_not_change_the_charset() -> None:
    body = whole(ARTICLE).encode().replace("수익성".encode(), b"\xff" + "수익성".encode())
    assert decode(body, "text/html").encoding == "utf-8"
    result = read(body)
    assert isinstance(result, Article)
    assert result.paragraphs[0] == TEXT[0]


def test_a_body_cut_inside_a_letter_and_a_sentence_is_flagged() -> None:
    result = read(whole(ARTICLE).encode().partition("전망도".encode())[0][:-1])
    assert isinstance(result, Article)
    assert "cut" in [str(f) for f in result.flags]


def test_utf_7_is_refused_and_never_read_as_text() -> None:
    result = read(b"<html><meta charset=utf-7><p>+rABZAKwAVQCsAFUA-</p></html>", "text/html; charset=utf-7")
    assert isinstance(result, Refusal)
    assert result.reason is RefusalReason.UNREADABLE


def test_bytes_of_no_charset_are_refused() -> None:
    result = read(random.Random(7).randbytes(5000))
    assert isinstance(result, Refusal)
    assert result.reason is RefusalReason.UNREADABLE


NO_PAGES = (b"", b" \n ", b"%PDF-1.7 ...", b"\x89PNG\r\n", b"\x00" * 100, b"<", b"<html>", b"<!--", b"&#xFFFE;")


@pytest.mark.parametrize("body", NO_PAGES)
def test_what_is_no_page_is_refused(body: bytes) -> None:
    assert isinstance(read(body, "text/html"), Refusal)


def test_hidden_text_never_reaches_the_article() -> None:
    stuffing = "<p style='display: none'>중국 인공지능 반도체 수출 규제가 강화됐다.</p>"
    result = read(whole(ARTICLE.replace("</article>", f"{stuffing}</article>")))
    assert isinstance(result, Article)
    assert result.paragraphs == tuple(TEXT)


def test_a_foreign_canonical_address_is_not_believed() -> None:
    result = read(whole(ARTICLE, before='<link rel="canonical" href="https://other.example.com/a/1">'))
    assert isinstance(result, Article)
    assert result.canonical_url is None


def test_five_hundred_mutated_pages_are_read_without_a_crash() -> None:
    assert run(count=500, seed=20261122) == {}


def test_mutations_change_pages() -> None:
    bodies = {mutated(b"<html><body><p>" + "가나다".encode() * 50 + b"</p></body></html>", seed) for seed in range(20)}
    assert len(bodies) > 15


ADDRESSES = ("", "http://[::1", "//", "https://a.kr:port/1", "file:///tmp/1.html", "https://" + "a" * 5000, "뉴스")


@pytest.mark.parametrize("url", ADDRESSES)
def test_any_address_will_do(url: str) -> None:
    assert isinstance(read_page(page(url, whole(ARTICLE).encode())), Article)
