"""Channels that cannot be used for now: until when each rests, and why. Kept among the beats. SQL only."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from pipelines.clock import loaded, stored
from pipelines.delivery import IS_OPEN, WAITING, listed
from pipelines.store.database import Store

PREFIX = "channel "  # of a beat's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A channel that could not be used."""

    until: datetime
    failures: int  # in a row
    trouble: str
    is_unset: bool = False  # a setting or secret is wanting: no wait ends it


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """A channel that rests and is wanted."""

    channel: str
    pause: Pause
    waiting: int  # lines of the ledger


def pause_of(connection: sqlite3.Connection, channel: str) -> Pause | None:
    row = connection.execute("SELECT value FROM beat WHERE name = ?", (PREFIX + channel,)).fetchone()
    if row is None:
        return None
    value = json.loads(row[0])
    return Pause(until=loaded(value["until"]), failures=value["failures"], trouble=value["trouble"],
                 is_unset=value.get("unset", False))  # earlier versions did not say


def set_pause(connection: sqlite3.Connection, channel: str, pause: Pause | None, now: datetime) -> None:
    """Remember that a channel cannot be used, or that it can again."""
    if pause is None:
        connection.execute("DELETE FROM beat WHERE name = ?", (PREFIX + channel,))
        return
    value = {"until": stored(pause.until), "failures": pause.failures, "trouble": pause.trouble, "unset": pause.is_unset}
    connection.execute(
        "INSERT OR REPLACE INTO beat (name, value, at) VALUES (?, ?, ?)",
        (PREFIX + channel, json.dumps(value, ensure_ascii=False), stored(now)),
    )


def end_pauses(connection: sqlite3.Connection) -> None:
    """Every channel is tried again."""
    connection.execute("DELETE FROM beat WHERE name GLOB ?", (f"{PREFIX}*",))


def resting_channels(store: Store, now: datetime) -> tuple[Resting, ...]:
    """The channels that rest and hold something up."""
    found = []
    with store.reading() as connection:
        names = connection.execute("SELECT name FROM beat WHERE name GLOB ? ORDER BY name", (f"{PREFIX}*",)).fetchall()
        for channel in (name.removeprefix(PREFIX) for (name,) in names):
            pause = pause_of(connection, channel)
            (count,) = connection.execute(
                f"""SELECT count(*) FROM delivery
                   WHERE {IS_OPEN} AND channel = ? AND state IN {listed(WAITING)} AND next_try_at <= ?""",
                (channel, stored(now)),
            ).fetchone()
            if pause and count:
                found.append(Resting(channel=channel, pause=pause, waiting=int(count)))
    return tuple(found)
