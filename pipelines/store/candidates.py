"""Which stored articles could belong with a new one: looked up in indexed tables, within a window of days.

The same text is found by its hash; copies by sampled shingles; other words for the same event by cues. A hash that many
articles share (furniture of a press, a name in all headlines) says little: it is read up to a limit, and its vote is divided
by the number of its articles.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from pipelines.article import Flag
from pipelines.clock import loaded
from pipelines.store.articles import fingerprint_of
from pipelines.story import Candidate, Filed, Fingerprint

SHINGLE, CUE = 0, 1  # probe.kind
SHINGLES_KEPT = 48  # of one article: those with the smallest hashes, so that two copies keep the same ones. Chosen by hand
CUES_KEPT = 32
HITS_MAX = 64  # articles read for one hash, the newest first
CANDIDATES_MAX = 24  # for each kind
TWINS_MAX = 8  # articles with the very same text: one would do, but a story split by hand may hold some of them
LOW_31_BITS = 0x7FFF_FFFF  # short integers take half the room; a chance meeting costs one comparison


def candidates(
    connection: sqlite3.Connection, filed: Filed, *, window: timedelta, apart_from: int | None = None
) -> tuple[Candidate, ...]:
    """At most 2 x CANDIDATES_MAX + TWINS_MAX articles published (else seen) within `window` of this one, most promising first."""
    fingerprint = filed.fingerprint
    first, last = _day(filed.at - window), _day(filed.at + window)
    found = dict.fromkeys(_twins(connection, fingerprint))
    for kind, hashes in probes(fingerprint):
        found.update(dict.fromkeys(_most_shared(connection, kind, hashes, first, last)))
    found.pop(apart_from or 0, None)
    return tuple(c for c in _loaded(connection, tuple(found)) if abs(c.filed.at - filed.at) <= window)


def probes(fingerprint: Fingerprint) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """What is kept in the look-up table, by kind."""
    return ((SHINGLE, _sampled(fingerprint.shingles, SHINGLES_KEPT)), (CUE, _sampled(fingerprint.cues, CUES_KEPT)))


def add_probes(connection: sqlite3.Connection, article_id: int, filed: Filed) -> None:
    day = _day(filed.at)
    connection.executemany(
        "INSERT OR IGNORE INTO probe (kind, hash, day, article_id) VALUES (?, ?, ?, ?)",
        [(kind, each, day, article_id) for kind, hashes in probes(filed.fingerprint) for each in hashes])


def drop_probes(connection: sqlite3.Connection, article_id: int, filed: Filed) -> None:
    """Of an article as it was filed before: call before it changes."""
    day = _day(filed.at)
    connection.executemany(
        "DELETE FROM probe WHERE kind = ? AND hash = ? AND day = ? AND article_id = ?",
        [(kind, each, day, article_id) for kind, hashes in probes(filed.fingerprint) for each in hashes])


def filed_article(connection: sqlite3.Connection, article_id: int) -> Candidate:
    (candidate,) = _loaded(connection, (article_id,))
    return candidate


def _sampled(hashes: Sequence[int], count: int) -> tuple[int, ...]:
    return tuple(sorted({each & LOW_31_BITS for each in hashes})[:count])


def _twins(connection: sqlite3.Connection, fingerprint: Fingerprint) -> Iterator[int]:
    rows = connection.execute(
        "SELECT id FROM article WHERE text_hash = ? ORDER BY id DESC LIMIT ?", (fingerprint.text_hash, TWINS_MAX))
    return (article_id for (article_id,) in rows)


def _most_shared(connection: sqlite3.Connection, kind: int, hashes: Iterable[int], first: int, last: int) -> list[int]:
    votes: dict[int, float] = defaultdict(float)
    for each in hashes:
        hits = connection.execute(
            """SELECT article_id FROM probe WHERE kind = ? AND hash = ? AND day BETWEEN ? AND ?
               ORDER BY day DESC, article_id DESC LIMIT ?""", (kind, each, first, last, HITS_MAX)).fetchall()
        for (article_id,) in hits:
            votes[article_id] += 1 / len(hits)
    return sorted(votes, key=lambda article_id: (-votes[article_id], article_id))[:CANDIDATES_MAX]


def _loaded(connection: sqlite3.Connection, ids: Sequence[int]) -> list[Candidate]:
    """In the order of `ids`."""
    rows = connection.execute(
        """SELECT article.id, story_id, press, origin, coalesce(published_at, first_seen_at), flags,
             text_hash, fingerprint, shingles, cues
           FROM json_each(?) AS wanted JOIN article ON article.id = wanted.value ORDER BY wanted.key""", (json.dumps(ids),))
    return [
        Candidate(article_id=row[0], story_id=row[1], filed=Filed(
            press=row[2], origin=row[3], at=loaded(row[4]), is_correction=Flag.CORRECTION in json.loads(row[5]),
            fingerprint=fingerprint_of(row[6], row[7], row[8], row[9])))
        for row in rows
    ]


def _day(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() // 86400)
