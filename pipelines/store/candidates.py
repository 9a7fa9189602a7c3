"""Which stored articles could belong with a new one: looked up in indexed tables, within a window of days.

The same text is found by its hash; copies by sampled shingles; other words for the same event by cues. A hash that many
articles share (furniture of a press, a name in all headlines) says little: it is read up to a limit, and its vote is divided
by the number of its articles.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain

from pipelines.clock import loaded
from pipelines.store.articles import fingerprint_of
from pipelines.story import Candidate, Filed, Fingerprint

SHINGLE, CUE = 0, 1  # probe.kind
KEPT = (32, 32)  # hashes of one article in the table, by kind: each costs a page write. 24 meet all related pairs of the corpus
LOOKED_UP = (64, 32)  # hashes of a new article that are looked up, by kind: a long text meets its trimmed copy
SHARED_LEAST = (2, 2)  # hashes in common, by kind, of an article worth comparing
HITS_MAX = (64, 100)  # articles read for one hash, by kind, the newest first
CANDIDATES_MAX = (16, 16)  # by kind, those that share the most and rarest
TWINS_MAX = 8  # articles with the very same text: one would do, but a story split by hand may hold some of them
LOW_31_BITS = 0x7FFF_FFFF  # short integers take half the room; a chance meeting costs one comparison
FURNITURE_STORIES = 5  # stories of one press that have a shingle in common which none of them is about. Chosen by hand


def candidates(
    connection: sqlite3.Connection, filed: Filed, *, copy_window: timedelta, event_window: timedelta,
    apart_from: int | None = None,
) -> tuple[Candidate, ...]:
    """Articles worth comparing with this one, the most promising first: those with the same text, then those that share
    shingles and were published (else seen) within `copy_window`, then those that share cues within `event_window`."""
    found = dict.fromkeys(_twins(connection, filed.fingerprint))
    for (kind, hashes), window in zip(probes(filed.fingerprint, LOOKED_UP), (copy_window, event_window), strict=True):
        found.update(dict.fromkeys(_most_shared(connection, kind, hashes, _day(filed.at - window), _day(filed.at + window))))
    found.pop(apart_from or 0, None)
    return tuple(_loaded(connection, tuple(found)))


def furniture(filed: Filed, found: Sequence[Candidate]) -> frozenset[int]:
    """Shingles that many stories of this press share: its standing lines, which make no two articles alike."""
    own = {each.story_id: each.filed.fingerprint.shingles for each in found if each.filed.press == filed.press}
    if not filed.press or len(own) < FURNITURE_STORIES:
        return frozenset()
    counted = Counter(shingle for shingles in own.values() for shingle in shingles)
    return frozenset(shingle for shingle in filed.fingerprint.shingles if counted[shingle] >= FURNITURE_STORIES)


def probes(fingerprint: Fingerprint, count: tuple[int, int] = KEPT) -> tuple[tuple[int, list[int]], ...]:
    """What is kept in the look-up table, by kind: at most `count` of each."""
    return ((SHINGLE, _sampled(fingerprint.shingles, count[SHINGLE])), (CUE, _sampled(fingerprint.cues, count[CUE])))


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


def _sampled(hashes: Iterable[int], count: int) -> list[int]:
    """The same choice from two texts that share hashes. Those divisible by the highest powers of two come first: they are what
    the sparser sample of a longer text holds, too (pipelines.stories.prints)."""
    return sorted({each & LOW_31_BITS for each in hashes}, key=lambda each: (-(each & -each), each))[:count]


def _twins(connection: sqlite3.Connection, fingerprint: Fingerprint) -> Iterator[int]:
    rows = connection.execute(
        "SELECT id FROM article WHERE text_hash = ? ORDER BY id DESC LIMIT ?", (fingerprint.text_hash, TWINS_MAX))
    return (article_id for (article_id,) in rows)


def _most_shared(connection: sqlite3.Connection, kind: int, hashes: Iterable[int], first: int, last: int) -> list[int]:
    hits = [
        [article_id for (article_id,) in connection.execute(
            """SELECT article_id FROM probe WHERE kind = ? AND hash = ? AND day BETWEEN ? AND ?
               ORDER BY day DESC, article_id DESC LIMIT ?""", (kind, each, first, last, HITS_MAX[kind]))]
        for each in hashes]
    shared = Counter(chain.from_iterable(hits))
    votes = {article_id: 0.0 for article_id, count in shared.items() if count >= SHARED_LEAST[kind]}
    for ids in hits:
        for article_id in votes.keys() & ids:
            votes[article_id] += 1 / len(ids)
    return sorted(votes, key=lambda article_id: (-votes[article_id], article_id))[: CANDIDATES_MAX[kind]]


def _loaded(connection: sqlite3.Connection, ids: Sequence[int]) -> list[Candidate]:
    """In the order of `ids`."""
    rows = connection.execute(
        """SELECT article.id, story_id, press, origin, coalesce(published_at, first_seen_at), is_correction,
             text_hash, fingerprint, shingles, cues
           FROM json_each(?) AS wanted JOIN article ON article.id = wanted.value ORDER BY wanted.key""", (json.dumps(ids),))
    return [
        Candidate(article_id=row[0], story_id=row[1], filed=Filed(
            press=row[2], origin=row[3], at=loaded(row[4]), is_correction=bool(row[5]),
            fingerprint=fingerprint_of(row[6], row[7], row[8], row[9])))
        for row in rows
    ]


def _day(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() // 86400)
