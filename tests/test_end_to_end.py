"""The main job, whole: a real crawl of the offline newsroom in a process of its own, checked row by row against pages.toml."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from pipelines.clock import stored
from tests.mailroom import Mailroom
from tests.newsroom import Newsroom
from tests.newsroom.site import Row, table

ROOT = Path(__file__).parent.parent
ROUNDUP = "/view/AGA20250327009800083"
EXPECTED = [row for row in table().page if row.expect.outcome and not row.later]
(LATER,) = [row for row in table().page if row.later]
ARTICLES = [row for row in EXPECTED if row.expect.outcome == "stored"]
TOLD = {row.expect.story for row in ARTICLES if row.expect.level == "match"}
FURNITURE = (
    "무단", "저작권자", "Copyright", "글자크기", "메뉴 건너뛰기", "랭크뉴스", "많이 본", "주요뉴스", "제보는", "조회 수",
    "뉴진스", "본문 보기를 권장", "@", "송고", "한빛방송")
DELAY = timedelta(seconds=0.05)

pytestmark = pytest.mark.filterwarnings("error")


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A user's folder, the sites it watches and the server that takes its mail."""

    folder: Path
    newsroom: Newsroom
    mailroom: Mailroom

    def sosik(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "crawler", *arguments)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", cwd=ROOT, env=self.environment, timeout=100)

    def start(self, *arguments: str, start_new_session: bool = False) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "crawler", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT,
            env=self.environment, start_new_session=start_new_session)

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"SOSIK_CONFIG": str(self.folder / "sosik.toml"), "PYTHONWARNINGS": "default"}

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        with closing(sqlite3.connect(self.folder / "sosik.db")) as database:
            database.row_factory = sqlite3.Row
            return database.execute(query, values).fetchall()

    def rows_if_any(self, query: str) -> list[sqlite3.Row]:
        """None while the database is not made yet."""
        try:
            return self.rows(query) if (self.folder / "sosik.db").exists() else []
        except sqlite3.OperationalError:
            return []

    def article(self, row: Row) -> sqlite3.Row:
        (found,) = self.rows("SELECT * FROM article WHERE url = ?", self.newsroom.url(row.host, row.path))
        return found

    def copy(self, folder: Path) -> Desk:
        """The same, in another folder: what a test does there, others do not see."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Desk(folder=folder, newsroom=self.newsroom, mailroom=self.mailroom)


@dataclass(frozen=True, kw_only=True)
class Crawled:
    desk: Desk
    crawl: subprocess.CompletedProcess[str]
    send: subprocess.CompletedProcess[str]
    mails: tuple[bytes, ...]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Settings, and nothing crawled yet."""
    folder = tmp_path_factory.mktemp("desk")
    with Newsroom() as newsroom, Mailroom() as mailroom:
        (folder / "sources.toml").write_text(newsroom.sources_toml(), encoding="utf-8")
        config = newsroom.config_toml(mail_port=mailroom.port, language="en", delay_s=DELAY.total_seconds())
        (folder / "sosik.toml").write_text(config, encoding="utf-8")
        yield Desk(folder=folder, newsroom=newsroom, mailroom=mailroom)


@pytest.fixture(scope="module")
def crawled(empty: Desk, tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    """After `sosik crawl --all` and `sosik alerts send`."""
    desk = empty.copy(tmp_path_factory.mktemp("crawled"))
    crawl, send = desk.sosik("crawl", "--all"), desk.sosik("alerts", "send")
    return Crawled(desk=desk, crawl=crawl, send=send, mails=tuple(mail.content for mail in desk.mailroom.messages))


# ------------------------------------------------------------------ what came of each address


def name(row: Row) -> str:
    return row.host.removesuffix(".localhost") + row.path


@pytest.mark.parametrize("row", EXPECTED, ids=name)
def test_every_address_ends_in_its_outcome(crawled: Crawled, row: Row) -> None:
    url = crawled.desk.newsroom.url(row.host, row.path)
    found = crawled.desk.rows("SELECT * FROM address WHERE url = ?", url)
    assert [each["outcome"] for each in found] == [row.expect.outcome]
    if row.expect.reason:
        assert found[0]["reason"] == row.expect.reason


@pytest.mark.parametrize("row", ARTICLES, ids=name)
def test_every_article_is_read_whole_and_clean(crawled: Crawled, row: Row) -> None:
    article = crawled.desk.article(row)
    assert article["title"] == row.title
    assert article["published_at"] == stored(row.at)
    assert article["press"] == next(site.press for site in table().host if site.host == row.host)
    assert article["text"].startswith(row.expect.first)
    assert article["text"].endswith(row.expect.last)
    assert not [furniture for furniture in FURNITURE if furniture in article["text"]]


@pytest.mark.parametrize("row", [r for r in ARTICLES if r.expect.byline or r.expect.origin], ids=name)
def test_bylines_and_origins_are_found(crawled: Crawled, row: Row) -> None:
    article = crawled.desk.article(row)
    reporters = json.loads(article["byline"]).get("reporters", [])
    if row.expect.byline:
        assert [f"{r['name']} {r['role']}" for r in reporters] == [row.expect.byline]
    if row.expect.origin:
        assert article["origin"] == row.expect.origin


@pytest.mark.parametrize("row", ARTICLES, ids=name)
def test_every_article_has_its_level(crawled: Crawled, row: Row) -> None:
    found = crawled.desk.rows("SELECT * FROM match WHERE article_id = ?", crawled.desk.article(row)["id"])
    assert [each["level"] for each in found] == ([row.expect.level] if row.expect.level != "no" else [])
    for each in found:
        assert each["sentence"] in f"{row.title}\n{crawled.desk.article(row)['text']}"
        assert json.loads(each["evidence"])


def test_articles_are_grouped_into_the_stories_that_they_tell(crawled: Crawled) -> None:
    stories = defaultdict(set)
    for row in ARTICLES:
        stories[crawled.desk.article(row)["story_id"]].add(row.expect.story)
    assert sorted(map(sorted, stories.values())) == sorted([story] for story in {row.expect.story for row in ARTICLES})


def test_what_came_later_is_a_copy_or_an_update_of_what_came_first(crawled: Crawled) -> None:
    stories: dict[str, list[Row]] = defaultdict(list)
    for row in ARTICLES:
        stories[row.expect.story].append(row)
    relation = {row: crawled.desk.article(row)["relation"] for row in ARTICLES}
    for rows in stories.values():
        (opening,) = (row for row in rows if not relation[row])
        later = [row for row in rows if row.at > opening.at]
        assert [relation[row] for row in later] == [row.expect.relation for row in later]


def test_the_original_publisher_tells_the_story_not_the_portal(crawled: Crawled) -> None:
    canonical = crawled.desk.rows("SELECT press FROM article JOIN story ON canonical_article_id = article.id WHERE articles > 1")
    assert {row["press"] for row in canonical} == {"한국일보", "서울경제", "가온통신", "랭크뉴스"}


# ------------------------------------------------------------------ alerts


def test_each_matched_story_is_told_once(crawled: Crawled) -> None:
    assert crawled.send.returncode == 0
    messages = crawled.desk.mailroom.messages[: len(crawled.mails)]
    threads = [m.message for m in messages if not m.message["References"]]
    assert len(threads) == len(TOLD) == len({m["Message-ID"] for m in threads})
    assert all(m.recipients == ("analyst@example.org",) for m in messages)
    assert {row["state"] for row in crawled.desk.rows("SELECT state FROM delivery")} == {"sent"}


def test_a_mail_quotes_the_sentence_and_links_but_carries_no_whole_body(crawled: Crawled) -> None:
    for delivered in crawled.desk.mailroom.messages[: len(crawled.mails)]:
        body = delivered.message.get_body(("plain",))
        assert body
        text = body.get_content()
        assert "http://" in text
        assert len(text) < 2500


# ------------------------------------------------------------------ manners


def test_the_crawl_tells_the_truth_and_ends_well(crawled: Crawled) -> None:
    assert crawled.crawl.returncode == 0, crawled.crawl.stderr
    assert "Traceback" not in crawled.crawl.stderr
    assert "Warning" not in crawled.crawl.stderr


def test_nothing_is_fetched_twice_and_nothing_that_robots_txt_closes(crawled: Crawled) -> None:
    desk = crawled.desk
    first_crawl = [r for r in desk.newsroom.requests if r.at <= _end_of_first_crawl(crawled)]
    seen = Counter((r.host, r.path) for r in first_crawl)
    assert not {key: count for key, count in seen.items() if count > 1}
    assert ("hanbat.localhost", "/members/report-12") not in seen
    for host in {r.host for r in first_crawl}:
        assert next(r.path for r in first_crawl if r.host == host) == "/robots.txt"


def test_requests_carry_our_own_name(crawled: Crawled) -> None:
    assert {request.agent.partition("/")[0] for request in crawled.desk.newsroom.requests} == {"sosik"}


def _end_of_first_crawl(crawled: Crawled) -> datetime:
    (row,) = crawled.desk.rows("SELECT max(tried_at) AS at FROM address")
    return datetime.fromisoformat(row["at"]) + timedelta(seconds=1)


# ------------------------------------------------------------------ the second crawl, and what changes between


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
    thread = {m.message["Message-ID"] for m in desk.mailroom.messages[:mails]}
    assert update["In-Reply-To"] in thread
    assert update["References"].split()[0] in thread
    body = update.get_body(("plain",))
    assert body
    assert "바이두" in body.get_content(), "what is new"


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
    assert len(desk.mailroom.messages) - mails == len(desk.rows("SELECT 1 FROM alert")) == len(TOLD)


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
    assert len(desk.rows("SELECT 1 FROM alert")) == len(TOLD)


# ------------------------------------------------------------------ exit status, and Scrapy's own command


def test_a_page_that_cannot_be_had_ends_with_1_and_its_reason(empty: Desk, tmp_path: Path) -> None:
    desk = empty.copy(tmp_path)
    done = desk.sosik("crawl", desk.newsroom.url("hanbat.localhost", "/news/91"))
    assert done.returncode == 1
    assert "404" in done.stdout + done.stderr


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


def test_the_address_of_a_feed_is_crawled_like_a_source(empty: Desk, tmp_path: Path) -> None:
    desk = empty.copy(tmp_path)
    done = desk.sosik("crawl", desk.newsroom.url("saebyeok.localhost", "/atom.xml"))
    assert done.returncode == 0, done.stderr
    assert len(desk.rows("SELECT 1 FROM article")) == 2


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


# ------------------------------------------------------------------ a slow crawl, looked at while it runs

SLOW = timedelta(seconds=0.5)


@dataclass(frozen=True, kw_only=True)
class Watched:
    moments: list[datetime]  # of its requests
    looks: int
    listening: Sequence[object]  # sockets


@pytest.fixture(scope="module")
def watched(empty: Desk, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """A crawl of one source with half a second between requests."""
    desk = empty.copy(tmp_path_factory.mktemp("watched"))
    config = desk.newsroom.config_toml(delay_s=SLOW.total_seconds())
    (desk.folder / "sosik.toml").write_text(config, encoding="utf-8")
    asked, looks, listening = len(desk.newsroom.requests), 0, []
    command = [sys.executable, "-m", "crawler", "crawl", "wire"]
    with subprocess.Popen(command, cwd=ROOT, env=desk.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as crawl:
        process = psutil.Process(crawl.pid)
        while crawl.poll() is None:
            for one in [process, *process.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):  # a worker that has just ended
                    listening += [c for c in one.net_connections("inet") if c.status == psutil.CONN_LISTEN]
            looks += 1
            time.sleep(0.05)  # between two looks; nothing is waited for
    return Watched(moments=[r.at for r in desk.newsroom.requests[asked:]], looks=looks, listening=listening)


def test_a_crawl_owns_no_listening_socket(watched: Watched) -> None:
    assert watched.looks > 10
    assert not watched.listening


def test_a_host_is_asked_no_faster_than_the_pace(watched: Watched) -> None:
    gaps = [later - earlier for earlier, later in pairwise(watched.moments)]
    assert len(gaps) == 4, "robots.txt, the feed and three articles"
    assert min(gaps) > SLOW * 0.8  # we see when a request arrives, not when it was sent
