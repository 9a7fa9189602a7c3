"""Alarms about sources: one mail when something goes wrong, one when it is over."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from crawler.health import due_alarms
from pipelines.alerts.birth import AlertPolicy
from pipelines.alerts.notices import give_notice
from pipelines.store.alarms import AlarmKind, heal_alarms, open_alarms, raise_alarm
from pipelines.store.database import Store
from pipelines.store.health import source_healths
from pipelines.store.notices import Facts, NoticeKind

logger = logging.getLogger(__name__)

EVER = datetime.min.replace(tzinfo=UTC)


def watch_sources(
    store: Store, titles: Mapping[str, str], policy: AlertPolicy, *, since: datetime, now: datetime
) -> None:
    """Raise what is due and not open yet, heal what is open and no longer due; each tells the readers once. `titles`: the
    sources that are watched, and what readers call them.

    `since` is when we began to watch without a gap: before it nothing is held against a source, and nothing speaks for one whose
    alarm is open. One fault may hide another: a source is well when nothing of it is due, and
    none is while nothing at all comes in. Of a source that was switched off nothing more is told.
    """
    watched = {"", *titles}
    healths = source_healths(store, watched - {""}, now)
    due = {alarm.key: alarm for alarm in due_alarms(healths, since, now)}
    not_over = due.keys() | {alarm.key for alarm in due_alarms(healths, EVER, now)}
    is_open = {alarm.key: alarm for alarm in open_alarms(store)}
    for key in due.keys() - is_open.keys():
        alarm = replace(due[key], facts={**due[key].facts, "title": titles.get(key[0], "")})
        with store.transaction() as connection:
            notice = give_notice(connection, NoticeKind.ALARM, {**alarm.facts, **_named(key)}, policy=policy, now=now)
            raise_alarm(store, alarm, now, notice)
        logger.warning("alarm=%s source=%s", alarm.kind, alarm.source or "*")
    troubled = {source for source, _ in not_over}
    for healed in (alarm for key, alarm in is_open.items() if not {key[0], ""} & troubled):
        with store.transaction() as connection:
            if healed.source in watched:
                lasted_s = int((now - healed.raised_at).total_seconds())
                facts = {**_named(healed.key), "title": titles.get(healed.source, ""), "lasted_s": lasted_s}
                give_notice(connection, NoticeKind.ALARM_OVER, facts, policy=policy, now=now, thread_id=healed.notice_id)
            heal_alarms(store, [healed.id], now)
        logger.info("alarm=healed kind=%s source=%s", healed.kind, healed.source or "*")


def _named(key: tuple[str, AlarmKind]) -> Facts:
    source, kind = key
    return {"source": source, "alarm": kind}
