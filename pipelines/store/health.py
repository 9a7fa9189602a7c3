"""How the sources do: the figures that alarms are judged by. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from pipelines.clock import loaded, stored
from pipelines.outcome import Outcome
from pipelines.store.database import Store
from pipelines.store.polls import HOUR_S

DAY = timedelta(days=1)
HISTORY_DAYS = 28  # four of each weekday
GAPS_MIN = 20  # fewer gaps between articles are no rhythm; chosen by hand
CRAWLED_SHARE = 0.5  # of a day's usual hours with an answer: with fewer it says nothing of the volume. Chosen by hand
NEWEST = 10  # articles of a source that are looked at one by one
STORED = (Outcome.STORED, Outcome.REVISED)
READ = (*STORED, Outcome.UNCHANGED, Outcome.REFUSED)
AHEAD = timedelta(minutes=15)  # of our clock: a time further ahead is from before it was set back. Chosen by hand
ASKED_WITHIN = timedelta(days=3)  # what was not asked since then is asked no more: a source is asked once a day at least


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """One source in figures. Times are None where there was nothing yet."""

    source: str
    first_asked_at: datetime | None = None
    last_success_at: datetime | None = None  # a crawl of it that was answered
    failures: int = 0  # crawls in a row without an answer
    failing_since: datetime | None = None  # the first of them, to the hour
    trouble: str = ""  # of the last one
    answered_at: datetime | None = None  # one of its feeds, sitemaps and lists
    last_article_at: datetime | None = None
    longest_gap: timedelta | None = None  # between two of its articles, in the last four weeks; None with fewer than 20
    pages: Pages = field(default_factory=lambda: Pages())
    suspect: int = 0  # articles of the last 24 hours with little text against what is visible
    fresh: int = 0  # articles of the last 24 hours
    newest: tuple[Seen, ...] = ()  # its articles, the last ones first
    usual: tuple[int, ...] = ()  # the same 24 hours one, two, three and four weeks before, of those in which it was crawled
    is_watched: bool = True  # it was crawled through the last 24 hours, whatever came of it
    is_robots_closed: bool = False  # a feed, sitemap or list of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """What became of the addresses of articles that were tried in the last 24 hours."""

    read: int = 0
    last_read_at: datetime | None = None
    has_article: int = 0  # of those that were read
    last_stored_at: datetime | None = None  # a new article, or a new text of one
    unread: int = 0  # no page came: for good, or more than once
    why_unread: str = ""  # the most frequent reason of those, or their outcome
    closed: int = 0  # by robots.txt


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """When an article was first seen, and whether it has hardly any text."""

    at: datetime
    is_suspect: bool


def source_healths(store: Store, sources: Iterable[str], now: datetime) -> tuple[SourceHealth, ...]:
    """The figures of each source, from a few scans over four weeks of articles and one day of tries.

    Indexes are named where SQLite would read a whole table to have its rows in the order of the groups.
    """
    arrivals, crawled, pages = _arrivals(store, now), _crawled(store, now), _pages(store, now)
    suspects = dict(
        store.query(
            "SELECT source, count(*) FROM article INDEXED BY article_first_seen"
            " WHERE first_seen_at >= ? AND flags LIKE '%\"suspect\"%' GROUP BY source",
            [stored(now - DAY)],
        ).fetchall()
    )
    endpoints = {
        source: (_known(answered, now), bool(is_closed))
        for source, answered, is_closed in store.query(
            "SELECT source, max(iif(trouble = '', polled_at, NULL)), max(trouble IN ('robots', 'robots-ai') AND polled_at >= ?)"
            " FROM endpoint GROUP BY source",
            [stored(now - ASKED_WITHIN)],
        )
    }
    failing = dict(
        store.query(
            "SELECT run.source, min(hour) FROM source_run AS run JOIN source_hour ON source_hour.source = run.source"
            " AND hour >= CAST(strftime('%s', coalesce(last_success_at, first_run_at)) AS INTEGER) / ? AND is_answered = 0"
            " WHERE failures > 0 GROUP BY run.source",
            [HOUR_S],
        ).fetchall()
    )
    runs = {
        source: SourceHealth(
            source=source, first_asked_at=_known(first, now), last_success_at=_known(success, now), failures=failures,
            trouble=trouble)
        for source, first, success, failures, trouble in store.query(
            "SELECT source, first_run_at, last_success_at, failures, trouble FROM source_run")
    }

    def health(source: str) -> SourceHealth:
        came, hours = arrivals.get(source), crawled.get(source, _Crawled())
        answered_at, is_closed = endpoints.get(source, (None, False))
        found = replace(
            runs.get(source, SourceHealth(source=source)), answered_at=answered_at, is_robots_closed=is_closed,
            pages=pages.get(source, Pages()), suspect=suspects.get(source, 0), newest=_newest(store, source, now),
            is_watched=hours.was_before,
            failing_since=datetime.fromtimestamp(failing[source] * HOUR_S, UTC) if source in failing else None,
        )
        if came is None:
            return found
        return replace(
            found, last_article_at=datetime.fromtimestamp(came.last, UTC), fresh=came.days[0],
            longest_gap=timedelta(seconds=came.longest_gap or 0) if came.count > GAPS_MIN else None,
            usual=tuple(came.days[week] for week in hours.weeks),
        )

    return tuple(health(source) for source in sources)


def _pages(store: Store, now: datetime) -> dict[str, Pages]:
    """By source. What our own rules and budgets left alone says nothing of a source, nor does an article taken down."""
    found: dict[str, Pages] = {}
    often: dict[str, int] = {}
    for source, outcome, reason, count, in_vain, last in store.query(
        "SELECT source, outcome, reason, count(*), sum(state = 'done' OR tries >= 2), max(tried_at)"
        " FROM address INDEXED BY address_tried WHERE tried_at >= ?"
        " AND outcome NOT IN ('moved', 'forbidden', 'budget', 'withdrawn') GROUP BY source, outcome, reason",
        [stored(now - DAY)],
    ):
        pages = found.get(source, Pages())
        if outcome in READ:
            good, at = count if Outcome(outcome).has_article else 0, loaded(last)
            pages = replace(
                pages, read=pages.read + count, last_read_at=_later(pages.last_read_at, at), has_article=pages.has_article + good,
                last_stored_at=_later(pages.last_stored_at, at) if outcome in STORED else pages.last_stored_at,
            )
        elif outcome == Outcome.ROBOTS:
            pages = replace(pages, closed=pages.closed + count)
        else:
            if in_vain > often.get(source, 0):
                often[source] = in_vain
                pages = replace(pages, why_unread=reason or outcome)
            pages = replace(pages, unread=pages.unread + in_vain)
        found[source] = pages
    return found


def _newest(store: Store, source: str, now: datetime) -> tuple[Seen, ...]:
    rows = store.query(
        "SELECT first_seen_at, flags LIKE '%\"suspect\"%' FROM article INDEXED BY article_source"
        " WHERE source = ? AND first_seen_at <= ? ORDER BY first_seen_at DESC LIMIT ?",
        [source, stored(now), NEWEST],
    )
    return tuple(Seen(at=loaded(at), is_suspect=bool(is_suspect)) for at, is_suspect in rows)


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
    rows = store.query(
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
    rows = store.query(
        f"SELECT source, sum(hour > :now - 48 AND hour <= :now - 24), {days} FROM source_hour GROUP BY source",
        {"now": int(now.timestamp()) // HOUR_S},
    )
    return {source: _Crawled(was_before=before > 0, answered=tuple(answered)) for source, before, *answered in rows}


def _later(one: datetime | None, other: datetime) -> datetime:
    return max(one, other) if one else other


def _known(text: str | None, now: datetime) -> datetime | None:
    """The time; None for one that lies ahead, from before the clock was set back. A crawl may write while we count."""
    at = loaded(text) if text else None
    return at if at and at <= now + AHEAD else None
