"""Pages as they were fetched, compressed with a dictionary learned from earlier ones.

They are kept for a while, those of matched articles for ever. A dictionary is never deleted or changed: pages need the one
they were compressed with.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pipelines.article import Hint, Page
from pipelines.clock import loaded, stored

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL = 3  # level 9 saves a tenth more and costs several times the time (facts: dependencies.md §8)
DICTIONARY_BYTES = 64 * 1024
SAMPLES = 200  # pages to learn from; a crawl of a few sources has them after a day. Chosen by hand
SAMPLE_BYTES = 48 * 1024  # of each: head and templates stand in front, and training time grows with the bytes
CHUNK = 100  # pages read at a time when all are walked through


@dataclass(frozen=True, slots=True, kw_only=True)
class Compressed:
    """A body as it is stored."""

    dictionary_id: int | None
    body: bytes


class Archive:
    """Compresses and reads pages; keeps the digested dictionaries, which are slow to load, between calls."""

    def __init__(self) -> None:
        self._dictionaries: dict[int, zstd.ZstdDict] = {}
        self._compressor: tuple[int | None, zstd.ZstdCompressor] | None = None

    def compress(self, connection: sqlite3.Connection, body: bytes) -> Compressed:
        """The body, compressed with the newest dictionary. Call before the transaction: it takes a millisecond or two."""
        (newest,) = connection.execute("SELECT max(id) FROM dictionary").fetchone()
        if self._compressor is None or self._compressor[0] != newest:
            dictionary = self._dictionary(connection, newest).as_digested_dict if newest else None
            self._compressor = (newest, zstd.ZstdCompressor(level=LEVEL, zstd_dict=dictionary))
        compressor = self._compressor[1]
        return Compressed(dictionary_id=newest, body=compressor.compress(body, mode=zstd.ZstdCompressor.FLUSH_FRAME))

    def put(self, connection: sqlite3.Connection, page: Page, compressed: Compressed, *, is_kept: bool) -> None:
        """Store the page in place of an older one of its address. Once kept for ever, an address stays so; and an address that
        was typed, which says nothing of source, press and headline, takes away nothing that is known of them.
        """
        hint = {"title": page.hint.title, "summary": page.hint.summary,
                "published": stored(page.hint.published) if page.hint.published else None}
        connection.execute(
            """INSERT INTO raw_page (key, url, requested_url, requested_key, source, press, hint, content_type, status,
                 fetched_at, dictionary_id, body, is_kept) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
               ON CONFLICT (key) DO UPDATE SET url = excluded.url, requested_url = excluded.requested_url,
                 requested_key = excluded.requested_key, source = iif(excluded.source = '', source, excluded.source),
                 press = iif(excluded.press = '', press, excluded.press), hint = iif(excluded.hint = '{}', hint, excluded.hint),
                 content_type = excluded.content_type, status = excluded.status, fetched_at = excluded.fetched_at,
                 dictionary_id = excluded.dictionary_id, body = excluded.body, is_kept = max(is_kept, excluded.is_kept)""",
            (page.key, page.url, page.requested_url, page.requested_key, page.source, page.press,
             json.dumps({name: value for name, value in hint.items() if value}, ensure_ascii=False),
             page.content_type, page.status, stored(page.fetched_at), compressed.dictionary_id, compressed.body, int(is_kept)))

    def pages(
        self, connection: sqlite3.Connection, *, source: str | None = None, since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[Page]:
        """The stored pages, by address. Reads a few at a time, so that a slow reader never holds the database."""
        after = ""
        while rows := connection.execute(
            """SELECT key, url, requested_url, requested_key, source, press, hint, content_type, status, fetched_at,
                 dictionary_id, body FROM raw_page
               WHERE key > ? AND (? IS NULL OR source = ?) AND fetched_at >= ? AND fetched_at <= ? ORDER BY key LIMIT ?""",
            (after, source, source, stored(since) if since else "", stored(until) if until else "9999", CHUNK)).fetchall():
            for row in rows:
                yield self._page(connection, row)
            after = rows[-1][0]

    def learned(self, connection: sqlite3.Connection) -> bytes | None:
        """A dictionary from the newest pages; None when there are too few, or when there is one already. Takes seconds."""
        (known,) = connection.execute("SELECT count(*) FROM dictionary").fetchone()
        if known:
            return None
        rows = connection.execute(
            "SELECT dictionary_id, body FROM raw_page ORDER BY fetched_at DESC LIMIT ?", (SAMPLES,)).fetchall()
        if len(rows) < SAMPLES:
            return None
        samples = [self._body(connection, *row)[:SAMPLE_BYTES] for row in rows]
        try:
            return zstd.train_dict(samples, DICTIONARY_BYTES).dict_content
        except (zstd.ZstdError, ValueError):  # too little text in all of them; later pages will do
            return None

    def adopt(self, connection: sqlite3.Connection, dictionary: bytes, *, now: datetime) -> None:
        """Compress with it from now on."""
        connection.execute("INSERT INTO dictionary (body, made_at) VALUES (?, ?)", (dictionary, stored(now)))

    def drop(self, connection: sqlite3.Connection, key: str) -> None:
        connection.execute("DELETE FROM raw_page WHERE key = ?", (key,))

    def _page(self, connection: sqlite3.Connection, row: tuple[object, ...]) -> Page:
        key, url, requested_url, requested_key, source, press, hint, content_type, status, fetched_at, dictionary_id, body = row
        told = json.loads(str(hint))
        published = loaded(told["published"]) if "published" in told else None
        return Page(
            url=str(url), key=str(key), requested_url=str(requested_url), requested_key=str(requested_key), source=str(source),
            press=str(press), content_type=str(content_type), status=int(str(status)), fetched_at=loaded(str(fetched_at)),
            hint=Hint(title=told.get("title"), summary=told.get("summary"), published=published),
            body=self._body(connection, dictionary_id, body),  # type: ignore[arg-type]  # columns of a STRICT table
        )

    def _body(self, connection: sqlite3.Connection, dictionary_id: int | None, body: bytes) -> bytes:
        return zstd.decompress(body, zstd_dict=self._dictionary(connection, dictionary_id) if dictionary_id else None)

    def _dictionary(self, connection: sqlite3.Connection, dictionary_id: int) -> zstd.ZstdDict:
        if dictionary_id not in self._dictionaries:
            (body,) = connection.execute("SELECT body FROM dictionary WHERE id = ?", (dictionary_id,)).fetchone()
            self._dictionaries[dictionary_id] = zstd.ZstdDict(body)
        return self._dictionaries[dictionary_id]


def prune_pages(connection: sqlite3.Connection, *, before: datetime, limit: int) -> int:
    """Delete pages fetched before this, the oldest first, except those of articles that match a topic or did; how many."""
    return connection.execute(
        """DELETE FROM raw_page WHERE key IN (
             SELECT key FROM raw_page WHERE is_kept = 0 AND fetched_at < ? AND NOT EXISTS (
               SELECT 1 FROM article JOIN match ON match.article_id = article.id
               WHERE article.key = raw_page.key AND match.level = 'match')
             ORDER BY fetched_at LIMIT ?)""",
        (stored(before), limit)).rowcount
