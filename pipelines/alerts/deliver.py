"""The ledger at work: what is due → sent, and marked. Knows channels only by what they do; sends nothing itself.

One message is claimed, sent and marked before the next one is looked at. A claim is committed before the message goes out, so a
program that dies in between leaves a line that says "may have arrived"; it goes again with the same Message-ID.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from pipelines.alerts.backoff import DEAD_AFTER, next_pause, next_try
from pipelines.alerts.card import Letterhead
from pipelines.alerts.compose import Letter
from pipelines.alerts.enqueue import subject
from pipelines.alerts.gather import drop_moot, gather
from pipelines.alerts.letters import alert_letter, digest_letter, notice_letter
from pipelines.alerts.policy import AlertPolicy
from pipelines.delivery import State
from pipelines.errors import ChannelDown, ChannelUnset, DeliveryLater, DeliveryNever, DeliveryUnknown
from pipelines.store import ledger, outbox, pauses, telling
from pipelines.store.database import Store
from pipelines.store.ledger import Due

logger = logging.getLogger(__name__)


class Channel(Protocol):
    """A way to a reader."""

    def send(self, letter: Letter, head: Letterhead, recipient: str) -> str:
        """Hand it over; what to remember of it, "" for nothing. `head` is what the letter was composed with. Raises
        DeliveryError."""


@dataclass(kw_only=True)
class SendReport:
    """What one round did. Nothing done is false, so that a quiet round logs nothing."""

    sent: int = 0
    kept: int = 0  # of these, as files
    later: int = 0
    unknown: int = 0
    dead: int = 0
    recovered: int = 0
    troubles: list[str] = field(default_factory=list)  # each once, for the user

    def __bool__(self) -> bool:
        return bool(self.sent or self.later or self.unknown or self.dead or self.recovered or self.troubles)

    def __str__(self) -> str:
        return f"alerts=sent sent={self.sent} later={self.later} unknown={self.unknown} dead={self.dead}"

    def note(self, trouble: str) -> None:
        if trouble not in self.troubles:
            self.troubles.append(trouble)

    def add(self, other: SendReport) -> None:
        self.sent += other.sent
        self.kept += other.kept
        self.later += other.later
        self.unknown += other.unknown
        self.dead += other.dead
        self.recovered += other.recovered
        for trouble in other.troubles:
            self.note(trouble)


def never() -> bool:
    return False


def make_ready(store: Store, channels: Collection[str], policy: AlertPolicy, *, now: datetime, storm: int) -> int:
    """Before a round: what waits on these channels is put as its readers wish it; how many lines were recovered.

    The caller holds the locks of these channels: no one else may be sending there.
    """
    with store.transaction() as connection:
        recovered = ledger.recover(connection, channels, now)
        gather(connection, channels, policy, now=now, storm=storm)
    return recovered


def is_due(store: Store, name: str, now: datetime) -> bool:
    """Whether a round has anything to send on the channel, and the channel does not rest."""
    with store.reading() as connection:
        pause = pauses.pause_of(connection, name)
        if pause and now < pause.until <= now + next_pause(pause.failures):  # further away only when the clock was set back
            return False
        return ledger.next_due(connection, name, now) is not None


def deliver(
    store: Store, name: str, channel: Channel, heads: Callable[[str], Letterhead], *, now: datetime,
    should_stop: Callable[[], bool] = never,
) -> SendReport:
    """Send what is due on one channel until nothing is left, or the channel fails. The caller holds the channel's lock. `heads`:
    recipient → language and sender.

    A reader who could not be reached is left for the next round: one that hangs costs the channel one deadline, not one for each
    of its messages.
    """
    report, last = SendReport(), 0
    unreached: set[str] = set()
    while not should_stop():
        with store.transaction() as connection:
            due = ledger.next_due(connection, name, now, after=last, without=unreached)
            if due is None:
                break
            if drop_moot(connection, dict(zip(due.ids, due.alert_ids, strict=False))):  # a notice has no alert
                continue  # with what is left of it, if anything is
            for alert_id in due.alert_ids:
                _tell_original(connection, alert_id)
            ledger.claim(connection, due.ids, now)
        last = due.ids[0]
        try:
            head = heads(due.recipient)
            with store.reading() as connection:
                told = letter(connection, due, head)
            kept = channel.send(told, head, due.recipient)
        except ChannelDown as error:
            _pause(store, due, report, error, now=now)
            break
        except Exception as error:  # noqa: BLE001  # one delivery: whatever it is, the others go on
            _refused(store, due, report, error, now=now)
            if not isinstance(error, DeliveryNever):
                unreached.add(due.recipient)
            continue
        with store.transaction() as connection:
            ledger.settle(connection, due.ids, state=State.SENT, trouble=kept, now=now)
            pauses.set_pause(connection, name, None, now)
        report.sent += 1
        report.kept += bool(kept)
    return report


def _tell_original(connection: sqlite3.Connection, alert_id: int) -> None:
    """A portal's copy may be seen first; by the time the story is told, its original is often there."""
    if found := outbox.original_of(connection, alert_id):
        article_id, topic = found
        named = subject(outbox.trigger(connection, article_id=article_id, topic=topic))
        outbox.tell_by(connection, alert_id, article_id=article_id, subject=named)


def letter(connection: sqlite3.Connection, due: Due, head: Letterhead) -> Letter:
    """What is due, composed from the rows as they are now."""
    if due.notice_id is not None:
        return notice_letter(telling.notice(connection, due.notice_id), head)
    tellings = [telling.telling(connection, each, (due.channel, due.recipient)) for each in due.alert_ids]
    if due.digest_id is None:
        return alert_letter(tellings[0], head)
    row = ledger.digest(connection, due.digest_id)
    usual = {
        topic: telling.usual_stories(
            connection, topic, channel=due.channel, recipient=due.recipient, mode=row.kind, since=row.since, until=row.made_at
        )
        for topic in {told.topic for told in tellings}
    }
    return digest_letter(row, tellings, usual, head)


def _refused(store: Store, due: Due, report: SendReport, error: Exception, *, now: datetime) -> None:
    """Mark a failed try: later, unknown or dead."""
    if not isinstance(error, DeliveryLater | DeliveryNever):
        logger.exception("delivery=failed ids=%s", _ids(due.ids))
    at = next_try(due.tries + 1, due.first_tried_at or now, now)
    is_dead = isinstance(error, DeliveryNever) or at is None
    state = State.DEAD if is_dead else State.UNKNOWN if isinstance(error, DeliveryUnknown) else State.RETRY
    with store.transaction() as connection:
        ledger.settle(connection, due.ids, state=state, trouble=_said(error), now=now, next_try_at=at)
    report.dead += is_dead
    report.unknown += state is State.UNKNOWN
    report.later += state is State.RETRY
    report.note(_said(error))
    if is_dead:
        logger.error("delivery=dead ids=%s channel=%s", _ids(due.ids), due.channel)


def _pause(store: Store, due: Due, report: SendReport, error: ChannelDown, *, now: datetime) -> None:
    """Nothing goes this way now: everything that waits keeps its place, and the channel rests."""
    with store.transaction() as connection:
        before = pauses.pause_of(connection, due.channel)
        failures = (before.failures if before else 0) + 1
        pause = pauses.Pause(until=now + next_pause(failures), failures=failures, trouble=_said(error),
                             is_unset=isinstance(error, ChannelUnset))
        pauses.set_pause(connection, due.channel, pause, now)
        ledger.settle(connection, due.ids, state=State.RETRY, trouble=_said(error), now=now)
        dead = ledger.charge_waiting(
            connection, due.channel, _said(error), dead_before=now - DEAD_AFTER, failures=failures, now=now
        )
    report.later += 1
    report.dead += dead
    report.note(_said(error))
    logger.warning("channel=down name=%s failures=%d until=%s", due.channel, failures, pause.until.isoformat())
    if dead:
        logger.error("delivery=dead count=%d channel=%s", dead, due.channel)


def _said(error: Exception) -> str:
    return str(error)[:500] or type(error).__name__


def _ids(ids: Sequence[int]) -> str:
    return ",".join(map(str, ids[:10]))
