"""What is remembered of feeds, sitemaps and lists between two polls, and when a source is due again.

The decisions are pure functions; what they decide is written beside them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from hashlib import blake2b

from apscheduler.triggers.cron import CronTrigger

from pipelines.clock import KST, loaded, stored
from pipelines.store.database import Store
from pipelines.store.holders import is_gone, this_process

UNCONDITIONAL_EVERY = 10  # polls: some servers answer 304 for ever; chosen by hand
INTERVAL_MIN_S, INTERVAL_MAX_S = 60, 24 * 3600
INTERVAL_FIRST_S = 600  # of a source that has never been crawled
NEW_AIM = 2.0  # new links that a poll should bring: fewer wastes requests, more is late; chosen by hand
WINDOW_SHARE_MAX = 0.5  # of a feed's entries may turn over between two polls before some are missed; chosen by hand
OUR_LINE = frozenset({"dns", "no-connection", "timeout", "network", "host-paused", "robots-unreachable"})
OUR_LINE_MAX_S = 3600  # chosen by hand
CRON_SPREAD_S = 60  # sources with the same cron begin within a minute of each other, each always at its own second
HOUR_S = 3600
HOURS_KEPT = 30 * 24  # of the crawls of a source: what its health is judged by (pipelines.store.health), and a day
DENIED = "denied"  # trouble of a source that announces articles and gives out none of them
SHUT_OUT = frozenset({"http-401", "http-403", "http-451", "challenge", DENIED})  # the site does not want us, and we obey
DENIED_MIN = 5  # pages denied in one crawl that brought none: the same number opens a host's breaker. Chosen by hand
RESUMED_AFTER = timedelta(seconds=20)  # from the start of a crawl that was killed: not at once, for it may be killed each time
STEP_MAX = 4.0  # how much an interval changes at once; chosen by hand


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one crawl of a source brought."""

    links: int = 0  # announced
    new_links: int = 0
    answers: int = 0  # polls that were answered, a 304 included
    pages: int = 0  # of articles, that came
    denied: int = 0  # articles whose page was denied: 401, 403 and the like
    trouble: str = ""  # of the source as a whole: no address answered
    is_back_fill: bool = False  # says nothing of how often the source publishes, nor that its present has been seen

    @property
    def fault(self) -> str:
        """`trouble`, or DENIED."""
        return self.trouble or (DENIED if self.denied >= DENIED_MIN and not self.pages else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When a source is to be crawled: at the times of `cron`, else every `interval_s`; 0 adapts to what it publishes."""

    source: str
    interval_s: int = 0
    cron: str = ""  # as in crontab(5), in Korean time
    hours: tuple[time, time] | None = None  # only then, in Korean time; may reach over midnight


def remembered(store: Store, url: str) -> Memory:
    row = store.db.execute(
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
    row = store.db.execute("SELECT last_success_at FROM source_run WHERE source = ?", [source]).fetchone()
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


def back_off(interval_s: int, failures: int, trouble: str) -> int:
    """Seconds until a source is crawled again after so many failures in a row: ever longer, and never given up. What may be
    the fault of our own line is tried again within the hour. The source's rhythm is kept for when it answers again.
    """
    longest = OUR_LINE_MAX_S if trouble in OUR_LINE else INTERVAL_MAX_S
    return _clamped(min(interval_s * 2 ** min(failures, 20), max(longest, interval_s))) if failures else interval_s


def next_interval(interval_s: float, run: Run, *, elapsed_s: float | None) -> int:
    """Seconds between two crawls of a source, from what the last one brought; between a minute and a day.

    `elapsed_s`: since the last crawl that was answered, None for the first.
    """
    if elapsed_s is None or elapsed_s <= 0:
        return _clamped(interval_s)
    if not run.new_links:
        return _clamped(interval_s * 1.5 if elapsed_s >= interval_s / 2 else interval_s)  # asked early: that proves nothing
    aim_s = elapsed_s * NEW_AIM / run.new_links
    if run.links:
        window_s = elapsed_s * run.links / run.new_links  # how long an entry stays announced, at this rate
        aim_s = min(aim_s, window_s * WINDOW_SHARE_MAX)
    blended = (interval_s * aim_s) ** 0.5  # half the way, in proportion: one burst is no new habit
    return _clamped(min(max(blended, interval_s / STEP_MAX), interval_s * STEP_MAX))


def _clamped(seconds: float) -> int:
    return int(min(max(seconds, INTERVAL_MIN_S), INTERVAL_MAX_S))


def due_sources(store: Store, rhythms: Iterable[Rhythm], now: datetime, *, jitter: float = 0.0) -> tuple[str, ...]:
    """The sources to crawl now, the longest overdue first; none outside its hours.

    With `jitter`, a crawl by an interval comes earlier by up to that share of it, each time by another one. A due time further
    ahead than any of ours is a clock that was set back while the source was crawled. A crawl that was killed is resumed soon.
    """
    rows: Mapping[str, tuple[str | None, str, str | None, str]] = {
        source: (last, run_by, due, trouble)
        for source, last, run_by, due, trouble in store.db.execute(
            "SELECT source, last_run_at, run_by, next_due_at, trouble FROM source_run"
        )
    }
    found: list[tuple[datetime, str]] = []
    for rhythm in rhythms:
        last, run_by, due, trouble = rows.get(rhythm.source, (None, "", None, ""))
        at = _due_at(rhythm, loaded(last) if last else None, loaded(due) if due else None, trouble, now, jitter)
        if last and run_by and is_gone(run_by):
            at = min(at, loaded(last) + RESUMED_AFTER)
        if at <= now and is_open(rhythm.hours, now):
            found.append((at, rhythm.source))
    return tuple(source for _, source in sorted(found))


def _due_at(
    rhythm: Rhythm, last: datetime | None, due: datetime | None, trouble: str, now: datetime, jitter: float
) -> datetime:
    if last is None or last > now:  # never crawled, or the clock was set back
        return now
    due = min(due or now, last + timedelta(seconds=INTERVAL_MAX_S))
    held = max(last, due) if trouble in SHUT_OUT else last  # no wish of ours outweighs the site's
    if rhythm.cron:
        return next_cron(rhythm.cron, held) + timedelta(seconds=CRON_SPREAD_S * _lot(rhythm.source))
    at = max(held, last + timedelta(seconds=rhythm.interval_s)) if rhythm.interval_s else due
    return at - max(at - last, timedelta(0)) * jitter * _lot(f"{rhythm.source} {stored(last)}")


def _lot(ticket: str) -> float:
    """From 0 to below 1, as good as by lot, and the same at each look and after a restart."""
    return int.from_bytes(blake2b(ticket.encode(), digest_size=4).digest()) / 2**32


def is_open(hours: tuple[time, time] | None, now: datetime) -> bool:
    """Whether `now` lies in these Korean hours; always without any."""
    if hours is None:
        return True
    (start, end), clock = hours, now.astimezone(KST).time()
    return start <= clock < end if start <= end else clock >= start or clock < end


def next_cron(cron: str, last: datetime) -> datetime:
    """The first time after the last crawl. Raises ValueError for what is no cron."""
    found = cron_trigger(cron).get_next_fire_time(None, last + timedelta(seconds=1))
    assert isinstance(found, datetime)
    return found


@lru_cache(maxsize=256)
def cron_trigger(cron: str) -> CronTrigger:
    """Raises ValueError. Every month: APScheduler looks for the 30th of February until the year 9999."""
    if cron.split()[3:4] != ["*"]:
        raise ValueError("the month must be *")
    return CronTrigger.from_crontab(cron, timezone=KST)
