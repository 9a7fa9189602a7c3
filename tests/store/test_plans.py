"""What runs at every page, tick and minute looks rows up: it never reads a table that grows from end to end."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from crawler.cli.status import complaints, overview
from crawler.metrics import exposition
from pipelines.alerts.gather import gather
from pipelines.delivery import State
from pipelines.record import record, withdraw
from pipelines.rhythm import Run
from pipelines.store import alert_book, frontier, ledger, outbox, pauses, polls, recipients, telling
from pipelines.store.archive import prune_pages
from pipelines.store.beats import beat, last_beat
from pipelines.store.database import Store
from pipelines.store.frontier import Announced
from pipelines.store.health import source_healths
from pipelines.store.judgements import look_up
from pipelines.store.pauses import Pause
from pipelines.store.retention import drop_unmatched
from pipelines.store.revisits import due_revisits
from pipelines.store.stories import list_stories, timeline
from pipelines.store.tally import ends_since, tally_since, troubles_since, unanswered_sources
from pipelines.store.upkeep import tend
from pipelines.wording import Wording
from tests.store.making import DEEPSEEK, FOREST, NOW, POLICY, article, match, page, reading
from tests.store.test_record import LATER

GROWING = {"address", "article", "story", "delivery", "alert", "match", "probe", "revision", "correction", "raw_page"}
READ_AT_ONCE = re.compile(r"SCAN (\w+)|SEARCH (\w+)$|SEARCH (\w+) USING AUTOMATIC")  # the second: min() walks up to its first row
FEW = re.compile(r"INDEX (address_due|delivery_due|delivery_open)\b")  # hold only what waits
NAMED = re.compile(r"\b(?:FROM|JOIN|UPDATE|INTO)\s+(\w+)(?:\s+AS\s+(\w+)|\s+([a-z]+)\b)?")  # keywords are upper case


def statements(store: Store, work: Callable[[sqlite3.Connection], object]) -> list[str]:
    """The SQL that this work runs, values filled in."""
    seen: list[str] = []
    connection = store.db.conn
    connection.set_trace_callback(seen.append)
    try:
        work(connection)
    finally:
        connection.set_trace_callback(None)
    return [each for each in seen if re.match(r"\s*(SELECT|WITH|UPDATE|DELETE|INSERT)\b", each)]  # FTS5's own begin with --


def plan(store: Store, statement: str) -> list[str]:
    return [line for *_, line in store.db.conn.execute(f"EXPLAIN QUERY PLAN {statement}")]


def only_looks_for_open_references(store: Store, statement: str) -> bool:
    """An INSERT of one row into a table with triggers: its plan names all tables that refer to this one, but they are read only
    while a reference of the statement itself is open, which is an error. Deferred ones stay open longer: those would be read.
    """
    connection = store.db.conn
    connection.text_factory = bytes  # blobs stand in the program, too
    counters = [p1 for _, opcode, p1, *_ in connection.execute(f"EXPLAIN {statement}") if opcode == b"FkIfZero"]
    connection.text_factory = str
    return bool(re.match(r"\s*INSERT\b(?!.*\bSELECT\b)", statement, re.DOTALL) and counters and not any(counters))


def whole_reads(store: Store, statement: str) -> Iterator[str]:
    """The lines of its plan that read a growing table from end to end."""
    if only_looks_for_open_references(store, statement):
        return
    tables = {alias or short or table: table for table, alias, short in NAMED.findall(statement)}
    for line in plan(store, statement):
        found = READ_AT_ONCE.match(line)
        if found and tables.get(found[found.lastindex or 1]) in GROWING and not FEW.search(line):
            yield line


def recording(connection: sqlite3.Connection, store: Store) -> None:
    """A new article, its copy, a later stage with news, an edit, a withdrawal."""
    del connection
    record(store, reading(article(title="[속보] 딥시크 새 모델"), matches=[match()]), now=NOW, policy=POLICY)
    record(store, reading(article(press="한국일보"), page("b1"), matches=[match()]), now=LATER, policy=POLICY)
    more = (*DEEPSEEK, "금융위원회는 4일 반도체 업계에 3조 원을 빌려주기로 했다고 발표했다.")
    staged = article("딥시크 새 모델에 반도체 업계 긴장(종합2보)", more)
    record(store, reading(staged, page("c1"), matches=[match()]), now=LATER, policy=POLICY)
    record(store, reading(article("고친 제목", DEEPSEEK[:3])), now=LATER, policy=POLICY)
    withdraw(store, key=page("b1").key, url=page("b1").url, source="yna", reason="http-410", now=LATER)


def births(connection: sqlite3.Connection, store: Store) -> None:
    del store
    outbox.is_muted(connection, 1)
    outbox.thread_of(connection, story_id=1, topic="china-ai")
    outbox.readers_told(connection, story_id=1, topic="china-ai")
    outbox.texts(connection, story_id=1, article_id=3)
    outbox.is_overtaken(connection, thread_id=1, article_id=3)
    outbox.original_of(connection, 1)
    outbox.wake(connection, 1, NOW)
    list(outbox.triggers(connection, 1))


def ticks(connection: sqlite3.Connection, store: Store) -> None:
    """What sending does every ten seconds, and with each message."""
    ledger.recover(connection, ["mail"], NOW)
    gather(connection, ["mail"], POLICY, now=NOW, storm=3)
    ledger.next_due(connection, "mail", NOW, after=0)
    ledger.claim(connection, (1,), NOW)
    ledger.settle(connection, (1,), state=State.RETRY, trouble="later", now=NOW, next_try_at=NOW)
    ledger.charge_waiting(connection, "mail", "down", dead_before=NOW, failures=99, now=NOW)
    pauses.set_pause(connection, "mail", Pause(until=LATER, failures=1, trouble="down"), NOW)
    pauses.resting_channels(store, NOW)
    outbox.is_withdrawn(connection, 1)
    telling.telling(connection, 2, ("mail", "desk@example.org"))
    recipients.overtaken_lines(connection, 2, channel="mail", recipient="desk@example.org")
    telling.newest_alerts(connection)
    telling.last_alerts(connection, "china-ai", 50)
    telling.usual_stories(
        connection, "china-ai", channel="mail", recipient="desk@example.org", mode="daily", since=NOW, until=LATER)


def reports(connection: sqlite3.Connection, store: Store) -> None:
    """What the daemon, the end of a crawl, Prometheus and `sosik status` ask for."""
    del connection
    tally_since(store, NOW, {"yna"})
    ends_since(store, NOW, [page().key])
    unanswered_sources(store, NOW, ("yna",))
    troubles_since(store, NOW, ("yna",))
    source_healths(store, ["yna"], NOW)
    due_revisits(store, LATER, [timedelta(hours=1), timedelta(hours=24)])
    exposition(store, LATER)
    list(overview(store, Wording("en"), LATER))
    list(complaints(store, Wording("en"), LATER))
    beat(store, "daemon", "1", NOW)
    last_beat(store, "daemon")


def rounds(connection: sqlite3.Connection, store: Store) -> None:
    """What one crawl of a source asks for."""
    polls.due_sources(store, [], NOW)
    polls.begin_run(store, "yna", NOW)
    polls.remembered(store, "https://news.example/rss")
    with store.transaction():
        frontier.enter(connection, [Announced(key=page().key, url=page().url)], source="yna", now=NOW)
    frontier.waiting(store, "yna", NOW)
    frontier.waiting_count(store, ["yna", "hani"], NOW)
    polls.end_run(store, "yna", Run(), began=NOW, now=LATER)
    prune_pages(connection, before=NOW, limit=500)


def upkeep(connection: sqlite3.Connection, store: Store) -> None:
    """What the daemon and `sosik db prune` do once there is a dictionary, and a look at an article by its address."""
    record(store, reading(article("강원 산간 대설에 탐방로 통제", FOREST), page("d1")), now=NOW, policy=POLICY)
    store.archive.adopt(connection, b"what pages have in common", now=NOW)
    tend(store, now=NOW, keep_raw_days=1, keep_days=30)
    assert drop_unmatched(store, before=LATER) == 1
    for name in ("1", "http://news.example/a1?utm_source=mail", "https://news.example/never-seen"):
        look_up(store, name)


def lists(connection: sqlite3.Connection, store: Store) -> None:
    del store
    list_stories(connection, since=NOW)
    list_stories(connection, since=NOW, topic="china-ai")
    timeline(connection, 1)
    alert_book.delivery_lines(connection, alert_id=1)
    alert_book.delivery_lines(connection, notice_id=1)


@pytest.mark.parametrize("work", [recording, births, ticks, reports, rounds, upkeep, lists])
def test_nothing_that_runs_often_reads_a_growing_table_from_end_to_end(
    store: Store, work: Callable[[sqlite3.Connection, Store], None]
) -> None:
    if work is not recording:
        recording(store.db.conn, store)
    run = statements(store, lambda connection: work(connection, store))
    assert len(run) >= 5
    assert {each: found for each in run if (found := list(whole_reads(store, each)))} == {}


@pytest.mark.parametrize("work", [births, lists])
def test_stories_are_looked_at_without_all_alerts_and_matches_of_their_topic(
    store: Store, work: Callable[[sqlite3.Connection, Store], None]
) -> None:
    recording(store.db.conn, store)
    lines = [line for each in statements(store, lambda connection: work(connection, store)) for line in plan(store, each)]
    assert lines
    assert not [line for line in lines if line.endswith("(topic=?)")]


def test_the_next_message_is_found_without_sorting_all_that_wait(store: Store) -> None:
    (statement,) = statements(store, lambda connection: ledger.next_due(connection, "mail", NOW, after=0))
    assert not [line for line in plan(store, statement) if "ORDER BY" in line]


@pytest.mark.parametrize("statement", [
    "SELECT count(*) FROM delivery WHERE state IN ('pending', 'retry')",
    "SELECT a.url FROM article AS a WHERE a.press = '한겨레'",
    "SELECT min(id) FROM article WHERE first_seen_at > '2025'",
    "SELECT s.id FROM story AS s JOIN delivery d ON d.trouble = s.stage WHERE s.id = 1",
    "UPDATE delivery SET tries = 0 WHERE state = 'sending'",
])
def test_reading_from_end_to_end_is_noticed(store: Store, statement: str) -> None:
    assert list(whole_reads(store, statement))
