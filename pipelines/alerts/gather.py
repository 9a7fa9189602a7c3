"""Before a round: what waits is dropped, put off, or bound into digests, as its reader wishes."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from pipelines.alerts.birth import AlertPolicy, Recipient, message_id
from pipelines.clock import stored
from pipelines.store import ledger
from pipelines.store.ledger import Line

STORM_WINDOW = timedelta(minutes=10)  # longer than one round over all sources; chosen by hand
PERIODS = {"daily": timedelta(days=1), "weekly": timedelta(days=7)}


def gather(connection: sqlite3.Connection, policy: AlertPolicy, *, now: datetime, storm: int) -> None:
    """Apply the readers' wishes to the lines that are due. Call inside a transaction."""
    for state in ("pending", "retry", "unknown", "held"):
        _drop_strangers(connection, ledger.lines_waiting(connection, state, now), policy)
    for state in ("pending", "retry", "unknown", "held"):
        _keep_quiet(connection, ledger.lines_waiting(connection, state, now), policy, now)
        _keep_quiet(connection, ledger.lines_waiting(connection, state, now, are_bound=True), policy, now)
    _bind_digests(connection, ledger.lines_waiting(connection, "held", now), policy, now)
    _bind_storms(connection, ledger.lines_waiting(connection, "pending", now), policy, now, storm)


def storms(due: Sequence[datetime], most: int) -> list[tuple[int, int]]:
    """Stretches of `due` (sorted) with more than `most` within the window, as (start, end); each goes on while it stays thick."""
    found: list[tuple[int, int]] = []
    start = 0
    while start < len(due):
        end = start
        while end < len(due) and due[end] - due[start] <= STORM_WINDOW:
            end += 1
        if end - start > most:
            while end < len(due) and due[end] - due[end - 1] <= STORM_WINDOW / most:
                end += 1
            found.append((start, end))
            start = end
        else:
            start += 1
    return found


def _wish(policy: AlertPolicy, line: Line) -> Recipient | None:
    """The first entry for this reader that speaks of this topic."""
    own = [r for r in policy.recipients if (r.channel, r.address) == (line.channel, line.recipient)]
    return next((r for r in own if not line.topic or not r.topics or line.topic in r.topics), own[0] if own else None)


def _drop_strangers(connection: sqlite3.Connection, lines: Sequence[Line], policy: AlertPolicy) -> None:
    gone = [line.delivery_id for line in lines if _wish(policy, line) is None]
    ledger.drop(connection, gone, "not among the recipients any more")


def _keep_quiet(connection: sqlite3.Connection, lines: Sequence[Line], policy: AlertPolicy, now: datetime) -> None:
    for line in lines:
        wish = _wish(policy, line)
        if wish and wish.quiet and (end := wish.quiet.until(now)):
            ledger.postpone(connection, [line.delivery_id], end)


def _bind_digests(connection: sqlite3.Connection, lines: Sequence[Line], policy: AlertPolicy, now: datetime) -> None:
    def reader(line: Line) -> tuple[str, str, str]:
        return line.channel, line.recipient, line.mode

    for (channel, recipient, mode), group in groupby(sorted(lines, key=reader), key=reader):
        bound = list(group)
        since = min(line.due_at for line in bound) - PERIODS[mode]  # after days without a daemon it tells of all of them
        _bind(connection, bound, policy, kind=mode, since=since, now=now, reader=f"{channel} {recipient}")


def _bind_storms(connection: sqlite3.Connection, lines: Sequence[Line], policy: AlertPolicy, now: datetime, storm: int) -> None:
    def reader(line: Line) -> tuple[str, str]:
        return line.channel, line.recipient

    alerts = [line for line in lines if line.topic]
    for (channel, recipient), group in groupby(sorted(alerts, key=reader), key=reader):
        waiting = sorted(group, key=lambda line: (line.due_at, line.delivery_id))
        for start, end in storms([line.due_at for line in waiting], storm):
            _bind(
                connection, waiting[start:end], policy, kind="storm", since=waiting[start].due_at, now=now,
                reader=f"{channel} {recipient}",
            )


def _bind(
    connection: sqlite3.Connection,
    lines: Sequence[Line],
    policy: AlertPolicy,
    *,
    kind: str,
    since: datetime,
    now: datetime,
    reader: str,
) -> None:
    ids = sorted(line.delivery_id for line in lines)
    identity = message_id(policy.domain, kind, reader, stored(now), ",".join(map(str, ids)))
    ledger.add_digest(connection, ids, kind=kind, message_id=identity, since=since, now=now)
