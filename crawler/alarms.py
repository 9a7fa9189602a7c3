"""Alarms about sources: one mail when something goes wrong, one when it is over."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime

from crawler.health import due_alarms
from pipelines.alerts.birth import AlertPolicy
from pipelines.alerts.notices import give_notice
from pipelines.store.database import Store
from pipelines.store.health import heal_alarms, open_alarms, raise_alarm, source_healths
from pipelines.wording import Wording

logger = logging.getLogger(__name__)

EVER = datetime.min.replace(tzinfo=UTC)


def watch_sources(
    store: Store, sources: Iterable[str], policy: AlertPolicy, say: Wording, *, since: datetime, now: datetime
) -> None:
    """Raise what is due and not open yet, heal what is open and no longer due; each tells the readers once.

    `since` is when we began to watch without a gap: before it nothing is held against a source, and nothing speaks for one whose
    alarm is open. One fault may hide another: a source is well when nothing of it is due, and
    none is while nothing at all comes in. Of a source that was switched off nothing more is told.
    """
    watched = {"", *sources}
    healths = source_healths(store, watched - {""}, now)
    due = {alarm.key: alarm for alarm in due_alarms(healths, since, now)}
    not_over = due.keys() | {alarm.key for alarm in due_alarms(healths, EVER, now)}
    is_open = {alarm.key: alarm for alarm in open_alarms(store)}
    for key in due.keys() - is_open.keys():
        alarm = due[key]
        name = alarm.source or say("health.everything")
        reason = say(f"health.{alarm.kind}", **dict(alarm.values))
        body = "\n".join([reason, say("health.look", source=alarm.source)] if alarm.source else [reason])
        with store.transaction() as connection:
            subject = say("health.subject", source=name)
            notice = give_notice(connection, subject=subject, body=body, policy=policy, now=now)
            raise_alarm(store, alarm, reason, now, notice)
        logger.warning("alarm=%s source=%s", alarm.kind, alarm.source or "*")
    troubled = {source for source, _ in not_over}
    for healed in (alarm for key, alarm in is_open.items() if not {key[0], ""} & troubled):
        with store.transaction() as connection:
            if healed.source in watched:
                subject = say("health.subject-healed", source=healed.source or say("health.everything"))
                body = say("health.healed", reason=healed.reason)
                give_notice(connection, subject=subject, body=body, policy=policy, now=now, thread_id=healed.notice_id)
            heal_alarms(store, [healed.id], now)
        logger.info("alarm=healed kind=%s source=%s", healed.kind, healed.source or "*")
