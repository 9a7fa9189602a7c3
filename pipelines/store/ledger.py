"""The ledger at rest: what is due, what was tried, how it ended. SQL only; pipelines.alerts.deliver decides.

The states and how they follow one another: pipelines.delivery.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from pipelines.clock import loaded, stored
from pipelines.delivery import INTERRUPTED, IS_OPEN, TRIED, WAITING, State, listed

TRIES_MIN = 10  # before anything is dead: three days by a clock that was set forward are no three days
PUT_OFF = timedelta(days=1)  # for no longer do quiet hours put off what is told at once
STUBBORN = 4  # tries (a quarter of an hour) for which later messages to the same reader wait behind one; chosen by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One message to send: one line of the ledger, or all lines of a digest."""

    ids: tuple[int, ...]
    channel: str
    recipient: str
    alert_ids: tuple[int, ...] = ()
    notice_id: int | None = None
    digest_id: int | None = None
    tries: int = 0
    first_tried_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestRow:
    digest_id: int
    kind: str
    message_id: str
    since: datetime
    made_at: datetime


class Line(NamedTuple):
    """One delivery that waits, as grouping needs it."""

    delivery_id: int
    state: State
    channel: str
    recipient: str
    mode: str
    due_at: datetime
    digest_id: int | None  # the digest that it is bound into
    topic: str  # "" of a notice
    alert_id: int | None  # None of a notice

    @property
    def reader(self) -> tuple[str, str]:
        return self.channel, self.recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a reader was told of at once in some time, and is about to be."""

    count: int  # alerts
    last_at: datetime | None  # of the last message; None: all of it still waits


def recover(connection: sqlite3.Connection, channels: Collection[str], now: datetime) -> int:
    """Lines that were being sent when the program stopped become unknown and due. Only who holds the locks of the channels may
    ask.

    Lines whose time is further away than any of ours can be (the clock was set back) become due, too.
    """
    for states, furthest in ((WAITING, timedelta(days=1)), ((State.HELD,), timedelta(days=8))):
        connection.execute(
            f"UPDATE delivery SET next_try_at = ? WHERE {IS_OPEN} AND state IN {listed(states)} AND next_try_at > ?",
            (stored(now), stored(now + furthest)),
        )
    return connection.execute(
        f"""UPDATE delivery SET state = '{State.UNKNOWN}', next_try_at = ?, trouble = '{INTERRUPTED}'
            WHERE {IS_OPEN} AND state = '{State.SENDING}' AND channel IN (SELECT value FROM json_each(?))""",
        (stored(now), json.dumps(sorted(channels))),
    ).rowcount


def next_due(
    connection: sqlite3.Connection, channel: str, now: datetime, *, after: int = 0, without: Collection[str] = ()
) -> Due | None:
    """The first message with an id greater than `after` whose time has come and that does not overtake another to its reader;
    none to the readers `without` whom the caller wants to do."""
    row = connection.execute(
        f"""SELECT id, recipient, alert_id, notice_id, digest_id, tries, first_tried_at FROM delivery AS line
            WHERE {IS_OPEN} AND channel = :channel AND state IN {listed(WAITING)} AND next_try_at <= :now AND id > :after
              AND recipient NOT IN (SELECT value FROM json_each(:without))
              AND (digest_id IS NULL OR id = (SELECT min(id) FROM delivery WHERE digest_id = line.digest_id))
              AND NOT EXISTS (
                SELECT 1 FROM delivery AS earlier INDEXED BY delivery_due
                WHERE earlier.{IS_OPEN} AND earlier.channel = line.channel AND earlier.recipient = line.recipient
                  AND earlier.id < line.id AND earlier.state IN {listed(TRIED)} AND earlier.next_try_at > :now
                  AND earlier.tries < :stubborn AND (earlier.digest_id IS NULL OR earlier.digest_id IS NOT line.digest_id))
            ORDER BY id LIMIT 1""",
        {"channel": channel, "now": stored(now), "after": after, "stubborn": STUBBORN,
         "without": json.dumps(sorted(without))},
    ).fetchone()
    if row is None:
        return None
    line_id, recipient, alert_id, notice_id, digest_id, tries, first = row
    lines = [(line_id, alert_id)]
    if digest_id is not None:
        lines = connection.execute("SELECT id, alert_id FROM delivery WHERE digest_id = ? ORDER BY id", (digest_id,)).fetchall()
    return Due(
        ids=tuple(each[0] for each in lines), channel=channel, recipient=recipient, notice_id=notice_id, digest_id=digest_id,
        alert_ids=tuple(each[1] for each in lines if each[1] is not None), tries=tries,
        first_tried_at=loaded(first) if first else None,
    )


def claim(connection: sqlite3.Connection, ids: Sequence[int], now: datetime) -> None:
    """Committed before the message goes out: from here on it may have arrived."""
    connection.executemany(
        f"""UPDATE delivery SET state = '{State.SENDING}', tries = tries + 1, first_tried_at = coalesce(first_tried_at, ?)
            WHERE id = ?""",
        [(stored(now), each) for each in ids],
    )


def settle(
    connection: sqlite3.Connection,
    ids: Sequence[int],
    *,
    state: State,
    trouble: str,
    now: datetime,
    next_try_at: datetime | None = None,
) -> None:
    """How the try ended. Without `next_try_at` the line keeps its time, and so its place."""
    connection.executemany(
        f"""UPDATE delivery SET state = ?, trouble = ?, next_try_at = coalesce(?, next_try_at),
              sent_at = CASE WHEN ? = '{State.SENT}' THEN ? ELSE sent_at END WHERE id = ?""",
        [(state, trouble, stored(next_try_at) if next_try_at else None, state, stored(now), each) for each in ids],
    )


def charge_waiting(
    connection: sqlite3.Connection, channel: str, trouble: str, *, dead_before: datetime, failures: int, now: datetime
) -> int:
    """All that waits for a channel that failed shares its fate; how many lines have waited too long and are dead now."""
    connection.execute(
        f"""UPDATE delivery SET state = CASE state WHEN '{State.PENDING}' THEN '{State.RETRY}' ELSE state END, trouble = :trouble,
              first_tried_at = coalesce(first_tried_at, :now)
            WHERE {IS_OPEN} AND channel = :channel AND state IN {listed(WAITING)} AND next_try_at <= :now""",
        {"channel": channel, "trouble": trouble, "now": stored(now)},
    )
    if failures < TRIES_MIN:
        return 0
    return connection.execute(
        f"""UPDATE delivery SET state = '{State.DEAD}'
            WHERE {IS_OPEN} AND channel = ? AND state IN {listed(WAITING)} AND first_tried_at <= ?""",
        (channel, stored(dead_before)),
    ).rowcount


def lines_waiting(connection: sqlite3.Connection, now: datetime) -> list[Line]:
    """Lines whose time has come, in order."""
    rows = connection.execute(
        f"""SELECT delivery.id, state, channel, recipient, mode, next_try_at, digest_id, coalesce(topic, ''), alert_id
           FROM delivery INDEXED BY delivery_due LEFT JOIN alert ON alert.id = delivery.alert_id
           WHERE {IS_OPEN} AND state <> '{State.SENDING}' AND next_try_at <= ? ORDER BY delivery.id""",
        (stored(now),),
    )
    return [
        Line(line, State(state), channel, reader, mode, loaded(due), digest_id, topic, alert_id)
        for line, state, channel, reader, mode, due, digest_id, topic, alert_id in rows
    ]


def told_since(connection: sqlite3.Connection, since: datetime) -> dict[tuple[str, str], Told]:
    """(channel, recipient) → the alerts sent at once since then, those bound into a digest since then, and those held for one."""
    rows = connection.execute(
        f"""SELECT channel, recipient, count(*), max(coalesce(sent_at, made_at))
           FROM alert CROSS JOIN delivery ON delivery.alert_id = alert.id LEFT JOIN digest ON digest.id = delivery.digest_id
           WHERE alert.is_silent = 0 AND born_at > :born AND mode = 'instant'
             AND (state = '{State.HELD}' OR sent_at > :since OR (sent_at IS NULL AND made_at > :since))
           GROUP BY channel, recipient""",
        {"born": stored(since - PUT_OFF), "since": stored(since)},
    )
    return {(channel, reader): Told(count=count, last_at=loaded(at) if at else None) for channel, reader, count, at in rows}


def hold(connection: sqlite3.Connection, ids: Sequence[int], until: datetime) -> None:
    """Lines that wait for the next digest."""
    connection.executemany(
        "UPDATE delivery SET state = ?, next_try_at = ? WHERE id = ?", [(State.HELD, stored(until), each) for each in ids])


def release(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Lines that go out by themselves after all."""
    connection.executemany("UPDATE delivery SET state = ? WHERE id = ?", [(State.PENDING, each) for each in ids])


def add_digest(
    connection: sqlite3.Connection, ids: Sequence[int], *, kind: str, message_id: str, since: datetime, now: datetime
) -> int:
    """Bind these lines into one message."""
    cursor = connection.execute(
        "INSERT INTO digest (kind, message_id, since, made_at) VALUES (?, ?, ?, ?)",
        (kind, message_id, stored(since), stored(now)),
    )
    connection.executemany(
        "UPDATE delivery SET digest_id = ?, state = ?, next_try_at = ? WHERE id = ?",
        [(cursor.lastrowid, State.PENDING, stored(now), each) for each in ids],
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def digest(connection: sqlite3.Connection, digest_id: int) -> DigestRow:
    row = connection.execute("SELECT id, kind, message_id, since, made_at FROM digest WHERE id = ?", (digest_id,)).fetchone()
    return DigestRow(digest_id=row[0], kind=row[1], message_id=row[2], since=loaded(row[3]), made_at=loaded(row[4]))


def postpone(connection: sqlite3.Connection, ids: Sequence[int], until: datetime) -> None:
    connection.executemany("UPDATE delivery SET next_try_at = ? WHERE id = ?", [(stored(until), each) for each in ids])


def drop(connection: sqlite3.Connection, ids: Sequence[int], why: str) -> None:
    """Lines that nobody is to be told of, neither singly nor in the digest that they were bound into."""
    connection.executemany(
        "UPDATE delivery SET state = ?, trouble = ?, digest_id = NULL WHERE id = ?", [(State.DROPPED, why, each) for each in ids])


def counts(connection: sqlite3.Connection) -> dict[str, int]:
    """state → lines."""
    return dict(connection.execute("SELECT state, count(*) FROM delivery GROUP BY state").fetchall())
