"""The newsroom itself: what it serves is what pages.toml says, over real HTTP."""

from __future__ import annotations

import html
import http.client
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.config import load_config
from crawler.sources import load_catalogue
from pipelines.outcome import Outcome
from tests.newsroom import Newsroom
from tests.newsroom.seeds import board_post, portal_page
from tests.newsroom.site import Row, table

ROUNDUP = "/view/AGA20250327009800083"
FEEDS = [(host.host, host.endpoint) for host in table().host]


@pytest.fixture(scope="module")
def standing() -> Iterator[Newsroom]:
    """One for the tests that only look."""
    with Newsroom() as started:
        yield started


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with Newsroom() as started:
        yield started


def get(newsroom: Newsroom, host: str, path: str, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", newsroom.port, timeout=10)
    sent = {"Host": f"{host}:{newsroom.port}"} | {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request("GET", path, headers=sent)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize("row", [row for row in table().page if not row.later], ids=lambda row: row.host + row.path)
def test_every_address_answers_as_its_row_says(standing: Newsroom, row: Row) -> None:
    response, body = get(standing, row.host, row.path)
    assert response.status == row.status
    assert response.headers["Content-Type"] == row.content_type
    assert bool(body) == bool(row.file)
    if row.expect.outcome == "stored":
        text = html.unescape(body.decode(row.encoding))
        assert row.published[:4] in text
        assert all(part[-12:] in text for part in (row.expect.first, row.expect.last))


@pytest.mark.parametrize("endpoint", FEEDS, ids=lambda pair: pair[0])
def test_every_list_and_feed_names_all_articles_of_its_site(standing: Newsroom, endpoint: tuple[str, str]) -> None:
    host, path = endpoint
    _, body = get(standing, host, path)
    listed = [row for row in table().rows(host) if row.title and row.listed and not row.later]
    assert listed
    assert all(row.path in body.decode() for row in listed)


def test_an_unchanged_feed_is_answered_304_by_tag_and_by_date(standing: Newsroom) -> None:
    by_tag, _ = get(standing, "gaon.localhost", "/rss/news.xml")
    by_date, _ = get(standing, "technaru.localhost", "/rss/allArticle.xml")
    assert by_tag.headers["Last-Modified"] is None
    assert by_date.headers["ETag"] is None
    assert get(standing, "gaon.localhost", "/rss/news.xml", If_None_Match=by_tag.headers["ETag"])[0].status == 304
    assert get(standing, "gaon.localhost", "/rss/news.xml", If_None_Match='"other"')[0].status == 200
    modified = by_date.headers["Last-Modified"]
    assert get(standing, "technaru.localhost", "/rss/allArticle.xml", If_Modified_Since=modified)[0].status == 304
    earlier = "Mon, 03 Feb 2025 00:00:00 GMT"
    assert get(standing, "technaru.localhost", "/rss/allArticle.xml", If_Modified_Since=earlier)[0].status == 200


def test_an_edit_changes_the_page_and_its_tag(newsroom: Newsroom) -> None:
    before, old = get(newsroom, "gaon.localhost", ROUNDUP)
    newsroom.edit(ROUNDUP)
    after, new = get(newsroom, "gaon.localhost", ROUNDUP, If_None_Match=before.headers["ETag"])
    assert after.status == 200
    assert "최대 10만 위안" in old.decode()
    assert "최대 100만 위안" in new.decode()


def test_what_comes_later_is_not_there_until_it_is_published(newsroom: Newsroom) -> None:
    (later,) = (row for row in table().page if row.later)
    assert get(newsroom, later.host, later.path)[0].status == 404
    newsroom.publish(later.path)
    assert get(newsroom, later.host, later.path)[0].status == 200
    assert later.path in get(newsroom, later.host, "/rss/news.xml")[1].decode()


def test_requests_are_kept_with_agent_and_time(newsroom: Newsroom) -> None:
    get(newsroom, "gaon.localhost", "/robots.txt", User_Agent="probe/1")
    get(newsroom, "gaon.localhost", "/nothing-here")
    kept, missed = newsroom.requests
    assert (kept.host, kept.path, kept.agent, kept.status) == ("gaon.localhost", "/robots.txt", "probe/1", 200)
    assert missed.status == 404
    assert kept.at <= missed.at


def test_a_name_that_is_no_site_of_ours_gets_404(standing: Newsroom) -> None:
    assert get(standing, "elsewhere.localhost", "/")[0].status == 404


def test_closing_does_not_wait_for_clients_that_keep_their_connection() -> None:
    threads = threading.active_count()
    with Newsroom() as newsroom:
        connection = http.client.HTTPConnection("127.0.0.1", newsroom.port, timeout=10)
        connection.request("GET", "/rss", headers={"Host": "hanbat.localhost"})
        connection.getresponse().read()
    connection.close()
    assert threading.active_count() <= threads


def test_the_board_post_is_the_seed_between_twenty_headlines(standing: Newsroom) -> None:
    _, body = get(standing, "rankmore.localhost", "/news/1050182")
    page = body.decode()
    assert len(board_post().rows) == 20
    assert page.count('<td class="no">') == 20
    assert "» »»»»»" in page
    assert "메뉴 건너뛰기" in page
    _, unrelated = get(standing, "rankmore.localhost", "/news/1050172")
    assert "내 안에 딥시크 있다" in unrelated.decode(), "the same list stands under every post"


def test_the_portal_page_is_the_seed_with_its_furniture(standing: Newsroom) -> None:
    _, body = get(standing, "v.daum.localhost", "/v/20250326174208123")
    page = body.decode()
    for furniture in ("본문 보기를 권장합니다", "이 글자크기로 변경됩니다", "diver@sedaily.com", "Copyright ©", "뉴진스"):
        assert furniture in page
    assert len(portal_page().paragraphs) == 6


def test_the_mislabelled_page_is_not_utf8_whatever_it_claims(standing: Newsroom) -> None:
    response, body = get(standing, "saebyeok.localhost", "/html/2025/03/27/20250327001.html")
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8")
    with pytest.raises(UnicodeDecodeError):
        body.decode("euc-kr")  # 똠 and 펲 lie outside it
    assert "똠얌꿍" in body.decode("cp949")


def test_every_expected_outcome_is_one_that_sosik_knows() -> None:
    expected = {row.expect.outcome for row in table().page if row.expect.outcome}
    assert expected <= set(Outcome)
    assert len(expected) == 6


def test_its_sources_and_settings_are_files_that_sosik_reads(standing: Newsroom, tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text(standing.sources_toml(), encoding="utf-8")
    (tmp_path / "sosik.toml").write_text(standing.config_toml(mail_port=2525), encoding="utf-8")
    config = load_config(tmp_path / "sosik.toml", {})
    assert standing.port in config.fetch.allow_ports
    assert config.mail.port == 2525
    names = [source.name for source in load_catalogue(config).enabled]
    assert names == [host.source for host in table().host]
