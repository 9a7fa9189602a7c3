"""Exit status and messages: what cannot be had, what was typed wrongly, what sosik itself got wrong. Scrapy's own command."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from pipelines.store.database import open_store
from tests.end_to_end.desk import ARTICLES, Crawled, Desk
from tests.newsroom.site import table

ROUNDUP = "/view/AGA20250327009800083"


def test_a_page_that_cannot_be_had_ends_with_1_and_its_reason(empty: Desk, tmp_path: Path) -> None:
    desk = empty.copy(tmp_path)
    done = desk.sosik("crawl", desk.newsroom.url("hanbat.localhost", "/news/91"))
    assert done.returncode == 1
    assert "404" in done.stdout + done.stderr


def test_of_several_addresses_each_is_read_and_one_that_cannot_be_had_is_told(empty: Desk, tmp_path: Path) -> None:
    desk = empty.copy(tmp_path)
    library, gone, private = (desk.newsroom.url("hanbat.localhost", path) for path in ("/news/88", "/news/91", "/news/92"))
    done = desk.sosik("read", "--json", gone, library, private, f"{library}#comments")
    assert done.returncode == 1
    assert [json.loads(line)["target"] for line in done.stdout.splitlines()] == [library, f"{library}#comments"]
    assert [line.split(": ")[1] for line in done.stderr.splitlines()] == [gone, private]


def test_an_unknown_source_ends_with_2_and_a_suggestion(empty: Desk) -> None:
    done = empty.sosik("crawl", "borad")
    assert done.returncode == 2
    assert "board" in done.stderr
    assert len(done.stderr.splitlines()) <= 3


def test_an_unknown_topic_ends_with_2_before_anything_is_fetched(empty: Desk, tmp_path: Path) -> None:
    desk = empty.copy(tmp_path)
    config = (tmp_path / "sosik.toml").read_text(encoding="utf-8")
    (tmp_path / "sosik.toml").write_text(config.replace("[sosik]", '[sosik]\ntopics = ["chnia-ai"]'), encoding="utf-8")
    asked = len(desk.newsroom.requests)
    done = desk.sosik("crawl", "wire")
    assert done.returncode == 2
    assert "chnia-ai" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(desk.newsroom.requests) == asked


def test_a_defect_of_our_own_ends_with_1_and_names_each_address_it_hit(crawled: Crawled, tmp_path: Path) -> None:
    desk = crawled.desk.copy(tmp_path)
    with closing(sqlite3.connect(tmp_path / "sosik.db")) as database:
        database.execute("DROP TABLE revision")  # a table that recording an edit needs
    desk.newsroom.edit(ROUNDUP)
    try:
        url = desk.newsroom.url("gaon.localhost", ROUNDUP)
        done = desk.sosik("crawl", url)
    finally:
        desk.newsroom.restore(ROUNDUP)
    assert done.returncode == 1
    assert url in done.stderr
    assert "최대 10만 위안" in desk.rows("SELECT text FROM article WHERE url = ?", url)[0]["text"], "nothing was half written"
    (address,) = desk.rows("SELECT outcome, reason, state, next_try_at FROM address WHERE url = ?", url)
    assert (address["outcome"], address["reason"], address["state"]) == ("broken", "OperationalError", "retry")
    assert address["next_try_at"]


def test_a_source_that_cannot_even_start_is_named_and_holds_up_no_other(empty: Desk, tmp_path: Path) -> None:
    desk = empty.copy(tmp_path)
    with open_store(tmp_path / "sosik.db") as store:
        store.db.execute("""CREATE TRIGGER odd BEFORE INSERT ON source_run WHEN new.source = 'wire'
                           BEGIN SELECT raise(ABORT, 'an odd database'); END""")
    done = desk.sosik("crawl", "wire", "daily")
    assert done.returncode == 1
    assert "wire" in done.stderr
    assert "an odd database" in done.stderr
    assert {row["source"] for row in desk.rows("SELECT source FROM article")} == {"daily"}


def test_the_address_of_a_feed_is_crawled_like_a_source(empty: Desk, tmp_path: Path) -> None:
    desk = empty.copy(tmp_path)
    done = desk.sosik("crawl", desk.newsroom.url("saebyeok.localhost", "/atom.xml"))
    assert done.returncode == 0, done.stderr
    assert len(desk.rows("SELECT 1 FROM article")) == 2


def test_a_front_page_is_no_article_and_leads_to_a_source(empty: Desk, tmp_path: Path) -> None:
    desk = empty.copy(tmp_path)
    front = desk.newsroom.url("gaon.localhost", "/")
    assert desk.sosik("crawl", front).returncode == 1
    assert [(row["outcome"], row["reason"]) for row in desk.rows("SELECT * FROM address")] == [("refused", "listing")]
    added = desk.sosik("sources", "add", front, "--name", "agency")
    assert added.returncode == 0, added.stderr
    written = (tmp_path / "sources.toml").read_text(encoding="utf-8").partition('name = "agency"')[2]
    assert desk.newsroom.url("gaon.localhost", "/rss/news.xml") in written
    assert desk.newsroom.url("gaon.localhost", "/sitemap-news.xml") in written, "robots.txt names it"
    assert desk.sosik("crawl", "agency").returncode == 0
    assert len(desk.rows("SELECT 1 FROM article")) == len([row for row in ARTICLES if row.host == "gaon.localhost"])


def test_an_address_of_this_machine_is_refused_without_leave(empty: Desk, tmp_path: Path) -> None:
    desk = empty.copy(tmp_path)
    config = (tmp_path / "sosik.toml").read_text(encoding="utf-8")
    (tmp_path / "sosik.toml").write_text(config.replace('["127.0.0.0/8"]', "[]"), encoding="utf-8")
    asked = len(desk.newsroom.requests)
    done = desk.sosik("crawl", desk.newsroom.url("gaon.localhost", ROUNDUP))
    assert done.returncode == 1
    assert len(desk.newsroom.requests) == asked


def test_every_source_is_a_spider(empty: Desk) -> None:
    listed = empty.run(sys.executable, "-m", "scrapy", "list")
    assert listed.returncode == 0, listed.stderr
    assert {site.source for site in table().host} <= set(listed.stdout.split())


def test_scrapy_crawl_writes_one_line_an_article(empty: Desk, tmp_path: Path) -> None:
    desk = empty.copy(tmp_path)
    out = tmp_path / "out.jsonl"
    done = desk.run(sys.executable, "-m", "scrapy", "crawl", "wire", "-O", str(out))
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert {line["url"] for line in lines} == {desk.newsroom.url(r.host, r.path) for r in ARTICLES if r.host == "gaon.localhost"}
    assert {line["outcome"] for line in lines} == {"stored"}
    assert {line["press"] for line in lines} == {"가온통신"}
