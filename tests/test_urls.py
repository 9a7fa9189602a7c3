"""Addresses: total, byte-exact in the request, one key for one article."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.urls import (
    Address,
    IdentityRule,
    UrlFault,
    UrlRefusal,
    clean_url,
    complaint,
    registrable_domain,
    rules_of,
    shipped_rules,
)


def cleaned(text: str, base: str | None = None) -> Address:
    address = clean_url(text, base)
    assert isinstance(address, Address), address
    return address


def fault(text: str, base: str | None = None) -> UrlFault:
    refusal = clean_url(text, base)
    assert isinstance(refusal, UrlRefusal), refusal
    return refusal.fault


# ------------------------------------------------------------------ laws

PIECES = st.sampled_from(
    ["http://", "https://", "HTTP:", "//", "/", "\\", "@", ":", "[", "]", "?", "&", "=", "#", "%", "%zz", "%C1%DF", "%2e%2e",
     "..", ".", "a.kr", "m.yna.co.kr", "한글.kr", "중국 AI", "idxno=12", "utm_source=x", ";jsessionid=A", "javascript:", "\x00",
     "\n", "\u3000", "\ud800", "127.1", "::1", "99999", "document_srl=7", "/news/articleView.html", "xn--", "ＷＷＷ.a.kr"]
)
JOINED = st.lists(PIECES, max_size=10).map("".join)
TEXTS = st.one_of(st.text(max_size=80), JOINED, JOINED.map("https://a.kr/".__add__))


@given(TEXTS, st.one_of(st.none(), TEXTS))
def test_any_text_gives_an_address_or_a_reason(text: str, base: str | None) -> None:
    assert isinstance(clean_url(text, base), Address | UrlRefusal)


@given(TEXTS)
def test_cleaning_an_address_again_changes_nothing(text: str) -> None:
    address = clean_url(text)
    if isinstance(address, Address):
        assert clean_url(address.url) == address


@given(TEXTS)
def test_the_key_is_an_address_whose_key_it_is_itself(text: str) -> None:
    address = clean_url(text)
    if isinstance(address, Address):
        assert cleaned(address.key).key == address.key


@given(TEXTS)
def test_a_request_is_plain_ascii_and_its_host_is_what_a_socket_gets(text: str) -> None:
    address = clean_url(text)
    if isinstance(address, Address):
        assert address.url.isascii()
        assert address.url.isprintable()
        assert " " not in address.url
        parts = urlsplit(address.url)
        assert parts.hostname == address.host
        assert parts.username is None
        assert (parts.port or {"http": 80, "https": 443}[parts.scheme]) == address.port


# ------------------------------------------------------------------ the request


def test_bytes_that_are_already_encoded_stay_as_they_are() -> None:
    url = "https://www.example.co.kr/search?sc_word=%C1%DF%b1%b9&z=1&a=2"
    assert cleaned(url).url == url


def test_hangul_and_spaces_are_encoded_for_the_request() -> None:
    assert cleaned("https://a.kr/뉴스?q=중국 AI").url == "https://a.kr/%EB%89%B4%EC%8A%A4?q=%EC%A4%91%EA%B5%AD%20AI"


def test_the_trailing_slash_is_requested_but_is_no_identity() -> None:
    with_slash, without = cleaned("https://www.example.com/economy/"), cleaned("https://www.example.com/economy")
    assert with_slash.url.endswith("/")
    assert with_slash.key == without.key


def test_http_stays_http_in_the_request_and_is_one_with_https_in_the_key() -> None:
    address = cleaned("http://rss.edaily.co.kr/edaily_news.xml")
    assert address.url.startswith("http://")
    assert address.key == cleaned("https://rss.edaily.co.kr/edaily_news.xml").key


def test_international_names_become_ascii() -> None:
    assert cleaned("http://한국.한국/기사").url == "http://xn--3e0b707e.xn--3e0b707e/%EA%B8%B0%EC%82%AC"


def test_a_relative_link_is_joined_to_its_page() -> None:
    assert cleaned("../view?no=3", "https://a.kr/list/page").url == "https://a.kr/view?no=3"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", UrlFault.EMPTY), (" \n", UrlFault.EMPTY), ("/news/1", UrlFault.RELATIVE), ("//a.kr/1", UrlFault.RELATIVE),
        ("javascript:void(0)", UrlFault.SCHEME), ("file:///etc/passwd", UrlFault.SCHEME), ("mailto:a@b.kr", UrlFault.SCHEME),
        ("data:text/html,x", UrlFault.SCHEME),
        ("https://user:secret@a.kr/", UrlFault.USERINFO),
        ("http://a.kr\\@b.kr/", UrlFault.USERINFO),
        ("http://[::1", UrlFault.MALFORMED),
        ("http:///x", UrlFault.HOST),
        ("http://a b.kr/", UrlFault.HOST),
        ("http://-a.kr/", UrlFault.HOST),
        ("http://a.kr:99999/", UrlFault.PORT),
        ("http://a.kr:0/", UrlFault.PORT),
        ("https://a.kr/" + "a" * 2100, UrlFault.TOO_LONG),
        ("https://a.kr/" + "가" * 300, UrlFault.TOO_LONG),
        ("http://127.1/", UrlFault.MALFORMED),
        ("http://0x7f.0.0.1/", UrlFault.MALFORMED),
        ("http://2130706433/", UrlFault.MALFORMED),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_says_why(text: str, expected: UrlFault) -> None:
    assert fault(text) == expected


def test_a_script_link_on_a_page_is_refused_too() -> None:
    assert fault("javascript:articlePrint('3')", "https://a.kr/") == UrlFault.SCHEME


# ------------------------------------------------------------------ identity


@pytest.mark.parametrize(
    "forms",
    [
        (
            "https://www.yna.co.kr/view/AKR20260203000100017?section=economy/all",
            "http://m.yna.co.kr/view/AKR20260203000100017?site=x",
        ),
        ("https://www.joongang.co.kr/article/25312345", "https://www.joongang.co.kr/amparticle/25312345?utm_source=x"),
        (
            "https://www.hankookilbo.com/news/article/A2025020314050001234",
            "https://m.hankookilbo.com/News/Read/Amp/A2025020314050001234",
        ),
        (
            "https://www.aitimes.com/news/articleView.html?idxno=167000",
            "https://www.aitimes.com/news/articleViewAmp.html?page=2&idxno=167000",
        ),
        (
            "https://unknown.example.kr/news/articleView.html?idxno=9&sc_word=%C1%DF",
            "https://unknown.example.kr/news/articleView.html?idxno=9",
        ),
        (
            "https://rankmore.kr/news/1050182",
            "https://rankmore.kr/index.php?mid=news&document_srl=1050182&page=3",
            "https://rankmore.kr/1050182",
        ),
        ("https://board.example.kr/free?document_srl=77", "https://board.example.kr/index.php?mid=free&page=2&document_srl=77"),
        (
            "https://board.example.kr/bbs/board.php?bo_table=news&wr_id=5&page=2",
            "https://board.example.kr/bbs/board.php?wr_id=5&bo_table=news",
        ),
        (
            "https://n.news.naver.com/mnews/article/011/0004447000?sid=101",
            "https://news.naver.com/main/read.naver?aid=0004447000&oid=011",
        ),
        (
            "https://news.sbs.co.kr/news/endPage.do?news_id=N1007970000&plink=RSSREADER",
            "https://news.sbs.co.kr/amp/news.amp?news_id=N1007970000",
        ),
        (
            "https://www.chosun.com/economy/tech/2026/02/03/ABCDEFGHIJKLMNOPQRSTUVWX23/",
            "https://www.chosun.com/it/2026/02/03/ABCDEFGHIJKLMNOPQRSTUVWX23?outputType=amp",
        ),
        ("https://www.mk.co.kr/news/it/11230000", "https://m.mk.co.kr/amp/11230000"),
        (
            "https://a.kr/x?b=2&a=1",
            "http://A.KR:80/x?a=1&b=2&fbclid=zz#top",
            "https://a.kr/./y/../x;jsessionid=0F?a=1&b=2&PHPSESSID=q",
        ),
        ("https://a.kr/%7euser/%ec%a4%91", "https://a.kr/~user/%EC%A4%91"),
    ],
)  # fmt: skip
def test_the_forms_of_one_article_have_one_key(forms: tuple[str, ...]) -> None:
    assert len({cleaned(form).key for form in forms}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "https://www.aitimes.com/news/articleView.html?idxno=167000",
            "https://www.aitimes.com/news/articleView.html?idxno=167001",
        ),
        ("https://www.aitimes.com/news/articleView.html?idxno=1670", "https://www.aitimes.kr/news/articleView.html?idxno=1670"),
        ("https://www.joongang.co.kr/article/253123450", "https://www.joongang.co.kr/article/25312345"),
        ("https://www.joongang.co.kr/article/2531234567890", "https://www.joongang.co.kr/article/253123456"),
        ("https://a.kr/list?page=1", "https://a.kr/list?page=2"), ("https://a.kr/A", "https://a.kr/a"),
        ("https://m.example.com/a", "https://www.example.com/a"), ("https://a.kr:8080/x", "https://a.kr/x"),
        ("https://a.kr/?q=%C1%DF", "https://a.kr/?q=%EC%A4%91"),
    ],
)  # fmt: skip
def test_different_articles_have_different_keys(one: str, other: str) -> None:
    assert cleaned(one).key != cleaned(other).key


def test_a_site_s_pattern_tells_an_article_from_its_section_page() -> None:
    assert cleaned("https://www.yna.co.kr/view/AKR20260203000100017").is_article
    assert not cleaned("https://www.yna.co.kr/economy/all").is_article


def test_a_rule_of_the_user_s_takes_the_place_of_the_shipped_one() -> None:
    rules = shipped_rules().plus([IdentityRule(id="yna", domains=("yna.co.kr",), keep=("no",))])
    address = clean_url("https://www.yna.co.kr/view/AKR20260203000100017?no=3&x=1", rules=rules)
    assert isinstance(address, Address)
    assert address.key == "https://www.yna.co.kr/view/AKR20260203000100017?no=3"


def test_the_narrowest_domain_decides() -> None:
    rules = rules_of([
        IdentityRule(id="wide", domains=("a.kr",), articles=(r"^https://[^/]+/(?P<id>\d+)",), key="https://wide/{id}"),
        IdentityRule(id="narrow", domains=("biz.a.kr",), articles=(r"^https://[^/]+/(?P<id>\d+)",), key="https://narrow/{id}"),
    ])  # fmt: skip
    narrow, wide = clean_url("https://biz.a.kr/7", rules=rules), clean_url("https://www.a.kr/7", rules=rules)
    assert isinstance(narrow, Address)
    assert isinstance(wide, Address)
    assert (narrow.key, wide.key) == ("https://narrow/7", "https://wide/7")


def test_no_shipped_rule_is_at_fault() -> None:
    rules = [rule for group in (*shipped_rules().by_domain.values(), shipped_rules().any_host) for rule in group]
    assert len(rules) > 40
    assert [complaint(rule) for rule in rules if complaint(rule)] == []


def test_a_rule_whose_key_names_no_group_is_explained() -> None:
    assert "{nr}" in complaint(IdentityRule(id="x", articles=(r"/(?P<id>\d+)",), key="https://a.kr/{nr}"))
    assert "regular expression" in complaint(IdentityRule(id="x", articles=("(",), key=""))


# ------------------------------------------------------------------ sites


@pytest.mark.parametrize(
    ("host", "domain"),
    [("m.yna.co.kr", "yna.co.kr"), ("yna.co.kr", "yna.co.kr"), ("v.daum.net", "daum.net"), ("paper.localhost", "paper.localhost"),
     ("m.paper.localhost", "paper.localhost"), ("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("co.kr", "co.kr")],
)  # fmt: skip
def test_registrable_domain(host: str, domain: str) -> None:
    assert registrable_domain(host) == domain
