"""What one reader was told of a story, and what of it still waits for that reader. SQL only.

Each reader has a thread of its own: who joined later, or wanted only a part, was told less than others, or in a digest.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from pipelines.delivery import State, listed
from pipelines.store.outbox import FAMILY, story_of

REACHED = (State.SENT, State.UNKNOWN)  # what may have arrived is told: it goes again with the same Message-ID
OF_READER = """FROM alert JOIN family ON alert.story_id = family.id JOIN delivery ON delivery.alert_id = alert.id
  LEFT JOIN digest ON digest.id = delivery.digest_id
  WHERE alert.topic = (SELECT topic FROM alert WHERE id = :alert_id) AND alert.id < :alert_id
    AND channel = :channel AND recipient = :recipient"""


class Message(NamedTuple):
    """As it went to the reader: an alert by itself, or the digest that its line was bound into."""

    message_id: str
    subject: str  # of the alert


def earlier_messages(connection: sqlite3.Connection, alert_id: int, *, channel: str, recipient: str) -> list[Message]:
    """What the reader was told of the alert's story and topic before, in order, each message once."""
    rows = connection.execute(
        FAMILY
        + f"""SELECT alert.id, coalesce(digest.message_id, alert.message_id), subject {OF_READER}
AND state IN {listed(REACHED)} ORDER BY alert.id, mode <> 'instant', delivery.id""",
        _values(connection, alert_id, channel, recipient),
    )
    of_alert: dict[int, Message] = {}
    for each, message_id, subject in rows:
        of_alert.setdefault(each, Message(message_id, subject))  # of an alert told at once and in a digest: the former
    messages: dict[str, Message] = {}
    for message in of_alert.values():
        messages.setdefault(message.message_id, message)  # a digest may have told of it more than once
    return list(messages.values())


def overtaken_lines(connection: sqlite3.Connection, alert_id: int, *, channel: str, recipient: str) -> list[int]:
    """Deliveries of earlier alerts on the story that still wait to go out singly to the reader."""
    rows = connection.execute(
        FAMILY
        + f"""SELECT delivery.id {OF_READER} AND state IN {listed((State.PENDING, State.HELD, State.RETRY))}
              AND mode = 'instant' AND digest_id IS NULL""",
        _values(connection, alert_id, channel, recipient),
    )
    return [line for (line,) in rows]


def _values(connection: sqlite3.Connection, alert_id: int, channel: str, recipient: str) -> dict[str, object]:
    return {"story_id": story_of(connection, alert_id), "alert_id": alert_id, "channel": channel, "recipient": recipient}
