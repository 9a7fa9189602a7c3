"""Small facts of the running program, each with its time: the daemon's heartbeat, its process id, since when it has watched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pipelines.clock import loaded, stored
from pipelines.store.database import Store

DAEMON, WATCHING, CARE = "daemon", "watching", "care"
# why there is no backup, why changed files were not taken over, why crawling is paused; "" when all is well
BACKUP, FILES, PAUSED = "backup", "files", "paused"
JOB = "job "  # before the name of a job of the daemon; beside it stand the channels of pipelines.store.pauses
GAP = timedelta(minutes=15)  # a daemon that was away so long (stopped, asleep, its clock set) has not watched; chosen by hand


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
    row = store.query("SELECT value, at FROM beat WHERE name = ?", [name]).fetchone()
    return Beat(value=row[0], at=loaded(row[1])) if row else None


def job_beat(job: str) -> str:
    """The name under which stands why a job of the daemon fails, "" once it works again."""
    return f"{JOB}{job}"


def failing_jobs(store: Store) -> tuple[tuple[str, Beat], ...]:
    """The daemon's jobs that failed when they last ran, why, and since when they do."""
    rows = store.query("SELECT name, value, at FROM beat WHERE name GLOB ? AND value != '' ORDER BY name", [f"{JOB}*"]).fetchall()
    return tuple((name.removeprefix(JOB), Beat(value=value, at=loaded(at))) for name, value, at in rows)


def forget_failures(store: Store, now: datetime) -> None:
    """A new daemon finds out for itself."""
    with store.transaction():
        for job, _ in failing_jobs(store):
            beat(store, job_beat(job), "", now)


def beat_daemon(store: Store, pid: int, now: datetime) -> datetime:
    """Write the daemon's heartbeat; since when it has watched without a gap."""
    with store.transaction():
        last, since = last_beat(store, DAEMON), last_beat(store, WATCHING)
        has_watched = last and since and timedelta(0) <= now - last.at <= GAP and since.at <= now
        if not has_watched:
            beat(store, WATCHING, "", now)
        beat(store, DAEMON, str(pid), now)
    return since.at if has_watched and since else now
