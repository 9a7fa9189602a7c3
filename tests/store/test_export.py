"""The forms in which articles leave."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import IO
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import formats
from pipelines.article import Byline, Reporter
from pipelines.record import record
from pipelines.store import exported as exporting
from pipelines.store.database import Store
from pipelines.store.exported import ExportedArticle, exported
from tests.store.making import DEEPSEEK, FOREST, NOW, POLICY, article, match, page, reading


@pytest.fixture
def archive(store: Store) -> Store:
    byline = Byline(reporters=(Reporter(name="홍길동"), Reporter(name="김철수", role="특파원")))
    record(store, reading(article(byline=byline), page("a"), matches=[match()]), now=NOW, policy=POLICY)
    formula = article(
        '=HYPERLINK("https://evil.example";"눈")', FOREST, press="강원일보", subtitle="+1 <b>", tags=("속보", "단독"))
    record(store, reading(formula, page("b")), now=NOW + timedelta(hours=1), policy=POLICY)
    return store


def written(store: Store, write: Callable[[Iterable[ExportedArticle], IO[bytes]], None], **which: object) -> bytes:
    out = io.BytesIO()
    write(exported(store.db.conn, **which), out)  # type: ignore[arg-type]
    return out.getvalue()


def test_json_lines_hold_the_whole_article_and_its_matches(archive: Store) -> None:
    first, second = map(json.loads, written(archive, formats.write_jsonl).decode().splitlines())
    assert first["title"] == "딥시크 새 모델에 반도체 업계 긴장"
    assert first["byline"] == "홍길동 기자, 김철수 특파원"
    assert first["published_at"] == "2025-02-03T04:00:00Z"
    assert first["matches"][0]["topic"] == "china-ai"
    assert first["matches"][0]["terms"] == ["딥시크"]
    assert second["tags"] == ["속보", "단독"]
    assert second["text"] == "\n".join(FOREST)


def test_the_proving_sentence_is_that_of_the_topic_that_was_asked_for(store: Store) -> None:
    both = [match(), replace(match(), topic="prices", sentence="반도체 값이 내렸다.")]
    record(store, reading(article(), page("a"), matches=both), now=NOW, policy=POLICY)
    for topic, sentence in (("china-ai", match().sentence), ("prices", "반도체 값이 내렸다."), (None, match().sentence)):
        (row,) = csv.DictReader(io.StringIO(written(store, formats.write_csv, topic=topic).decode("utf-8-sig"), newline=""))
        assert row["sentence"] == sentence


def test_a_spreadsheet_reads_korean_and_runs_nothing(archive: Store) -> None:
    body = written(archive, formats.write_csv)
    assert body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    assert [row["topics"] for row in rows] == ["china-ai:match", ""]
    assert rows[1]["title"] == "'=HYPERLINK(\"https://evil.example\";\"눈\")"
    assert rows[1]["subtitle"] == "'+1 <b>"
    assert rows[1]["text"] == "\n".join(FOREST)


@given(st.text())
def test_no_cell_begins_as_a_formula(text: str) -> None:
    cell = formats.tamed(text)
    assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\0"))
    assert cell.removeprefix("'") == text or cell == text


def test_parquet_reads_back(archive: Store) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    table = pq.read_table(io.BytesIO(written(archive, formats.write_parquet)))
    assert table.column("id").to_pylist() == [1, 2]
    assert table.column("title").to_pylist()[0] == "딥시크 새 모델에 반도체 업계 긴장"
    assert table.column("related_to").to_pylist() == [None, None]


def test_a_feed_is_newest_first_and_quotes_only(archive: Store) -> None:
    out = io.BytesIO()
    formats.write_rss(exported(archive.db.conn, newest_first=True), out, title="sosik & <눈>")
    channel = ElementTree.fromstring(out.getvalue())[0]  # our own output
    assert channel.findtext("title") == "sosik & <눈>"
    items = channel.findall("item")
    assert [item.findtext("link") for item in items] == ["https://news.example/b", "https://news.example/a"]
    assert items[1].findtext("pubDate") == "Mon, 03 Feb 2025 04:00:00 +0000"
    assert items[1].findtext("description") == DEEPSEEK[0]
    assert all(len(item.findtext("description") or "") <= formats.QUOTE_CHARACTERS for item in items)


def test_a_warc_file_holds_each_page_as_it_was(archive: Store) -> None:
    warc = pytest.importorskip("fastwarc.warc")
    out = io.BytesIO()
    formats.write_warc(archive.archive.pages(archive.db.conn), out)
    records = list(warc.ArchiveIterator(io.BytesIO(out.getvalue()), parse_http=False, verify_digests=True))
    assert [r.headers["WARC-Target-URI"] for r in records] == ["https://news.example/a", "https://news.example/b"]
    assert records[0].headers["WARC-Date"] == "2025-02-03T05:00:00Z"
    assert records[0].reader.read() == b"<p>page</p>"


@pytest.mark.parametrize(("which", "ids"), [
    ({}, [1, 2]), ({"newest_first": True}, [2, 1]), ({"topic": "china-ai"}, [1]), ({"topic": "nosuch"}, []),
    ({"press": "강원일보"}, [2]), ({"since": NOW}, []), ({"until": NOW}, [1, 2]),
])
def test_articles_are_chosen(archive: Store, which: dict[str, object], ids: list[int]) -> None:
    assert [each.id for each in exported(archive.db.conn, **which)] == ids  # type: ignore[arg-type]


def test_any_number_is_written_once_each(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "CHUNK", 4)
    for number in range(11):
        record(store, reading(article(f"{number}번째 소식"), page(f"n{number}")), now=NOW, policy=POLICY)
    for newest_first in (False, True):
        ids = [each.id for each in exported(store.db.conn, newest_first=newest_first)]
        assert sorted(ids, reverse=newest_first) == ids
        assert len(set(ids)) == len(ids) == 11
