"""Rows → what a message tells: the story of an alert as it stands now. SQL only."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipelines.clock import loaded, stored
from pipelines.match import Evidence, Field
from pipelines.store.notices import Facts, NoticeKind, facts_read
from pipelines.store.outbox import FAMILY
from pipelines.store.recipients import Message, earlier_messages

USUAL = timedelta(weeks=4)  # each weekday four times; chosen by hand
TOLD = """FROM alert WHERE topic = :topic AND is_silent = 0 AND EXISTS (
  SELECT 1 FROM delivery WHERE alert_id = alert.id AND channel = :channel AND recipient = :recipient AND mode = :mode)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """Another article of the story."""

    press: str  # "" when unknown
    url: str
    relation: str  # copy, update, same-event; "" opened the story
    title: str
    stage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One alert with all that its message may say. `text` is here to quote from, never to be sent whole."""

    alert_id: int
    message_id: str
    kind: str  # new or update
    topic: str
    born_at: datetime
    subject: str  # of an update: the one that the thread began with
    thread_ids: tuple[str, ...]  # Message-IDs of what its reader was told of the story before, the first one first
    news: tuple[str, ...]  # of an update: the sentences that say what no earlier article said
    story_id: int
    article_id: int
    title: str
    stage: str
    press: str
    origin: str
    published_at: datetime | None
    first_seen_at: datetime
    is_withdrawn: bool
    url: str
    text: str
    sentence: str
    evidence: tuple[Evidence, ...]
    score: float
    subtopics: tuple[str, ...]
    others: tuple[Carrier, ...]  # in the order in which they were seen, without those that are gone

    @property
    def is_update(self) -> bool:
        """To its reader: who was never told of the story gets a new one."""
        return self.kind == "update" and bool(self.thread_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message about sosik itself."""

    notice_id: int
    message_id: str
    subject: str  # "" unless it is worded
    body: str
    born_at: datetime
    thread_ids: tuple[str, ...] = ()
    kind: NoticeKind = NoticeKind.WORDED
    facts: Facts = field(default_factory=dict)


def telling(connection: sqlite3.Connection, alert_id: int, reader: tuple[str, str] | None = None) -> Telling:
    """To this (channel, recipient); without one, to somebody who was told of all. Raises LookupError when there is no such
    alert."""
    row = connection.execute(
        """SELECT alert.message_id, alert.kind, alert.topic, alert.born_at, alert.subject, alert.thread_id, alert.news,
             alert.story_id, article.id, article.title, article.stage, article.press, article.origin, article.published_at,
             article.first_seen_at, article.withdrawn_at, article.url, article.text,
             match.sentence, match.evidence, match.score, match.subtopics
           FROM alert JOIN article ON article.id = alert.article_id
             LEFT JOIN match ON match.article_id = article.id AND match.topic = alert.topic
           WHERE alert.id = ?""",
        (alert_id,),
    ).fetchone()
    if row is None:
        raise LookupError(f"there is no alert {alert_id}")
    (message_id, kind, topic, born_at, subject, thread_id, news, story_id, article_id, title, stage, press, origin,
     published_at, first_seen_at, withdrawn_at, url, text, sentence, evidence, score, subtopics) = row
    thread = [] if kind == "new" else _thread(connection, alert_id, thread_id, reader)
    return Telling(
        alert_id=alert_id, message_id=message_id, kind=kind, topic=topic, born_at=loaded(born_at),
        subject=thread[0].subject if thread else subject, thread_ids=tuple(each.message_id for each in thread),
        news=tuple(json.loads(news)), story_id=story_id, article_id=article_id, title=title, stage=stage, press=press,
        origin=origin, published_at=loaded(published_at) if published_at else None, first_seen_at=loaded(first_seen_at),
        is_withdrawn=withdrawn_at is not None, url=url, text=text,
        sentence=sentence or "", evidence=_evidence(evidence), score=score or 0.0, subtopics=tuple(json.loads(subtopics or "[]")),
        others=_others(connection, story_id, article_id),
    )


def notice(connection: sqlite3.Connection, notice_id: int) -> Notice:
    row = connection.execute(
        """SELECT notice.message_id, notice.subject, notice.body, notice.born_at, first.message_id, notice.kind, notice.facts
           FROM notice LEFT JOIN notice AS first ON first.id = notice.thread_id WHERE notice.id = ?""",
        (notice_id,),
    ).fetchone()
    if row is None:
        raise LookupError(f"there is no notice {notice_id}")
    return Notice(
        notice_id=notice_id, message_id=row[0], subject=row[1], body=row[2], born_at=loaded(row[3]),
        thread_ids=(row[4],) if row[4] else (), kind=NoticeKind(row[5]), facts=facts_read(row[6]),
    )


def usual_stories(
    connection: sqlite3.Connection, topic: str, *, channel: str, recipient: str, mode: str, since: datetime, until: datetime
) -> float | None:
    """How many stories of the topic a reader was told of in a time as long as this one, on average of the four weeks before it.

    Counted from the first that the reader was told in this mode; None without a whole such time on record.
    """
    period, values = until - since, {"topic": topic, "channel": channel, "recipient": recipient, "mode": mode}
    if not (first := connection.execute(f"SELECT born_at {TOLD} ORDER BY born_at LIMIT 1", values).fetchone()):
        return None
    begin = max(since - USUAL, loaded(first[0]))
    if not timedelta(0) < period <= since - begin:
        return None
    (count,) = connection.execute(  # a story stands in a digest once
        f"""SELECT count(*) FROM (
              SELECT DISTINCT story_id, (strftime('%s', :since) - strftime('%s', born_at) - 1) / CAST(:period_s AS INTEGER)
              {TOLD} AND born_at >= :begin AND born_at < :since)""",
        {**values, "begin": stored(begin), "since": stored(since), "period_s": period.total_seconds()},
    ).fetchone()
    return float(count / ((since - begin) / period))


def newest_alerts(connection: sqlite3.Connection) -> dict[str, int]:
    """topic → id of its newest alert that was no silent one."""
    rows = connection.execute(  # from topic to topic in the index: GROUP BY would read all alerts
        """WITH RECURSIVE told(topic) AS (
             SELECT min(topic) FROM alert WHERE is_silent = 0
             UNION SELECT (SELECT min(topic) FROM alert WHERE is_silent = 0 AND topic > told.topic) FROM told)
           SELECT topic, (SELECT id FROM alert WHERE is_silent = 0 AND alert.topic = told.topic ORDER BY id DESC LIMIT 1)
           FROM told WHERE topic IS NOT NULL"""
    )
    return dict(rows.fetchall())


def last_alerts(connection: sqlite3.Connection, topic: str, count: int) -> list[int]:
    """Ids, newest first, silent ones left out."""
    rows = connection.execute(
        "SELECT id FROM alert WHERE topic = ? AND is_silent = 0 ORDER BY id DESC LIMIT ?", (topic, count)
    )
    return [row[0] for row in rows]


def _thread(
    connection: sqlite3.Connection, alert_id: int, thread_id: int | None, reader: tuple[str, str] | None
) -> list[Message]:
    """What its reader was told before; without one, the alerts of its thread that were not silent."""
    if reader:
        return earlier_messages(connection, alert_id, channel=reader[0], recipient=reader[1])
    rows = connection.execute(
        "SELECT message_id, subject FROM alert WHERE (id = ? OR thread_id = ?) AND id < ? AND is_silent = 0 ORDER BY id",
        (thread_id, thread_id, alert_id),
    )
    return [Message(*row) for row in rows]


def _others(connection: sqlite3.Connection, story_id: int, article_id: int) -> tuple[Carrier, ...]:
    rows = connection.execute(
        FAMILY
        + """SELECT press, url, relation, title, stage FROM article JOIN family ON article.story_id = family.id
             WHERE article.id <> :article_id AND withdrawn_at IS NULL ORDER BY article.id""",
        {"story_id": story_id, "article_id": article_id},
    )
    return tuple(Carrier(press=p, url=u, relation=r, title=t, stage=s) for p, u, r, t, s in rows)


def _evidence(text: str | None) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(field=Field(each["field"]), start=each["start"], end=each["end"], text=each["text"], rule=each["rule"])
        for each in json.loads(text or "[]")
    )
