"""Small facts of the running program, each with its time: the daemon's heartbeat, its process id, what it last said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pipelines.clock import loaded, stored
from pipelines.store.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    value: str
    at: datetime


def beat(store: Store, name: str, value: str, now: datetime) -> None:
    """Write it. That this works is what "alive" means."""
    with store.transaction() as connection:
        connection.execute(
            "INSERT INTO beat (name, value, at) VALUES (?, ?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at",
            [name, value, stored(now)],
        )


def last_beat(store: Store, name: str) -> Beat | None:
    row = store.db.execute("SELECT value, at FROM beat WHERE name = ?", [name]).fetchone()
    return Beat(value=row[0], at=loaded(row[1])) if row else None
