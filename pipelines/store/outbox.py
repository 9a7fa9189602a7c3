"""The ledger's rows: alerts, deliveries, digests, notices. SQL only; what they mean is decided in pipelines.alerts."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipelines.clock import loaded, stored
from pipelines.delivery import State

# A story and all that were joined with it, whichever way: `family(id)`.
FAMILY = """WITH RECURSIVE family(id) AS (
  SELECT :story_id
  UNION SELECT story.id FROM story JOIN family ON story.joined_into = family.id
  UNION SELECT story.joined_into FROM story JOIN family ON story.id = family.id WHERE story.joined_into IS NOT NULL
) """


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """The matched article, as far as it decides who is told."""

    topic: str
    key: str  # identity of its address
    title: str
    press: str
    stage: str  # 속보, 1보, 종합2보; "" without one
    tags: tuple[str, ...]
    score: float
    subtopics: tuple[str, ...]
    is_silent: bool = False  # its address was found by a first crawl or a back-fill
    age: timedelta | None = None  # when it was first seen; None: nobody says when it was published


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """The alert that told a story first."""

    alert_id: int
    is_silent: bool
    born_at: datetime


def trigger(connection: sqlite3.Connection, *, article_id: int, topic: str) -> Trigger:
    row = connection.execute(
        """SELECT article.key, article.title, article.press, article.stage, article.tags,
             match.score, match.subtopics, address.is_silent, article.published_at, article.first_seen_at
           FROM article JOIN match ON match.article_id = article.id JOIN address ON address.key = article.key
           WHERE article.id = ? AND match.topic = ?""",
        (article_id, topic),
    ).fetchone()
    if row is None:
        raise LookupError(f"article {article_id} has no match for {topic}: write the match before its alert")
    key, title, press, stage, tags, score, subtopics, is_silent, published_at, seen_at = row
    return Trigger(
        topic=topic, key=key, title=title, press=press, stage=stage, tags=tuple(json.loads(tags)),
        score=score, subtopics=tuple(json.loads(subtopics)), is_silent=bool(is_silent),
        age=loaded(seen_at) - loaded(published_at) if published_at else None,
    )


def triggers(connection: sqlite3.Connection, alert_id: int) -> Iterator[Trigger]:
    """All that may make a reader want the alert: the articles of its story that match its topic; of an update its own alone."""
    story_id, topic, article_id, kind = connection.execute(
        "SELECT story_id, topic, article_id, kind FROM alert WHERE id = ?", (alert_id,)
    ).fetchone()
    rows = connection.execute(
        FAMILY
        + """SELECT article.id FROM family CROSS JOIN article ON article.story_id = family.id
             CROSS JOIN match ON match.article_id = article.id AND match.topic = :topic
             WHERE article.id = :article_id OR (:kind = 'new' AND match.level = 'match')""",
        {"story_id": story_id, "topic": topic, "article_id": article_id, "kind": kind},
    )
    return (trigger(connection, article_id=each, topic=topic) for (each,) in rows.fetchall())


def thread_of(connection: sqlite3.Connection, *, story_id: int, topic: str) -> Thread | None:
    """The first alert on the story or on one that was joined with it; one that was told goes before a silent one."""
    row = connection.execute(
        FAMILY
        + """SELECT alert.id, is_silent, born_at FROM alert JOIN family ON alert.story_id = family.id
             WHERE topic = :topic AND kind = 'new' ORDER BY is_silent, alert.id LIMIT 1""",
        {"story_id": story_id, "topic": topic},
    ).fetchone()
    return Thread(alert_id=row[0], is_silent=bool(row[1]), born_at=loaded(row[2])) if row else None


def readers_told(connection: sqlite3.Connection, *, story_id: int, topic: str) -> frozenset[tuple[str, str]]:
    """(channel, address) of all who were told of the story, or of one that was joined with it."""
    rows = connection.execute(
        FAMILY
        + """SELECT DISTINCT channel, recipient FROM delivery JOIN alert ON alert.id = delivery.alert_id
             JOIN family ON alert.story_id = family.id WHERE topic = :topic""",
        {"story_id": story_id, "topic": topic},
    )
    return frozenset((channel, address) for channel, address in rows)


def is_muted(connection: sqlite3.Connection, story_id: int) -> bool:
    found = connection.execute(
        FAMILY + "SELECT 1 FROM mute JOIN family ON mute.story_id = family.id LIMIT 1", {"story_id": story_id}
    ).fetchone()
    return found is not None


def is_withdrawn(connection: sqlite3.Connection, alert_id: int) -> bool:
    """Whether the alert's article is gone, and no other tells the same: of an update, none that came after it."""
    story_id, article_id, kind = connection.execute(
        "SELECT story_id, article_id, kind FROM alert WHERE id = ?", (alert_id,)
    ).fetchone()
    (found,) = connection.execute(
        FAMILY
        + """SELECT (SELECT withdrawn_at FROM article WHERE id = :article_id) IS NOT NULL AND NOT EXISTS (
               SELECT 1 FROM family CROSS JOIN article ON article.story_id = family.id
               WHERE withdrawn_at IS NULL AND (:kind = 'new' OR article.id > :article_id))""",
        {"story_id": story_id, "article_id": article_id, "kind": kind},
    ).fetchone()
    return bool(found)


def story_of(connection: sqlite3.Connection, alert_id: int) -> int:
    return int(connection.execute("SELECT story_id FROM alert WHERE id = ?", (alert_id,)).fetchone()[0])


def is_overtaken(connection: sqlite3.Connection, *, thread_id: int, article_id: int) -> bool:
    """Whether the thread has told of a later article: what was written before it is no update."""
    (found,) = connection.execute(
        """SELECT EXISTS (SELECT 1 FROM alert JOIN article AS told ON told.id = alert.article_id
             WHERE (alert.id = :thread_id OR alert.thread_id = :thread_id)
               AND told.published_at > (SELECT published_at FROM article WHERE id = :article_id))""",
        {"thread_id": thread_id, "article_id": article_id},
    ).fetchone()
    return bool(found)


def texts(connection: sqlite3.Connection, *, story_id: int, article_id: int) -> tuple[str, str]:
    """(the article's text, all that the story's earlier articles say)."""
    rows = connection.execute(
        FAMILY
        + """SELECT article.id, title, text FROM article JOIN family ON article.story_id = family.id
             WHERE article.id <= :article_id ORDER BY article.id""",
        {"story_id": story_id, "article_id": article_id},
    ).fetchall()
    own = next((text for row_id, _, text in rows if row_id == article_id), "")
    earlier = dict.fromkeys(part for row_id, title, text in rows if row_id != article_id for part in (title, text))
    return own, "\n".join(earlier)  # copies say the same: each text once


def add_alert(
    connection: sqlite3.Connection,
    *,
    story_id: int,
    topic: str,
    article_id: int,
    subject: str,
    message_id: str,
    thread_id: int | None,
    news: tuple[str, ...],
    is_silent: bool,
    now: datetime,
) -> int:
    """The new alert's id. With a thread it is an update, else it tells the story first."""
    cursor = connection.execute(
        """INSERT INTO alert (story_id, topic, article_id, subject, kind, message_id, thread_id, news, is_silent, born_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (story_id, topic, article_id, subject, "update" if thread_id else "new", message_id, thread_id,
         json.dumps(news, ensure_ascii=False), int(is_silent), stored(now)),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def add_delivery(
    connection: sqlite3.Connection, *, alert_id: int, channel: str, recipient: str, mode: str, state: State, due: datetime
) -> None:
    """One line of the ledger, unless it stands there."""
    connection.execute(
        """INSERT INTO delivery (alert_id, channel, recipient, mode, state, next_try_at) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (alert_id, channel, recipient, mode) DO NOTHING""",
        (alert_id, channel, recipient, mode, state, stored(due)),
    )


def wake(connection: sqlite3.Connection, alert_id: int, now: datetime) -> None:
    """What quiet hours put off is due, to be looked at anew: a later article may have made it more urgent."""
    connection.execute(
        f"""UPDATE delivery SET next_try_at = :now
           WHERE alert_id = :alert_id AND mode = 'instant' AND state = '{State.PENDING}'
             AND digest_id IS NULL AND next_try_at > :now""",
        {"alert_id": alert_id, "now": stored(now)},
    )


def original_of(connection: sqlite3.Connection, alert_id: int) -> tuple[int, str] | None:
    """(article, topic) that an alert nobody has been told yet should tell instead of its own: the story's original, when the
    alert was set off by another outlet's copy and the original is about the topic, too. Not of a story that was joined into
    another: its articles left it.
    """
    row = connection.execute(
        """SELECT story.canonical_article_id, alert.topic FROM alert
             JOIN story ON story.id = alert.story_id
             JOIN article AS own ON own.id = alert.article_id
             JOIN article AS original ON original.id = story.canonical_article_id AND original.story_id = story.id
             JOIN match ON match.article_id = original.id AND match.topic = alert.topic AND match.level = 'match'
           WHERE alert.id = ? AND alert.kind = 'new' AND original.press <> own.press AND original.withdrawn_at IS NULL
             AND NOT EXISTS (SELECT 1 FROM delivery WHERE alert_id = alert.id AND tries > 0)""",
        (alert_id,),
    ).fetchone()
    return (row[0], row[1]) if row else None


def tell_by(connection: sqlite3.Connection, alert_id: int, *, article_id: int, subject: str) -> None:
    connection.execute("UPDATE alert SET article_id = ?, subject = ? WHERE id = ?", (article_id, subject, alert_id))
