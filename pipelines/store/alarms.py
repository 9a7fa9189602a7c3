"""What is wrong with sources: the alarms that are open. SQL only; crawler.health decides."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pipelines.clock import loaded, stored
from pipelines.store.database import Store
from pipelines.store.notices import Facts, facts_read, facts_written


class AlarmKind(StrEnum):
    NO_ANSWER = "no-answer"  # none of its feeds, sitemaps and lists
    NO_PAGES = "no-pages"  # links are found, none of their pages can be had
    NO_ARTICLES = "no-articles"  # pages are read, none of them is an article
    SILENT = "silent"  # no new article for longer than its own rhythm
    NO_BODIES = "no-bodies"  # articles come with hardly any text
    VOLUME = "volume"  # far off the same weekdays before
    ROBOTS = "robots"  # robots.txt closes feeds, or most articles
    STOPPED = "stopped"  # nothing at all comes in


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    source: str  # "": all of them
    kind: AlarmKind
    facts: Facts = field(default_factory=dict)  # what its words are filled in with

    @property
    def key(self) -> tuple[str, AlarmKind]:
        return self.source, self.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAlarm:
    id: int
    source: str
    kind: AlarmKind
    facts: Facts | None  # None: a row of an earlier version, worded when it was raised
    reason: str  # of such a row, else ""
    raised_at: datetime
    notice_id: int | None

    @property
    def key(self) -> tuple[str, AlarmKind]:
        return self.source, self.kind


def open_alarms(store: Store) -> tuple[OpenAlarm, ...]:
    rows = store.query(
        "SELECT id, source, kind, facts, reason, raised_at, notice_id FROM alarm WHERE healed_at IS NULL ORDER BY raised_at, id"
    )
    return tuple(
        OpenAlarm(
            id=i, source=s, kind=AlarmKind(k), facts=None if f is None else facts_read(f), reason=r, raised_at=loaded(at),
            notice_id=n,
        )
        for i, s, k, f, r, at, n in rows
    )  # fmt: skip


def bring_back(store: Store, now: datetime) -> None:
    """Times of alarms that lie ahead are now: the clock was set back, and what comes from now on is later."""
    with store.transaction() as connection:
        for column in ("raised_at", "healed_at"):
            connection.execute(f"UPDATE alarm SET {column} = ? WHERE {column} > ?", [stored(now), stored(now)])


def raise_alarm(store: Store, alarm: Alarm, now: datetime, notice_id: int | None) -> None:
    """Write it as open; nothing happens when it is open already."""
    with store.transaction() as connection:
        connection.execute(
            "INSERT OR IGNORE INTO alarm (source, kind, facts, reason, raised_at, notice_id) VALUES (?, ?, ?, '', ?, ?)",
            [alarm.source, alarm.kind, facts_written(alarm.facts), stored(now), notice_id],
        )


def change_alarm(store: Store, alarm_id: int, alarm: Alarm) -> None:
    """The same trouble, better understood."""
    with store.transaction() as connection:
        connection.execute(
            "UPDATE alarm SET kind = ?, facts = ? WHERE id = ?", [alarm.kind, facts_written(alarm.facts), alarm_id])


def last_stop_over(store: Store) -> datetime | None:
    """When everything came in again after it had all stopped; None when it never had."""
    (at,) = store.query("SELECT max(healed_at) FROM alarm WHERE source = '' AND kind = ?", [AlarmKind.STOPPED]).fetchone()
    return loaded(at) if at else None


def heal_alarms(store: Store, ids: Collection[int], now: datetime) -> None:
    with store.transaction() as connection:
        connection.executemany("UPDATE alarm SET healed_at = ? WHERE id = ?", [(stored(now), i) for i in ids])
