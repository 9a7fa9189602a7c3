"""The pace of every host and its robots.txt, shared by all sosik processes and remembered over restarts.

One request at a time and a distance between two of them: whoever wants to send asks `take`, and says with `served` or `failed`
how it went. Nothing here waits. Times are seconds since 1970; a time that cannot be (the clock was set back) counts as past.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from pipelines.store.database import Store, explained, open_store
from pipelines.store.holders import is_gone, this_process

DAY_S = 86400.0
PAUSE_S_MAX = DAY_S  # no server's wish and no back-off keeps us away for longer without another look
LOOK_AGAIN_S = 0.2  # while another process has the turn: nobody knows when it ends; chosen by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Whether a request may be sent now. `wait_s` 0: it may, and the host is ours until `served` or `failed`."""

    wait_s: float
    paused_for: str = ""  # the trouble for which the host is paused; "" when only the pace asks to wait


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRobots:
    """A robots.txt as it was answered last."""

    status: int | None  # None: it could not be had
    body: bytes
    fetched_epoch: float
    failing_since_epoch: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPause:
    """A host that is left alone for a while."""

    host: str
    trouble: str  # a reason code: http-429, timeout, challenge …
    failures: int  # in a row
    until_epoch: float


class HostBook:
    """Paces, pauses and robots of hosts. Never waits for a lock: raises StoreBusy, and nothing was changed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: sqlite3.Connection = store.db.conn
        self._me = this_process()

    def take(self, host: str, *, now: float, delay_s: float, lease_s: float) -> Turn:
        """Our turn at `host`, for at most `lease_s`, when its last request was sent `delay_s` ago; else how long to wait."""
        with explained(self._store.path):
            taken = self._connection.execute(_TAKE, {
                "host": host, "now": now, "delay": delay_s, "lease": lease_s, "longest": PAUSE_S_MAX, "me": self._me,
            })
            if taken.rowcount:
                return Turn(wait_s=0.0)
            started, busy_until, holder, paused_until, trouble = self._connection.execute(
                "SELECT started_epoch, busy_until_epoch, holder, paused_until_epoch, trouble FROM host WHERE host = ?", (host,)
            ).fetchone()
            if busy_until > now and is_gone(holder):
                self._connection.execute("UPDATE host SET busy_until_epoch = 0 WHERE host = ? AND holder = ?", (host, holder))
        if now < paused_until <= now + PAUSE_S_MAX:
            return Turn(wait_s=paused_until - now, paused_for=trouble or "paused")
        return Turn(wait_s=max(started + delay_s - now, LOOK_AGAIN_S if busy_until > now else 0.001))

    def served(self, host: str, *, sent: float) -> None:
        """The host answered: it is free again, and its failures are forgotten. The distance counts from `sent`."""
        with explained(self._store.path):
            self._connection.execute(
                f"{_FREE}, failures = 0, trouble = '' WHERE host = :host", {"host": host, "sent": sent, "me": self._me}
            )

    def failed(self, host: str, *, sent: float, trouble: str, paused_until: float = 0.0) -> None:
        """The host is free again and has one more failure in a row; with `paused_until` nobody asks it anything before."""
        with explained(self._store.path):
            self._connection.execute(
                f"""{_FREE}, failures = failures + 1, trouble = :trouble,
                    paused_until_epoch = max(paused_until_epoch, :until) WHERE host = :host""",
                {"host": host, "sent": sent, "me": self._me, "trouble": trouble, "until": paused_until},
            )

    def free(self, host: str, *, sent: float) -> None:
        """Nothing was learnt of the host: only give the turn back."""
        with explained(self._store.path):
            self._connection.execute(f"{_FREE} WHERE host = :host", {"host": host, "sent": sent, "me": self._me})

    def failures(self, host: str) -> int:
        """How often in a row the host has failed."""
        with explained(self._store.path):
            row = self._connection.execute("SELECT failures FROM host WHERE host = ?", (host,)).fetchone()
        return int(row[0]) if row else 0

    def robots(self, origin: str) -> StoredRobots | None:
        """What is kept of the robots.txt of `origin` (scheme://host:port), however old."""
        with explained(self._store.path):
            row = self._connection.execute(
                "SELECT status, body, fetched_epoch, failing_since_epoch FROM robots WHERE origin = ?", (origin,)
            ).fetchone()
        return StoredRobots(status=row[0], body=row[1], fetched_epoch=row[2], failing_since_epoch=row[3]) if row else None

    def keep_robots(self, origin: str, robots: StoredRobots) -> None:
        with explained(self._store.path):
            self._connection.execute(
                """INSERT INTO robots (origin, status, body, fetched_epoch, failing_since_epoch) VALUES (?, ?, ?, ?, ?)
                   ON CONFLICT (origin) DO UPDATE SET status = excluded.status, body = excluded.body,
                     fetched_epoch = excluded.fetched_epoch, failing_since_epoch = excluded.failing_since_epoch""",
                (origin, robots.status, robots.body, robots.fetched_epoch, robots.failing_since_epoch),
            )

    def close(self) -> None:
        self._store.close()


def paused_hosts(store: Store, now: float) -> tuple[HostPause, ...]:
    """Hosts that nobody asks anything now, the longest pause first."""
    with store.reading() as connection:
        rows = connection.execute(
            """SELECT host, trouble, failures, paused_until_epoch FROM host
               WHERE paused_until_epoch > :now AND paused_until_epoch <= :now + :longest ORDER BY paused_until_epoch DESC""",
            {"now": now, "longest": PAUSE_S_MAX},
        ).fetchall()
    return tuple(HostPause(host=row[0], trouble=row[1], failures=row[2], until_epoch=row[3]) for row in rows)


_FREE = """
UPDATE host SET busy_until_epoch = iif(holder = :me, 0, busy_until_epoch), started_epoch = max(started_epoch, :sent)
"""
_TAKE = """
INSERT INTO host (host, started_epoch, busy_until_epoch, holder) VALUES (:host, :now, :now + :lease, :me)
ON CONFLICT (host) DO UPDATE SET started_epoch = :now, busy_until_epoch = :now + :lease, holder = :me
WHERE (started_epoch + :delay <= :now OR started_epoch > :now)
  AND (busy_until_epoch <= :now OR busy_until_epoch > :now + :lease)
  AND (paused_until_epoch <= :now OR paused_until_epoch > :now + :longest)
"""


def open_hosts(path: Path) -> HostBook:
    """The book in the database at `path`, on a connection of its own. Raises StoreError."""
    store = open_store(path)
    store.wait_at_most(0)  # the reactor must not stand still: who is refused asks again
    store.db.conn.execute("PRAGMA synchronous = NORMAL")  # a power cut may cost the last pause, never the file; kill -9 nothing
    return HostBook(store)
