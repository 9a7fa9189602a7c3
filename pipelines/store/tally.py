"""Counts for reports: how tries ended, what is waiting, what has been sent. Reads only, and never a whole table: the triggers
of the schema keep count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from pipelines.clock import loaded, stored
from pipelines.delivery import IS_OPEN, SETTLED, WAITING, State, listed
from pipelines.outcome import Outcome
from pipelines.rhythm import DENIED
from pipelines.store.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How often tries at a source's addresses ended in one way."""

    source: str
    outcome: Outcome
    reason: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTrouble:
    source: str
    trouble: str
    url: str = ""  # the feed, sitemap or list, when it is that one's


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The whole database in a few figures."""

    articles: int
    stories: int
    matches: int
    waiting: int  # addresses found and not yet tried, or to be tried again
    deliveries_waiting: int
    deliveries_dead: int
    newest_article_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How the last try at one address ended."""

    url: str
    outcome: Outcome
    reason: str
    next_try_at: datetime | None


def tally_since(store: Store, since: datetime, sources: Collection[str] | None = None) -> tuple[Tally, ...]:
    """Every outcome written since then, by source, outcome and reason; of these sources, or of all."""
    rows = store.query(
        "SELECT source, outcome, reason, count(*) FROM address INDEXED BY address_tried"  # else all is read
        " WHERE tried_at >= ? AND outcome IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 4 DESC",
        [stored(since)],
    )
    return tuple(
        Tally(source=s, outcome=Outcome(o), reason=r, count=n) for s, o, r, n in rows if sources is None or s in sources
    )


def ends_since(store: Store, since: datetime, keys: Iterable[str]) -> tuple[End, ...]:
    """The ends of these addresses that were written since then, in the order asked for. Where one moved, that of its goal."""
    ends = []
    for key in keys:
        row = store.query(
            "SELECT url, outcome, reason, next_try_at FROM address WHERE key = ? AND tried_at >= ?", [key, stored(since)]
        ).fetchone()
        if row:
            url, outcome, reason, again = row
            if outcome == Outcome.MOVED:
                outcome, reason = reason, ""
            ends.append(End(url=url, outcome=Outcome(outcome), reason=reason, next_try_at=loaded(again) if again else None))
    return tuple(ends)


def unanswered_sources(store: Store, since: datetime, sources: Collection[str]) -> tuple[str, ...]:
    """The sources of which no feed, sitemap or list answered when they were crawled last, since then."""
    rows = store.query(
        "SELECT source FROM source_run WHERE trouble NOT IN ('', ?) AND last_run_at >= ? ORDER BY source", [DENIED, stored(since)]
    )
    return tuple(source for (source,) in rows if source in sources)


def troubles_since(store: Store, since: datetime, sources: Collection[str]) -> tuple[SourceTrouble, ...]:
    """What was wrong with feeds, sitemaps and lists of these sources when they were last polled."""
    rows = store.query(
        "SELECT source, trouble, url FROM endpoint WHERE trouble <> '' AND polled_at >= ? ORDER BY source, url", [stored(since)]
    )
    return tuple(SourceTrouble(source=s, trouble=t, url=u) for s, t, u in rows if s in sources)


def totals(store: Store) -> Totals:
    counts = {(name, state): n for name, state, n in store.query(
        "SELECT name, state, sum(count) FROM tally WHERE name <> 'address' GROUP BY 1, 2")}
    waiting, newest = store.query(
        "SELECT (SELECT count(*) FROM address WHERE state <> 'done'), (SELECT max(first_seen_at) FROM article)"
    ).fetchone()
    return Totals(
        articles=counts.get(("article", ""), 0), stories=counts.get(("story", ""), 0), matches=counts.get(("match", "match"), 0),
        waiting=waiting, deliveries_dead=counts.get(("delivery", State.DEAD), 0),
        deliveries_waiting=sum(n for (name, state), n in counts.items() if name == "delivery" and state not in SETTLED),
        newest_article_at=loaded(newest) if newest else None,
    )


def dead_since(store: Store, since: datetime) -> int:
    """Deliveries given up whose last try was due since then."""
    query = f"SELECT count(*) FROM delivery WHERE state = '{State.DEAD}' AND next_try_at >= ?"
    return int(store.query(query, [stored(since)]).fetchone()[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingDelivery:
    """One that is overdue."""

    since: datetime
    trouble: str  # "" when it was never tried


def oldest_waiting(store: Store, now: datetime) -> WaitingDelivery | None:
    """The delivery that could have been out for the longest time; None when none waits. What was never tried may wait on
    purpose, for the end of quiet hours.
    """
    at, trouble = store.query(  # beside min(), a column is that of its row (sqlite.org/lang_select.html#bareagg)
        f"""SELECT min(iif(state = '{State.PENDING}', next_try_at, coalesce(alert.born_at, notice.born_at))), trouble
           FROM delivery
           LEFT JOIN alert ON alert.id = alert_id LEFT JOIN notice ON notice.id = notice_id
           WHERE {IS_OPEN} AND state IN {listed((*WAITING, State.SENDING))} AND mode = 'instant'
             AND (state <> '{State.PENDING}' OR next_try_at <= ?)""",
        [stored(now)],
    ).fetchone()
    return WaitingDelivery(since=loaded(at), trouble=trouble) if at else None


def tally_all(store: Store) -> tuple[Tally, ...]:
    """Every address by how its last try ended."""
    rows = store.query(
        "SELECT source, state, reason, count FROM tally WHERE name = 'address' AND state <> '' AND count > 0"
        " ORDER BY source, state, reason"
    )
    return tuple(Tally(source=s, outcome=Outcome(o), reason=r, count=n) for s, o, r, n in rows)


def delivery_states(store: Store) -> tuple[tuple[str, int], ...]:
    rows = store.query("SELECT state, count FROM tally WHERE name = 'delivery' AND count > 0 ORDER BY state")
    return tuple(rows.fetchall())


def source_successes(store: Store) -> tuple[tuple[str, datetime], ...]:
    """When each source was last crawled with success."""
    rows = store.query("SELECT source, last_success_at FROM source_run WHERE last_success_at IS NOT NULL ORDER BY source")
    return tuple((source, loaded(at)) for source, at in rows)


def source_polls(store: Store) -> tuple[tuple[str, int, int], ...]:
    """(source, how often its addresses have been asked in all, its crawls without any answer in a row)."""
    return tuple(
        store.query(
            """SELECT endpoint.source, sum(polls), coalesce(max(failures), 0) FROM endpoint
               LEFT JOIN source_run ON source_run.source = endpoint.source GROUP BY 1 ORDER BY 1"""
        ).fetchall()
    )


def lags_since(store: Store, since: datetime) -> tuple[float | None, float | None]:
    """Mean seconds of the alerts born since then: from publication to our knowing, and from that to the first message out.

    None where there was none. Digests and silent alerts do not count: they wait on purpose.
    """
    row = store.query(
        f"""SELECT avg(unix_born - CAST(strftime('%s', published_at) AS INTEGER)), avg(unix_sent - unix_born) FROM (
             SELECT published_at, CAST(strftime('%s', born_at) AS INTEGER) AS unix_born,
               (SELECT min(CAST(strftime('%s', sent_at) AS INTEGER)) FROM delivery
                WHERE alert_id = alert.id AND mode = 'instant' AND state = '{State.SENT}') AS unix_sent
             FROM alert JOIN article ON article.id = alert.article_id WHERE born_at >= ? AND is_silent = 0)""",
        [stored(since)],
    ).fetchone()
    return row[0], row[1]
