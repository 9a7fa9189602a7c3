"""Alarms about sources: one mail when something goes wrong, one when it is over."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from crawler.health import Look, due_alarm, is_over, is_stop_over, says_more, stop_alarm
from pipelines.alerts.notices import give_notice
from pipelines.alerts.policy import AlertPolicy
from pipelines.store.alarms import (
    Alarm,
    OpenAlarm,
    bring_back,
    change_alarm,
    heal_alarms,
    last_stop_over,
    open_alarms,
    raise_alarm,
)
from pipelines.store.beats import PAUSED, last_beat
from pipelines.store.database import Store
from pipelines.store.health import SourceHealth, source_healths
from pipelines.store.notices import NoticeKind

logger = logging.getLogger(__name__)


def watch_sources(store: Store, titles: Mapping[str, str], policy: AlertPolicy, *, since: datetime, now: datetime) -> None:
    """Raise what is due and end what is over; each tells the readers once. `titles`: the sources that are watched, and what
    readers call them; of others nothing more is told.

    `since` is when we began to watch without a gap: before it nothing is held against a source, nor while nothing at all came in.
    An alarm stays open until the source itself shows that it is well. A source has one alarm at a time: what else is seen of it
    belongs to the same trouble.
    """
    Watch(store=store, titles=titles, policy=policy, since=since, now=now).look()


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """One look at all sources."""

    store: Store
    titles: Mapping[str, str]
    policy: AlertPolicy
    since: datetime
    now: datetime

    def look(self) -> None:
        bring_back(self.store, self.now)
        healths = source_healths(self.store, self.titles, self.now)
        alarms: dict[str, list[OpenAlarm]] = {}
        for alarm in open_alarms(self.store):
            alarms.setdefault(alarm.source, []).append(alarm)
        for name in alarms.keys() - self.titles.keys() - {""}:
            self._heal(alarms[name])
        if self._is_all_stopped(healths, alarms.get("", [])):
            return
        stop_over = last_stop_over(self.store)
        since = max(filter(None, (self.since, stop_over)))
        for health in healths:
            self._judge(Look(health=health, since=since, now=self.now), alarms.get(health.source, []))

    def _is_all_stopped(self, healths: tuple[SourceHealth, ...], already: list[OpenAlarm]) -> bool:
        """Whether nothing at all comes in: then nothing more is said of any source."""
        if already:
            if not is_stop_over(already[0], healths):
                return True
            self._heal(already)
            return False
        paused = last_beat(self.store, PAUSED)
        due = stop_alarm(healths, self.since, self.now, is_disk_low=bool(paused and paused.value))
        if due:
            self._raise(due)
        return due is not None

    def _judge(self, look: Look, already: list[OpenAlarm]) -> None:
        due = due_alarm(look)
        if due is None:
            self._heal([alarm for alarm in already if is_over(alarm, look)])
        elif not already:
            self._raise(due)
        elif due.kind not in {alarm.kind for alarm in already} and (
            says_more(due.kind, already[-1].kind) or is_over(already[-1], look)
        ):
            change_alarm(self.store, already[-1].id, self._titled(due))
            logger.warning("alarm=%s source=%s was=%s", due.kind, due.source, already[-1].kind)

    def _raise(self, due: Alarm) -> None:
        alarm = self._titled(due)
        with self.store.transaction() as connection:
            facts = {**alarm.facts, "source": alarm.source, "alarm": alarm.kind}
            notice = give_notice(connection, NoticeKind.ALARM, facts, policy=self.policy, now=self.now)
            raise_alarm(self.store, alarm, self.now, notice)
        logger.warning("alarm=%s source=%s", alarm.kind, alarm.source or "*")

    def _heal(self, alarms: list[OpenAlarm]) -> None:
        for alarm in alarms:
            with self.store.transaction() as connection:
                if not alarm.source or alarm.source in self.titles:
                    lasted_s = int((self.now - alarm.raised_at).total_seconds())
                    facts: dict[str, str | int] = {
                        "source": alarm.source, "title": self._title(alarm.source), "alarm": alarm.kind, "lasted_s": lasted_s,
                    }
                    give_notice(connection, NoticeKind.ALARM_OVER, facts, policy=self.policy, now=self.now,
                                thread_id=alarm.notice_id)
                heal_alarms(self.store, [alarm.id], self.now)
            logger.info("alarm=healed kind=%s source=%s", alarm.kind, alarm.source or "*")

    def _titled(self, alarm: Alarm) -> Alarm:
        return replace(alarm, facts={**alarm.facts, "title": self._title(alarm.source)})

    def _title(self, source: str) -> str:
        return self.titles.get(source, "")
