"""What is on record of sources and of the addresses that announce their articles, for people. Reads only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pipelines.clock import loaded
from pipelines.store.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """`trouble` is of the last crawl as a whole; `bad_endpoints` are addresses whose last poll was in trouble."""

    last_article_at: datetime | None = None
    interval_s: int = 0
    failures: int = 0
    trouble: str = ""
    bad_endpoints: frozenset[str] = frozenset()  # also such as the source no longer has


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointState:
    url: str
    polled_at: datetime | None
    status: int | None
    links: int
    new_links: int
    newest: datetime | None
    trouble: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All on record of one source."""

    state: SourceState = field(default_factory=SourceState)
    polls: Mapping[str, EndpointState] = field(default_factory=dict)  # by address, the latest poll first
    outcomes: tuple[tuple[str, str, int], ...] = ()  # outcome ("" waits), reason, how many; the most first


def source_states(store: Store) -> dict[str, SourceState]:
    """By source name; a source that was never crawled is missing."""
    rows = store.query(
        """SELECT r.source, (SELECT max(first_seen_at) FROM article a WHERE a.source = r.source), interval_s, failures, trouble,
                  (SELECT json_group_array(url) FROM endpoint e WHERE e.source = r.source AND e.trouble <> '')
           FROM source_run r"""
    )
    return {
        source: SourceState(
            last_article_at=_at(article), interval_s=interval, failures=failures, trouble=trouble,
            bad_endpoints=frozenset(json.loads(bad)),
        )
        for source, article, interval, failures, trouble, bad in rows
    }  # fmt: skip


def history_of(store: Store, source: str) -> History:
    polls = store.query(
        """SELECT url, polled_at, status, links, new_links, newest_published, trouble FROM endpoint
           WHERE source = ? ORDER BY polled_at DESC""",
        [source],
    )
    outcomes = store.query(
        "SELECT coalesce(outcome, ''), reason, count(*) FROM address WHERE source = ? GROUP BY 1, 2 ORDER BY 3 DESC", [source]
    )
    return History(
        state=source_states(store).get(source, SourceState()),
        polls={
            url: EndpointState(
                url=url, polled_at=_at(at), status=status, links=links, new_links=new, newest=_at(newest), trouble=trouble
            )
            for url, at, status, links, new, newest, trouble in polls
        },
        outcomes=tuple((outcome, reason, count) for outcome, reason, count in outcomes),
    )


def _at(text: str | None) -> datetime | None:
    return loaded(text) if text else None
