"""How the sources do: the figures that alarms are judged by, and the alarms that are open."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from pipelines.clock import loaded, stored
from pipelines.store.database import Store

DAY = timedelta(days=1)
HISTORY_DAYS = 28  # four of each weekday
GAPS_MIN = 20  # fewer gaps between articles are no rhythm; chosen by hand
ASKED_WITHIN = timedelta(days=3)  # what was not asked since then is asked no more: a source is asked once a day at least


class AlarmKind(StrEnum):
    SILENT = "silent"  # for longer than its own rhythm
    NO_ARTICLES = "no-articles"  # links are found, none of them becomes an article
    NO_BODIES = "no-bodies"  # articles come with hardly any text
    VOLUME = "volume"  # far off the same weekdays before
    ROBOTS = "robots"  # closed now
    STOPPED = "stopped"  # nothing at all comes in


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """One source in figures. Times are None where there was nothing yet."""

    source: str
    last_success_at: datetime | None
    last_article_at: datetime | None
    longest_gap: timedelta | None  # between two of its articles, in the last four weeks; None with fewer than 20
    tried: int = 0  # addresses tried in the last 24 hours
    has_article: int = 0  # of them, those that are articles
    suspect: int = 0  # articles of the last 24 hours with little text against what is visible
    fresh: int = 0  # articles of the last 24 hours
    usual: tuple[int, ...] = ()  # the same 24 hours one, two, three and four weeks before, as far back as the source goes
    is_robots_closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    source: str  # "": all of them
    kind: AlarmKind
    values: tuple[tuple[str, object], ...] = ()  # what its wording fills in

    @property
    def key(self) -> tuple[str, AlarmKind]:
        return self.source, self.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAlarm:
    id: int
    source: str
    kind: AlarmKind
    reason: str
    raised_at: datetime
    notice_id: int | None

    @property
    def key(self) -> tuple[str, AlarmKind]:
        return self.source, self.kind


def source_healths(store: Store, sources: Iterable[str], now: datetime) -> tuple[SourceHealth, ...]:
    """The figures of each source, from a few scans over four weeks of articles and one day of tries.

    Indexes are named where SQLite would read a whole table to have its rows in the order of the groups.
    """
    arrivals = _arrivals(store, now)
    tries = {
        source: (tried, good)
        for source, tried, good in store.db.execute(
            "SELECT source, count(*), sum(outcome IN ('stored', 'revised', 'unchanged')) FROM address"
            " INDEXED BY address_tried WHERE tried_at >= ?"
            " AND outcome NOT IN ('moved', 'robots', 'forbidden', 'budget') GROUP BY source",
            [stored(now - DAY)],
        )
    }
    suspects = dict(
        store.db.execute(
            "SELECT source, count(*) FROM article INDEXED BY article_first_seen"
            " WHERE first_seen_at >= ? AND flags LIKE '%\"suspect\"%' GROUP BY source",
            [stored(now - DAY)],
        ).fetchall()
    )
    closed = {
        source for (source,) in store.db.execute(
            "SELECT DISTINCT source FROM endpoint WHERE trouble LIKE 'robots%' AND polled_at >= ?", [stored(now - ASKED_WITHIN)]
        )
    }
    runs = {
        source: loaded(at) if at else None
        for source, at in store.db.execute("SELECT source, last_success_at FROM source_run")
    }
    return tuple(
        _health(s, runs.get(s), arrivals.get(s), tries.get(s, (0, 0)), suspects.get(s, 0), s in closed, now) for s in sources
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrivals:
    """When a source's articles of the last four weeks came; times and spans in seconds."""

    count: int
    first: int
    last: int
    longest_gap: int | None
    days: tuple[int, ...]  # articles of the last 24 hours, and of the same 24 hours one, two, three and four weeks before


def _arrivals(store: Store, now: datetime) -> dict[str, _Arrivals]:
    """By source. Counted by SQLite: months of articles as Python objects would be more than the daemon's memory."""
    days = ", ".join(f"sum(at > :now - {w} * 604800 - 86400 AND at <= :now - {w} * 604800)" for w in range(5))
    rows = store.db.execute(
        f"""WITH seen AS (SELECT source, CAST(strftime('%s', first_seen_at) AS INTEGER) AS at FROM article
                          WHERE first_seen_at > :from AND first_seen_at <= :until
                            AND id NOT IN (SELECT article_id FROM address WHERE is_silent = 1 AND article_id IS NOT NULL)),
              paired AS (SELECT source, at, at - lag(at) OVER (PARTITION BY source ORDER BY at) AS gap FROM seen)
            SELECT source, count(*), min(at), max(at), max(gap), {days} FROM paired GROUP BY source""",
        {"now": int(now.timestamp()), "from": stored(now - timedelta(days=HISTORY_DAYS + 1)), "until": stored(now)},
    )
    return {
        source: _Arrivals(count=count, first=first, last=last, longest_gap=gap, days=tuple(per_day))
        for source, count, first, last, gap, *per_day in rows
    }


def _health(
    source: str, success: datetime | None, came: _Arrivals | None, tries: tuple[int, int], suspect: int,
    is_closed: bool, now: datetime,
) -> SourceHealth:
    health = SourceHealth(
        source=source, last_success_at=success, last_article_at=None, longest_gap=None, tried=tries[0], has_article=tries[1],
        suspect=suspect, is_robots_closed=is_closed,
    )
    if came is None:
        return health
    age = now - datetime.fromtimestamp(came.first, UTC)
    return replace(
        health, last_article_at=datetime.fromtimestamp(came.last, UTC), fresh=came.days[0],
        longest_gap=timedelta(seconds=came.longest_gap or 0) if came.count > GAPS_MIN else None,
        usual=tuple(count for week, count in enumerate(came.days) if week and age > timedelta(weeks=week) + DAY),
    )


def open_alarms(store: Store) -> tuple[OpenAlarm, ...]:
    rows = store.db.execute(
        "SELECT id, source, kind, reason, raised_at, notice_id FROM alarm WHERE healed_at IS NULL ORDER BY raised_at"
    )
    return tuple(
        OpenAlarm(id=i, source=s, kind=AlarmKind(k), reason=r, raised_at=loaded(at), notice_id=n) for i, s, k, r, at, n in rows
    )


def raise_alarm(store: Store, alarm: Alarm, reason: str, now: datetime, notice_id: int | None) -> None:
    """Write it as open; nothing happens when it is open already."""
    with store.transaction() as connection:
        connection.execute(
            "INSERT OR IGNORE INTO alarm (source, kind, reason, raised_at, notice_id) VALUES (?, ?, ?, ?, ?)",
            [alarm.source, alarm.kind, reason, stored(now), notice_id],
        )


def heal_alarms(store: Store, ids: Collection[int], now: datetime) -> None:
    with store.transaction() as connection:
        connection.executemany("UPDATE alarm SET healed_at = ? WHERE id = ?", [(stored(now), i) for i in ids])
