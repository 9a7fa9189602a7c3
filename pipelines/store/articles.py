"""Articles, their revisions, their matches, and the full-text rows that are kept in step with them.

Every function wants to be called inside `Store.transaction()`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pipelines.article import Article, Byline, Flag, Image, Page, Reporter, Stamp
from pipelines.clock import loaded, stored
from pipelines.match import Match
from pipelines.reading import Understood
from pipelines.store.packing import packed, unpacked
from pipelines.store.terms import indexed
from pipelines.story import Filed, Fingerprint, Link, Stage, StageKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A stored article, as far as a new reading of its address is compared with it."""

    id: int
    story_id: int
    title: str
    text_hash: str
    seen_at: datetime  # since when it has been as it is


KNOWN = """SELECT a.id, a.story_id, a.title, a.text_hash,
  coalesce((SELECT max(replaced_at) FROM revision WHERE article_id = a.id), a.first_seen_at) FROM article AS a """


def find(connection: sqlite3.Connection, key: str) -> Known | None:
    """The article whose address this is."""
    return _known(connection.execute(KNOWN + "WHERE a.key = ?", (key,)).fetchone())


def found_at(connection: sqlite3.Connection, key: str) -> Known | None:
    """The article that this address, now or once, led to."""
    return _known(connection.execute(
        KNOWN + "JOIN address ON address.article_id = a.id WHERE address.key = ?", (key,)).fetchone())


def _known(row: tuple[Any, ...] | None) -> Known | None:
    if row is None:
        return None
    return Known(id=row[0], story_id=row[1], title=row[2], text_hash=row[3], seen_at=loaded(row[4]))


def add(
    connection: sqlite3.Connection, page: Page, understood: Understood, filed: Filed, *, story_id: int, link: Link | None,
    now: datetime,
) -> int:
    """A new article in its story; its id."""
    values = {
        **columns(understood, filed), "key": page.key, "url": page.url, "source": page.source, "story_id": story_id,
        "first_seen_at": stored(now), "last_seen_at": stored(now),
        "relation": link.relation if link else "", "related_to": link.article_id if link else None,
        "containment": link.containment if link else 0.0, "reasons": dumped(link.reasons if link else ()),
    }
    connection.execute(
        "INSERT OR IGNORE INTO address (key, url, source, state, discovered_at) VALUES (?, ?, ?, 'pending', ?)",
        (page.key, page.url, page.source, stored(now)))  # settled later in this transaction
    cursor = connection.execute(
        f"INSERT INTO article ({', '.join(values)}) VALUES ({', '.join(f':{name}' for name in values)})", values)
    article_id = cursor.lastrowid
    assert article_id is not None
    _index(connection, article_id)
    return article_id


def revise(
    connection: sqlite3.Connection, known: Known, understood: Understood, filed: Filed, *, now: datetime, keep_old: bool = True
) -> None:
    """Put the new reading in the article's place; what it said before becomes a revision, unless only our reading has changed."""
    if keep_old:
        connection.execute(
            """INSERT INTO revision (article_id, title, subtitle, text, text_hash, seen_at, replaced_at)
               SELECT id, title, subtitle, text, text_hash, ?, ? FROM article WHERE id = ?""",
            (stored(known.seen_at), stored(now), known.id))
    values = columns(understood, filed)
    unindex(connection, known.id)
    connection.execute(
        f"UPDATE article SET {', '.join(f'{name} = :{name}' for name in values)} WHERE id = :id", {**values, "id": known.id})
    _index(connection, known.id)


FOR_COMPARING = frozenset({"text_hash", "fingerprint", "shingles", "cues"})  # columns that no reader sees


def differing(connection: sqlite3.Connection, article_id: int, understood: Understood, filed: Filed) -> tuple[str, ...]:
    """The columns in which a new reading of the same page differs from what is stored."""
    values = columns(understood, filed)
    stored_values = connection.execute(f"SELECT {', '.join(values)} FROM article WHERE id = ?", (article_id,)).fetchone()
    return tuple(name for (name, value), old in zip(values.items(), stored_values, strict=True) if value != old)


def levels(connection: sqlite3.Connection, article_id: int) -> dict[str, str]:
    """Topic → level of its matches."""
    return dict(connection.execute("SELECT topic, level FROM match WHERE article_id = ?", (article_id,)).fetchall())


def touch(connection: sqlite3.Connection, article_id: int, *, now: datetime) -> None:
    """It is still there."""
    connection.execute(
        "UPDATE article SET last_seen_at = ?, withdrawn_at = NULL WHERE id = ?", (stored(now), article_id))


def withdraw(connection: sqlite3.Connection, article_id: int, *, now: datetime) -> None:
    """Its publisher took it down. The text stays; the first time this was seen stays."""
    connection.execute(
        "UPDATE article SET withdrawn_at = coalesce(withdrawn_at, ?) WHERE id = ?", (stored(now), article_id))


def put_matches(connection: sqlite3.Connection, article_id: int, matches: Iterable[Match], *, now: datetime) -> None:
    """The article's matches as they are now; a match that is no longer found goes."""
    found = {match.topic: match for match in matches}
    kept = dumped(list(found))
    connection.execute(
        "DELETE FROM match WHERE article_id = ? AND topic NOT IN (SELECT value FROM json_each(?))", (article_id, kept))
    put_each(connection, article_id, found.values(), now=now)


def put_each(connection: sqlite3.Connection, article_id: int, matches: Iterable[Match], *, now: datetime) -> None:
    """These matches; those of other topics stay as they are."""
    connection.executemany(
        """INSERT INTO match (article_id, topic, level, score, subtopics, sentence, evidence, matched_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (topic, article_id) DO UPDATE SET level = excluded.level, score = excluded.score,
             subtopics = excluded.subtopics, sentence = excluded.sentence, evidence = excluded.evidence""",
        [(article_id, m.topic, m.level, m.score, dumped(m.subtopics), m.sentence,
          dumped([asdict(e) for e in m.evidence]), stored(now)) for m in matches])


def columns(understood: Understood, filed: Filed) -> dict[str, Any]:
    """The columns of `article` that a reading fills."""
    article, fingerprint = understood.article, understood.fingerprint
    return {
        "canonical_url": article.canonical_url, "press": article.press or "", "origin": article.origin or "",
        "title": article.title, "subtitle": article.subtitle, "text": article.text,
        "captions": dumped(article.captions), "byline": dumped(_filled(asdict(article.byline))), "tags": dumped(article.tags),
        "flags": dumped(article.flags), "images": dumped([_filled(asdict(image)) for image in article.images]),
        "section": article.section, "language": article.language, "family": article.family,
        "published_at": stored(article.published.at) if article.published else None,
        "published_evidence": evidence(article.published),
        "modified_at": stored(article.modified.at) if article.modified else None,
        "stage": str(fingerprint.stage or ""), "is_correction": int(filed.is_correction), "text_hash": fingerprint.text_hash,
        "fingerprint": fingerprint_text(fingerprint), "shingles": packed(fingerprint.shingles), "cues": packed(fingerprint.cues),
    }


def article_of(row: sqlite3.Row) -> Article:
    """The article that `columns` wrote."""
    byline = json.loads(row["byline"])
    reporters = tuple(Reporter(**reporter) for reporter in byline.pop("reporters", ()))
    return Article(
        url=row["url"], canonical_url=row["canonical_url"], title=row["title"], subtitle=row["subtitle"],
        tags=tuple(json.loads(row["tags"])), paragraphs=tuple(row["text"].split("\n")) if row["text"] else (),
        captions=tuple(json.loads(row["captions"])), byline=Byline(reporters=reporters, **byline),
        press=row["press"] or None, origin=row["origin"] or None, section=row["section"], language=row["language"],
        published=_stamp(row["published_at"], row["published_evidence"]), modified=_stamp(row["modified_at"], ""),
        images=tuple(Image(**image) for image in json.loads(row["images"])),
        flags=tuple(Flag(flag) for flag in json.loads(row["flags"])), family=row["family"],
    )


def fingerprint_of(text_hash: str, text: str, shingles: bytes, cues: bytes) -> Fingerprint:
    """The fingerprint that `columns` wrote."""
    values = json.loads(text)
    if stage := values.pop("stage", None):
        values["stage"] = Stage(kind=StageKind(stage[0]), number=stage[1])
    facts = tuple(values.pop("facts", ()))
    return Fingerprint(text_hash=text_hash, shingles=unpacked(shingles), cues=unpacked(cues), facts=facts, **values)


def fingerprint_text(fingerprint: Fingerprint) -> str:
    """As JSON, without what has a column of its own."""
    stage = [fingerprint.stage.kind, fingerprint.stage.number] if fingerprint.stage else None
    more = {"stage": stage, "facts": fingerprint.facts, "series": fingerprint.series, "instalment": fingerprint.instalment}
    return dumped({"length": fingerprint.length, "headline": fingerprint.headline, **_filled(more)})


DAY_ONLY = " (day only)"  # how `published_evidence` says that the page gave no time of day


def evidence(stamp: Stamp | None) -> str:
    if stamp is None:
        return ""
    return stamp.evidence if stamp.has_time else stamp.evidence + DAY_ONLY


def dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _stamp(at: str | None, noted: str) -> Stamp | None:
    if at is None:
        return None
    return Stamp(at=loaded(at), has_time=not noted.endswith(DAY_ONLY), evidence=noted.removesuffix(DAY_ONLY))


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    """Without what says nothing: keeps rows short and JSON readable."""
    return {name: value for name, value in values.items() if value not in (None, "", (), [])}


SEARCHED = "SELECT id, title, subtitle, text, press, section FROM article WHERE id = ?"


def _search_row(connection: sqlite3.Connection, article_id: int) -> tuple[object, ...]:
    id_, title, subtitle, text, press, section = connection.execute(SEARCHED, (article_id,)).fetchone()
    lede, _, body = text.partition("\n")
    return (id_, indexed(f"{title}\n{subtitle or ''}"), indexed(lede), indexed(body), indexed(press), indexed(section))


def _index(connection: sqlite3.Connection, article_id: int) -> None:
    connection.execute(
        "INSERT INTO article_search (rowid, title, lede, body, press, section) VALUES (?, ?, ?, ?, ?, ?)",
        _search_row(connection, article_id))


def unindex(connection: sqlite3.Connection, article_id: int) -> None:
    """A contentless index is told what it held; call before the article changes (SQLite 3.40 has no contentless_delete)."""
    connection.execute(
        """INSERT INTO article_search (article_search, rowid, title, lede, body, press, section)
           VALUES ('delete', ?, ?, ?, ?, ?, ?)""", _search_row(connection, article_id))
