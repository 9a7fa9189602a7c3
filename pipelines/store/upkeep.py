"""Keeping the database healthy and bounded: what is checked, what is dropped, and how large everything is."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pipelines.store.archive import prune_pages
from pipelines.store.database import Store
from pipelines.store.files import backups_of, complaints
from pipelines.store.retention import drop_unmatched
from pipelines.store.schema import RECOUNT

AT_ONCE = 500  # pages deleted in one transaction: some 10 MiB of log, well under a second

# what must hold between tables, and how it is told when it does not
RULES = (
    ("articles are missing from the search index",
     "SELECT count(*) FROM article WHERE id NOT IN (SELECT id FROM article_search_docsize)"),
    ("rows of the search index have no article",
     "SELECT count(*) FROM article_search_docsize WHERE id NOT IN (SELECT id FROM article)"),
    ("stories miscount their articles",
     "SELECT count(*) FROM story WHERE articles <> (SELECT count(*) FROM article WHERE story_id = story.id)"),
    ("stories have another story's article as their first",
     "SELECT count(*) FROM story AS s JOIN article AS a ON a.id = canonical_article_id WHERE articles > 0 AND story_id <> s.id"),
    ("articles lie in a story that was joined into another",
     "SELECT count(*) FROM article JOIN story ON story.id = story_id WHERE joined_into IS NOT NULL"),
    ("raw pages need a dictionary that is not there",
     "SELECT count(*) FROM raw_page WHERE dictionary_id IS NOT NULL AND dictionary_id NOT IN (SELECT id FROM dictionary)"),
    ("counts that reports show are wrong",
     f"""WITH counted (name, source, state, reason, count) AS ({RECOUNT})
         SELECT count(*) FROM (SELECT sum(count) AS excess FROM
             (SELECT * FROM tally UNION ALL SELECT name, source, state, reason, -count FROM counted)
           GROUP BY name, source, state, reason HAVING excess <> 0)"""),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """The database in figures."""

    path: Path
    file_bytes: int
    free_bytes: int  # inside the file, used again before it grows
    wal_bytes: int
    articles: int
    stories: int  # without those joined into another
    revisions: int
    withdrawn: int
    addresses: int
    waiting: int  # addresses still to be fetched
    matches: int
    alerts: int
    raw_pages: int
    raw_bytes: int  # compressed
    oldest: str  # first sight of an article, "" without one
    newest: str
    backups: tuple[Path, ...]  # the newest first


def check(store: Store) -> tuple[str, ...]:
    """What is wrong, empty when all is well. Reads everything; writers wait while the search index is read."""
    if found := complaints(store.path, thorough=True):
        return found
    with store.transaction() as connection:  # a question to the index, in the form of an insert
        connection.execute("INSERT INTO article_search (article_search) VALUES ('integrity-check')")
    with store.reading() as connection:
        broken = ((text, connection.execute(rule).fetchone()[0]) for text, rule in RULES)
        return tuple(f"{count} {text}" for text, count in broken if count)


def prune(store: Store, *, now: datetime, keep_raw_days: int) -> int:
    """Drop raw pages past their time, never those of matched articles; how many. In short steps: others may write between."""
    before = now - timedelta(days=keep_raw_days)
    pruned = 0
    while True:
        with store.transaction() as connection:
            found = prune_pages(connection, before=before, limit=AT_ONCE)
        pruned += found
        if found < AT_ONCE:
            return pruned


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """What was past its time."""

    pages: int
    stories: int


def tend(store: Store, *, now: datetime, keep_raw_days: int, keep_days: int = 0) -> Dropped:
    """The daily round: drop what is past its time, learn to compress once there are pages enough, empty the write-ahead log.

    `keep_days`: of stories that no topic matched; 0 keeps them all.
    """
    stories = drop_unmatched(store, before=now - timedelta(days=keep_days)) if keep_days else 0
    pages = prune(store, now=now, keep_raw_days=keep_raw_days)
    with store.reading() as connection:
        dictionary = store.archive.learned(connection)
    if dictionary:
        with store.transaction() as connection:
            store.archive.adopt(connection, dictionary, now=now)
    store.checkpoint()
    return Dropped(pages=pages, stories=stories)


def compact(store: Store) -> None:
    """Give room inside the file back to the disk. Needs as much free room again, and the database for itself meanwhile."""
    with store.reading() as connection:
        connection.execute("VACUUM")
    store.checkpoint()


def stats(store: Store) -> Stats:
    with store.reading() as connection:
        page_bytes, free = (_one(connection, f"PRAGMA {name}") for name in ("page_size", "freelist_count"))
        oldest, newest = connection.execute("SELECT min(first_seen_at), max(first_seen_at) FROM article").fetchone()
        raw_pages, raw_bytes = connection.execute("SELECT count(*), coalesce(sum(length(body)), 0) FROM raw_page").fetchone()
        wal = Path(f"{store.path}-wal")
        return Stats(
            path=store.path, file_bytes=store.path.stat().st_size, free_bytes=page_bytes * free,
            wal_bytes=wal.stat().st_size if wal.exists() else 0,
            articles=_count(connection, "article"), stories=_count(connection, "story WHERE joined_into IS NULL"),
            revisions=_count(connection, "revision"), withdrawn=_count(connection, "article WHERE withdrawn_at IS NOT NULL"),
            addresses=_count(connection, "address"), waiting=_count(connection, "address WHERE state <> 'done'"),
            matches=_count(connection, "match WHERE level = 'match'"), alerts=_count(connection, "alert"),
            raw_pages=raw_pages, raw_bytes=raw_bytes, oldest=oldest or "", newest=newest or "",
            backups=tuple(backups_of(store.path)))


def _count(connection: sqlite3.Connection, what: str) -> int:
    return _one(connection, f"SELECT count(*) FROM {what}")


def _one(connection: sqlite3.Connection, statement: str) -> int:
    return int(connection.execute(statement).fetchone()[0])
