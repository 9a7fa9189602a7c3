"""What later crawls do: nothing new, edits, the next stage of a story, two crawls at once, a crawl that was killed."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from pipelines.delivery import OVERTAKEN
from tests.end_to_end.desk import ARTICLES, TOLD, Crawled, Desk
from tests.newsroom.site import Row, table

ROUNDUP = "/view/AGA20250327009800083"
(LATER,) = [row for row in table().page if row.later]
STORIES_TOLD = "SELECT 1 FROM alert WHERE kind = 'new'"  # an update is one more, when the first report was read before it


def test_a_second_crawl_finds_nothing_new_and_sends_nothing(crawled: Crawled, tmp_path: Path) -> None:
    desk = crawled.desk.copy(tmp_path)
    before, asked = len(desk.mailroom.messages), len(desk.newsroom.requests)
    assert desk.sosik("crawl", "--all").returncode == 0
    assert desk.sosik("alerts", "send").returncode == 0
    assert len(desk.mailroom.messages) == before
    paths = {(r.host, r.path): r.status for r in desk.newsroom.requests[asked:]}
    assert set(paths) == {(site.host, site.endpoint) for site in table().host}, "the lists, and nothing else: robots.txt is kept"
    assert paths["gaon.localhost", "/rss/news.xml"] == 304  # by its ETag
    assert paths["technaru.localhost", "/rss/allArticle.xml"] == 304  # by its Last-Modified
    assert len(desk.rows("SELECT 1 FROM article")) == len(ARTICLES)


def test_the_next_stage_joins_its_story_and_is_told_in_the_same_thread(crawled: Crawled, tmp_path: Path) -> None:
    desk = crawled.desk.copy(tmp_path)
    mails = len(desk.mailroom.messages)
    desk.newsroom.publish(LATER.path)
    try:
        assert desk.sosik("crawl", "wire").returncode == 0
    finally:
        desk.newsroom.restore(LATER.path)
    before, new = desk.article(_row(ROUNDUP)), desk.article(LATER)
    assert (new["story_id"], new["relation"]) == (before["story_id"], LATER.expect.relation)
    assert desk.sosik("alerts", "send").returncode == 0
    (update,) = (delivered.message for delivered in desk.mailroom.messages[mails:])
    thread = {delivered.message["Message-ID"] for delivered in crawled.mails}
    assert update["In-Reply-To"] in thread
    assert update["References"].split()[0] in thread
    body = update.get_body(("plain",))
    assert body
    assert "바이두" in body.get_content(), "what is new"


def test_new_facts_on_a_story_that_the_first_crawl_stored_silently_are_told_as_a_new_story(empty: Desk, tmp_path: Path) -> None:
    desk = empty.copy(tmp_path)
    desk.change('first_crawl = "tell"', 'first_crawl = "silent"')
    mails = len(desk.mailroom.messages)
    assert desk.sosik("crawl", "wire").returncode == 0
    desk.newsroom.publish(LATER.path)
    try:
        assert desk.sosik("crawl", "wire").returncode == 0
    finally:
        desk.newsroom.restore(LATER.path)
    assert desk.sosik("alerts", "send").returncode == 0
    (told,) = (delivered.message for delivered in desk.mailroom.messages[mails:])
    assert told["In-Reply-To"] is None
    body = told.get_body(("plain",))
    assert body
    assert desk.newsroom.url(LATER.host, LATER.path) in body.get_content()
    assert "a story you were told of" not in body.get_content()


def test_alerts_of_one_crawl_after_another_are_a_storm_too(empty: Desk, tmp_path: Path) -> None:
    desk = empty.copy(tmp_path)
    desk.change("[mail]", "[mail]\nstorm = 2")
    mails = len(desk.mailroom.messages)
    for source in ("wire", "trade", "daily", "nextjs"):
        assert desk.sosik("crawl", source).returncode == 0
        assert desk.sosik("alerts", "send").returncode == 0
    assert len(desk.mailroom.messages) - mails == 2
    states = [row["state"] for row in desk.rows("SELECT state FROM delivery ORDER BY id")]
    waiting = [state for state in states if state != "dropped"]  # a later report of the same story takes the place of what waits
    assert waiting == ["sent"] * 2 + ["held"] * (len(waiting) - 2)
    assert len(waiting) > 4


def _row(path: str) -> Row:
    return next(row for row in table().page if row.path == path)


def test_an_edited_article_becomes_a_revision_of_itself_and_is_not_told_again(crawled: Crawled, tmp_path: Path) -> None:
    desk = crawled.desk.copy(tmp_path)
    alerts, mails = len(desk.rows("SELECT 1 FROM alert")), len(desk.mailroom.messages)
    desk.newsroom.edit(ROUNDUP)
    try:
        done = desk.sosik("crawl", desk.newsroom.url("gaon.localhost", ROUNDUP))
    finally:
        desk.newsroom.restore(ROUNDUP)
    assert done.returncode == 0, done.stderr
    (article,) = desk.rows("SELECT * FROM article WHERE url LIKE ?", f"%{ROUNDUP}")
    (revision,) = desk.rows("SELECT * FROM revision")
    assert "최대 100만 위안" in article["text"]
    assert revision["article_id"] == article["id"]
    assert "최대 10만 위안" in revision["text"]
    assert len(desk.rows("SELECT 1 FROM article")) == len(ARTICLES)
    assert desk.sosik("alerts", "send").returncode == 0
    assert (len(desk.rows("SELECT 1 FROM alert")), len(desk.mailroom.messages)) == (alerts, mails)


def test_two_crawls_and_two_senders_at_once_store_and_tell_everything_once(empty: Desk, tmp_path: Path) -> None:
    desk = empty.copy(tmp_path)
    mails = len(desk.mailroom.messages)
    for arguments in (("crawl", "--all"), ("alerts", "send")):
        both = [desk.start(*arguments), desk.start(*arguments)]
        assert [one.wait(timeout=100) for one in both] == [0, 0]
    assert len(desk.rows("SELECT 1 FROM article")) == len(ARTICLES)
    assert len(desk.mailroom.messages) - mails == len(desk.rows("SELECT 1 FROM delivery WHERE state = 'sent'"))
    overtaken = desk.rows(f"SELECT 1 FROM delivery WHERE trouble = '{OVERTAKEN}'")
    assert len(desk.mailroom.messages) - mails + len(overtaken) == len(desk.rows("SELECT 1 FROM alert"))
    assert len(desk.rows(STORIES_TOLD)) == len(TOLD)


def test_a_crawl_killed_midway_is_finished_by_the_next_one_with_nothing_twice(empty: Desk, tmp_path: Path) -> None:
    desk = empty.copy(tmp_path)
    asked = len(desk.newsroom.requests)
    crawl = desk.start("crawl", "--all", start_new_session=True)
    while crawl.poll() is None and not desk.rows_if_any("SELECT 1 FROM article"):
        time.sleep(0.01)  # until the first article is stored
    os.killpg(crawl.pid, signal.SIGKILL)
    assert crawl.wait() == -signal.SIGKILL, "it was under way"
    assert len(desk.newsroom.requests) > asked
    assert len(desk.rows("SELECT 1 FROM article")) < len(ARTICLES)
    assert desk.sosik("crawl", "--all").returncode == 0
    assert len(desk.rows("SELECT 1 FROM article")) == len(ARTICLES)
    assert len(desk.rows(STORIES_TOLD)) == len(TOLD)
