"""How the sources do: the figures that alarms are judged by. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from pipelines.clock import loaded, stored
from pipelines.store.database import Store
from pipelines.store.polls import HOUR_S

DAY = timedelta(days=1)
HISTORY_DAYS = 28  # four of each weekday
GAPS_MIN = 20  # fewer gaps between articles are no rhythm; chosen by hand
CRAWLED_SHARE = 0.5  # of a day's usual hours with an answer: with fewer it says nothing of the volume. Chosen by hand
ASKED_WITHIN = timedelta(days=3)  # what was not asked since then is asked no more: a source is asked once a day at least


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
    usual: tuple[int, ...] = ()  # the same 24 hours one, two, three and four weeks before, of those in which it was crawled
    is_watched: bool = True  # it was crawled through the last 24 hours, whatever came of it
    is_robots_closed: bool = False


def source_healths(store: Store, sources: Iterable[str], now: datetime) -> tuple[SourceHealth, ...]:
    """The figures of each source, from a few scans over four weeks of articles and one day of tries.

    Indexes are named where SQLite would read a whole table to have its rows in the order of the groups.
    """
    arrivals, crawled = _arrivals(store, now), _crawled(store, now)
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
            "SELECT DISTINCT source FROM endpoint WHERE trouble IN ('robots', 'robots-ai') AND polled_at >= ?",
            [stored(now - ASKED_WITHIN)],
        )
    }
    runs = {
        source: loaded(at) if at else None
        for source, at in store.db.execute("SELECT source, last_success_at FROM source_run")
    }
    return tuple(
        _health(
            s, runs.get(s), arrivals.get(s), crawled.get(s, _Crawled()), tries.get(s, (0, 0)), suspects.get(s, 0), s in closed
        )
        for s in sources
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrivals:
    """When a source's articles of the last four weeks came; times and spans in seconds."""

    count: int
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
            SELECT source, count(*), max(at), max(gap), {days} FROM paired GROUP BY source""",
        {"now": int(now.timestamp()), "from": stored(now - timedelta(days=HISTORY_DAYS + 1)), "until": stored(now)},
    )
    return {
        source: _Arrivals(count=count, last=last, longest_gap=gap, days=tuple(per_day))
        for source, count, last, gap, *per_day in rows
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Crawled:
    """When a source was crawled, in hours."""

    was_before: bool = False  # in the 24 hours before the last 24
    answered: tuple[int, ...] = (0,) * 5  # hours with an answer in the last 24, and in the same ones one to four weeks before

    @property
    def weeks(self) -> tuple[int, ...]:
        """How many weeks ago the source was crawled as through the fullest of these days: neither it nor we were away."""
        enough = max(1.0, CRAWLED_SHARE * max(self.answered))
        return tuple(week for week, hours in enumerate(self.answered) if week and hours >= enough)


def _crawled(store: Store, now: datetime) -> dict[str, _Crawled]:
    """By source; one that was not crawled for weeks is missing."""
    days = ", ".join(f"sum(is_answered AND hour > :now - {w} * 168 - 24 AND hour <= :now - {w} * 168)" for w in range(5))
    rows = store.db.execute(
        f"SELECT source, sum(hour > :now - 48 AND hour <= :now - 24), {days} FROM source_hour GROUP BY source",
        {"now": int(now.timestamp()) // HOUR_S},
    )
    return {source: _Crawled(was_before=before > 0, answered=tuple(answered)) for source, before, *answered in rows}


def _health(
    source: str, success: datetime | None, came: _Arrivals | None, crawled: _Crawled, tries: tuple[int, int], suspect: int,
    is_closed: bool,
) -> SourceHealth:
    health = SourceHealth(
        source=source, last_success_at=success, last_article_at=None, longest_gap=None, tried=tries[0], has_article=tries[1],
        suspect=suspect, is_watched=crawled.was_before, is_robots_closed=is_closed,
    )
    if came is None:
        return health
    return replace(
        health, last_article_at=datetime.fromtimestamp(came.last, UTC), fresh=came.days[0],
        longest_gap=timedelta(seconds=came.longest_gap or 0) if came.count > GAPS_MIN else None,
        usual=tuple(came.days[week] for week in crawled.weeks),
    )
