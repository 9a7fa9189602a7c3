"""Messages about sosik itself: rows of `notice`, and of the ledger that delivers them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from pipelines.clock import stored


def add_notice(
    connection: sqlite3.Connection, *, message_id: str, subject: str, body: str, thread_id: int | None, now: datetime
) -> int:
    """The new notice's id. `body` has one paragraph a line. Call inside a transaction."""
    cursor = connection.execute(
        "INSERT INTO notice (message_id, subject, body, thread_id, born_at) VALUES (?, ?, ?, ?, ?)",
        (message_id, subject, body, thread_id, stored(now)),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def address_notice(connection: sqlite3.Connection, notice_id: int, readers: Iterable[tuple[str, str]], now: datetime) -> None:
    """One delivery for each (channel, recipient)."""
    connection.executemany(
        "INSERT INTO delivery (notice_id, channel, recipient, next_try_at) VALUES (?, ?, ?, ?)",
        [(notice_id, channel, recipient, stored(now)) for channel, recipient in readers],
    )
