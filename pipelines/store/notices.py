"""Messages about sosik itself: rows of `notice`, and of the ledger that delivers them. They hold what happened, no words: each
reader has a language. SQL only.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from pipelines.clock import stored

Facts = Mapping[str, str | int]  # what words are filled in with; a name that ends in `_s` is a span in seconds


class NoticeKind(StrEnum):
    """What happened; pipelines.alerts.notice_words has the words."""

    WORDED = ""  # a row of an earlier version, or a test message: subject and body are its words
    ALARM = "alarm"  # something is wrong with a source, or with all of them
    ALARM_OVER = "alarm-over"
    BACKUP = "backup"  # none could be made
    BACKUP_OVER = "backup-over"


def add_notice(
    connection: sqlite3.Connection, *, kind: NoticeKind, facts: Facts, message_id: str, thread_id: int | None, now: datetime
) -> int:
    """The new notice's id. Call inside a transaction."""
    cursor = connection.execute(
        "INSERT INTO notice (kind, facts, message_id, subject, body, thread_id, born_at) VALUES (?, ?, ?, '', '', ?, ?)",
        (kind, facts_written(facts), message_id, thread_id, stored(now)),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def address_notice(connection: sqlite3.Connection, notice_id: int, readers: Iterable[tuple[str, str]], now: datetime) -> None:
    """One delivery for each (channel, recipient)."""
    connection.executemany(
        "INSERT INTO delivery (notice_id, channel, recipient, next_try_at) VALUES (?, ?, ?, ?)",
        [(notice_id, channel, recipient, stored(now)) for channel, recipient in readers],
    )


def last_of(connection: sqlite3.Connection, kind: NoticeKind) -> int:
    """The id of the newest notice of this kind, 0 without one."""
    (found,) = connection.execute("SELECT coalesce(max(id), 0) FROM notice WHERE kind = ?", (kind,)).fetchone()
    return int(found)


def facts_written(facts: Facts) -> str:
    return json.dumps(dict(facts), ensure_ascii=False, sort_keys=True)


def facts_read(text: str) -> Facts:
    """What `facts_written` wrote."""
    facts: dict[str, str | int] = json.loads(text)
    return facts
