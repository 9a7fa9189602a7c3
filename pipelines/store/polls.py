"""What is remembered of feeds, sitemaps and lists between two polls, and of a source between two crawls."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipelines.clock import loaded, stored
from pipelines.rhythm import INTERVAL_FIRST_S, Past, Rhythm, Run, back_off, is_open, next_interval, next_turn
from pipelines.store.database import Store
from pipelines.store.holders import is_gone, this_process

UNCONDITIONAL_EVERY = 10  # polls: some servers answer 304 for ever; chosen by hand
HOUR_S = 3600
HOURS_KEPT = 30 * 24  # of the crawls of a source: what its health is judged by (pipelines.store.health), and a day


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What is known of one address that is polled."""

    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    polls: int = 0
    answered_at: datetime | None = None  # when it last gave links; None: never, or it was in trouble since

    @property
    def headers(self) -> dict[str, str]:
        """For a conditional request; none at every UNCONDITIONAL_EVERYth poll."""
        if self.polls % UNCONDITIONAL_EVERY == 0:
            return {}
        return {n: v for n, v in (("If-None-Match", self.etag), ("If-Modified-Since", self.last_modified)) if v}


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """What one poll brought. With a trouble, its validators are not kept: an answer we refused must come again."""

    url: str
    status: int | None  # None: no answer
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    links: int = 0
    new_links: int = 0
    newest: datetime | None = None
    trouble: str = ""
    is_unchanged: bool = False  # a 304, or the same bytes again: what is known of the address stays


def remembered(store: Store, url: str) -> Memory:
    row = store.query(
        "SELECT etag, last_modified, body_hash, polls, iif(trouble = '', polled_at, NULL) FROM endpoint WHERE url = ?", [url]
    ).fetchone()
    if row is None:
        return Memory()
    return Memory(
        etag=row[0], last_modified=row[1], body_hash=row[2], polls=row[3], answered_at=loaded(row[4]) if row[4] else None
    )


def write_poll(connection: sqlite3.Connection, poll: Poll, *, source: str, now: datetime) -> None:
    """Call inside the transaction that enters the poll's links: a kill between the two would lose them to the next 304."""
    connection.execute(
        """INSERT INTO endpoint (url, source, etag, last_modified, body_hash, polls, polled_at, status, links, new_links,
                                 newest_published, trouble)
           VALUES (:url, :source, :etag, :last_modified, :body_hash, 1, :now, :status, :links, :new_links, :newest, :trouble)
           ON CONFLICT (url) DO UPDATE SET source = :source, polls = polls + 1, polled_at = :now, status = :status,
             new_links = :new_links, trouble = :trouble,
             etag = iif(:same, etag, :etag), last_modified = iif(:same, last_modified, :last_modified),
             body_hash = iif(:same, body_hash, :body_hash), links = iif(:same, links, :links),
             newest_published = coalesce(:newest, newest_published)""",
        {
            "url": poll.url,
            "source": source,
            "now": stored(now),
            "status": poll.status,
            "links": poll.links,
            "new_links": poll.new_links,
            "newest": stored(poll.newest) if poll.newest else None,
            "trouble": poll.trouble,
            "same": poll.is_unchanged,
            "etag": "" if poll.trouble else poll.etag,
            "last_modified": "" if poll.trouble else poll.last_modified,
            "body_hash": "" if poll.trouble else poll.body_hash,
        },
    )


def last_success(store: Store, source: str) -> datetime | None:
    """When the last crawl of the source that ended well began. None: what it announces is what it already held."""
    row = store.query("SELECT last_success_at FROM source_run WHERE source = ?", [source]).fetchone()
    return loaded(row[0]) if row and row[0] else None


def begin_run(store: Store, source: str, now: datetime) -> None:
    """Note that a source is being crawled, by this process: were it killed, the source would be due again soon."""
    due = now + timedelta(seconds=INTERVAL_FIRST_S)
    with store.transaction() as connection:
        connection.execute(
            """INSERT INTO source_run (source, first_run_at, last_run_at, run_by, interval_s, next_due_at)
               VALUES (:source, :now, :now, :me, :first, :due)
               ON CONFLICT (source) DO UPDATE
                 SET last_run_at = :now, run_by = :me, first_run_at = coalesce(first_run_at, :now)""",
            {"source": source, "now": stored(now), "me": this_process(), "first": INTERVAL_FIRST_S, "due": stored(due)},
        )


def end_run(store: Store, source: str, run: Run, *, began: datetime, now: datetime) -> None:
    """Write what a crawl brought and when the next is due."""
    with store.transaction() as connection:
        if run.is_back_fill:
            connection.execute("UPDATE source_run SET trouble = ?, run_by = '' WHERE source = ?", [run.trouble, source])
            return
        _note_hour(connection, source, began, is_answered=run.answers > 0 and not run.fault)
        row = connection.execute(
            "SELECT interval_s, failures, last_success_at FROM source_run WHERE source = ?", [source]
        ).fetchone()
        interval_s, failures, last = row or (INTERVAL_FIRST_S, 0, None)
        failures = failures + 1 if run.fault else 0
        elapsed_s = (began - loaded(last)).total_seconds() if last else None
        if not run.fault:
            interval_s = next_interval(interval_s or INTERVAL_FIRST_S, run, elapsed_s=elapsed_s)
        due = now + timedelta(seconds=back_off(interval_s, failures, run.fault))
        connection.execute(
            """UPDATE source_run SET interval_s = ?, failures = ?, trouble = ?, next_due_at = ?, run_by = '',
                 last_success_at = iif(? = '', ?, last_success_at),
                 last_article_at = (SELECT max(first_seen_at) FROM article WHERE article.source = source_run.source)
               WHERE source = ?""",
            [interval_s, failures, run.fault, stored(due), run.fault, stored(began), source],
        )


def _note_hour(connection: sqlite3.Connection, source: str, began: datetime, *, is_answered: bool) -> None:
    hour = int(began.timestamp()) // HOUR_S
    connection.execute(
        """INSERT INTO source_hour (source, hour, is_answered) VALUES (?, ?, ?)
           ON CONFLICT (source, hour) DO UPDATE SET is_answered = max(is_answered, excluded.is_answered)""",
        [source, hour, int(is_answered)],
    )
    connection.execute("DELETE FROM source_hour WHERE source = ? AND hour <= ?", [source, hour - HOURS_KEPT])


def due_sources(store: Store, rhythms: Iterable[Rhythm], now: datetime, *, jitter: float = 0.0) -> tuple[str, ...]:
    """The sources to crawl now, the longest overdue first; none outside its hours. One that is due takes along those that may
    come early: a process for each would cost more than all their polls.
    """
    pasts = {
        source: Past(
            began=loaded(last) if last else None, due=loaded(due) if due else None, trouble=trouble,
            was_killed=bool(run_by) and is_gone(run_by),
        )
        for source, last, run_by, due, trouble in store.query(
            "SELECT source, last_run_at, run_by, next_due_at, trouble FROM source_run"
        )
    }  # fmt: skip
    open_now = (rhythm for rhythm in rhythms if is_open(rhythm.hours, now))
    turns = [(next_turn(rhythm, pasts.get(rhythm.source, Past()), now, jitter=jitter), rhythm.source) for rhythm in open_now]
    if all(turn.due > now for turn, _ in turns):
        return ()
    return tuple(source for turn, source in sorted(turns) if turn.early <= now)


def ended_since(store: Store, sources: Iterable[str], since: datetime) -> set[str]:
    """Those of the sources whose last crawl began then or later, and came to its end."""
    rows = store.query("SELECT source FROM source_run WHERE run_by = '' AND last_run_at >= ?", [stored(since)])
    return {source for (source,) in rows} & set(sources)
