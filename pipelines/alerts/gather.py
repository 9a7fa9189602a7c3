"""Before a round: what waits is dropped, put off, or bound into digests, as its reader wishes."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from pipelines.alerts.enqueue import message_id
from pipelines.alerts.policy import AlertPolicy, Recipient
from pipelines.clock import stored
from pipelines.delivery import MUTED, OVERTAKEN, UNWANTED, WITHDRAWN, State
from pipelines.store import ledger, outbox, recipients
from pipelines.store.ledger import Line

STORM_WINDOW = timedelta(minutes=10)  # longer than one round over all sources; chosen by hand
PERIODS = {"instant": STORM_WINDOW, "daily": timedelta(days=1), "weekly": timedelta(days=7)}


def gather(connection: sqlite3.Connection, channels: Collection[str], policy: AlertPolicy, *, now: datetime, storm: int) -> None:
    """Apply the readers' wishes to the lines of these channels that are due. Call inside a transaction."""
    lines = [line for line in ledger.lines_waiting(connection, now) if line.channel in channels]
    known = _drop_strangers(connection, lines, policy)
    moot = drop_moot(connection, {line.delivery_id: line.alert_id for line in known if line.alert_id is not None})
    waiting = [line for line in known if line.delivery_id not in moot]
    awake = _drop_overtaken(connection, _keep_quiet(connection, waiting, policy, now))
    loose = [line for line in awake if line.digest_id is None]
    held = [line for line in loose if line.state is State.HELD]
    alerts = [line for line in loose if line.state is State.PENDING and line.topic]
    _bind_digests(connection, held + _hold_storms(connection, alerts, now, storm), policy, now)


def _drop_strangers(connection: sqlite3.Connection, lines: Sequence[Line], policy: AlertPolicy) -> list[Line]:
    """The lines whose reader still stands in the settings."""
    known = {(recipient.channel, recipient.address) for recipient in policy.recipients}
    ledger.drop(connection, [line.delivery_id for line in lines if line.reader not in known], UNWANTED)
    return [line for line in lines if line.reader in known]


def _keep_quiet(connection: sqlite3.Connection, lines: Sequence[Line], policy: AlertPolicy, now: datetime) -> list[Line]:
    """The lines that may go out now. A digest waits as a whole for the last of its lines."""
    awake: list[Line] = []
    for _, group in groupby(sorted(lines, key=_message), key=_message):
        message = list(group)
        if ends := [end for line in message if (end := _quiet_until(connection, line, policy, now))]:
            ledger.postpone(connection, [line.delivery_id for line in message], max(ends))
        else:
            awake += message
    return awake


def drop_moot(connection: sqlite3.Connection, lines: Mapping[int, int]) -> frozenset[int]:
    """Drop those of the lines (line → alert) that are not to be told any more, also out of a digest that was made before."""
    dropped: set[int] = set()
    for line, alert_id in lines.items():
        is_muted = outbox.is_muted(connection, outbox.story_of(connection, alert_id))
        if is_muted or outbox.is_withdrawn(connection, alert_id):
            ledger.drop(connection, [line], MUTED if is_muted else WITHDRAWN)
            dropped.add(line)
    return frozenset(dropped)


def _drop_overtaken(connection: sqlite3.Connection, lines: Sequence[Line]) -> list[Line]:
    """Of several alerts on one story that would go to a reader one by one, the last: it tells the story as it stands now."""
    overtaken: set[int] = set()
    for line in lines:
        if line.alert_id is not None and line.mode == "instant" and line.digest_id is None:
            overtaken.update(
                recipients.overtaken_lines(connection, line.alert_id, channel=line.channel, recipient=line.recipient))
    ledger.drop(connection, sorted(overtaken), OVERTAKEN)
    return [line for line in lines if line.delivery_id not in overtaken]


def _message(line: Line) -> tuple[int, int]:
    return (0, line.delivery_id) if line.digest_id is None else (line.digest_id, 0)


def _quiet_until(connection: sqlite3.Connection, line: Line, policy: AlertPolicy, now: datetime) -> datetime | None:
    """When the line's reader may be disturbed; None: now.

    Of several entries for one reader those count that ask for this line, and the first that allows it is enough. What none of
    them asks for (a message about sosik itself, or an alert of wishes that changed since) keeps the quiet hours of all.
    """
    own = [each for each in policy.recipients if (each.channel, each.address) == line.reader]
    ends = {each: each.quiet.until(now) if each.quiet else None for each in own}
    if not any(ends.values()):
        return None
    asked = [ends[each] for each in _asking(connection, line, own)]
    return min(asked, key=lambda end: end or now) if asked else max(filter(None, ends.values()))


def _asking(connection: sqlite3.Connection, line: Line, own: Sequence[Recipient]) -> list[Recipient]:
    if line.alert_id is None:
        return []
    triggers = list(outbox.triggers(connection, line.alert_id))
    return [each for each in own if each.brings(line.mode) and any(map(each.wants, triggers))]


def _hold_storms(connection: sqlite3.Connection, lines: Sequence[Line], now: datetime, most: int) -> list[Line]:
    """Hold what would be too much for its reader within the window; the lines to be bound into one message at once.

    The others that are held wait until the window has passed since the reader's last message, and so are one message, too.
    """
    at_once: list[Line] = []
    lately = ledger.told_since(connection, now - STORM_WINDOW) if lines else {}
    for reader, group in groupby(sorted(lines, key=lambda line: line.reader), key=lambda line: line.reader):
        waiting = list(group)
        told = lately.get(reader)
        if len(waiting) + (told.count if told else 0) <= most:
            continue
        if told and told.last_at:
            ledger.hold(connection, [line.delivery_id for line in waiting], told.last_at + STORM_WINDOW)
        else:
            at_once += waiting
    return at_once


def _bind_digests(connection: sqlite3.Connection, lines: Sequence[Line], policy: AlertPolicy, now: datetime) -> None:
    def reader(line: Line) -> tuple[str, str, str]:
        return line.channel, line.recipient, line.mode

    for (channel, recipient, mode), group in groupby(sorted(lines, key=reader), key=reader):
        bound = list(group)
        ids = sorted(line.delivery_id for line in bound)
        if mode == "instant" and len(bound) == 1:  # the storm was over with it
            ledger.release(connection, ids)
            continue
        kind = "storm" if mode == "instant" else mode
        since = min(line.due_at for line in bound) - PERIODS[mode]  # after days without a daemon it tells of all of them
        identity = message_id(policy.domain, kind, f"{channel} {recipient}", stored(now), ",".join(map(str, ids)))
        ledger.add_digest(connection, ids, kind=kind, message_id=identity, since=since, now=now)
