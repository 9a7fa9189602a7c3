"""How far one crawl goes: days, number of articles, pages of a list, children of an index. Pure but for the count."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from crawler.discovery import Child, Found
from pipelines.clock import KST
from pipelines.errors import UserError
from pipelines.store.polls import Memory

CATCH_UP_PAGES = 5  # of a list of which everything on the first page is new; chosen by hand
DEPTH_MAX = 3  # of sitemap indexes below one another
CHILDREN_MAX = 400  # sitemaps asked for in one run (facts: hazards D20)
CHILDREN_A_POLL_MAX = 20  # the same outside of back-fill; chosen by hand
CHILDREN_OF_ONE = 5  # of one index, outside of back-fill; chosen by hand
LIKELY_NEW = re.compile(r"news|latest|recent|today", re.IGNORECASE)
RECENT = timedelta(days=2)
FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(kw_only=True)
class Scope:
    """Days are Korean and inclusive. `left` is how many articles may still be fetched, None without a limit."""

    since: date | None = None
    until: date | None = None
    left: int | None = None

    @classmethod
    def of(cls, since: str | None, until: str | None, limit: str | None) -> Scope:
        """From a spider's arguments. Raises UserError."""
        try:
            scope = cls(
                since=date.fromisoformat(since) if since else None, until=date.fromisoformat(until) if until else None,
                left=int(limit) if limit else None,
            )  # fmt: skip
        except ValueError as error:
            raise UserError(f"since and until are days such as 2026-11-01, limit is a number: {error}") from error
        if scope.since and scope.until and scope.since > scope.until:
            raise UserError(f"since ({scope.since}) lies after until ({scope.until})")
        return scope

    @property
    def is_back_fill(self) -> bool:
        return self.since is not None or self.until is not None

    @property
    def is_spent(self) -> bool:
        """Whether the limit has been reached."""
        return self.left is not None and self.left <= 0

    def silent_until(self, last_success: datetime | None, *, is_first_told: bool) -> datetime | None:
        """What was published until then is stored and not told; None: all is told. A back-fill tells only what is newer than
        the last crawl, which would have told it otherwise.
        """
        if self.is_back_fill:
            return last_success or FOREVER
        return None if last_success or is_first_told else FOREVER

    @property
    def room(self) -> int | None:
        """How many links may be entered into the frontier. A back-fill leaves nothing behind for the crawls that come."""
        return max(self.left, 0) if self.is_back_fill and self.left is not None else None

    def take(self) -> bool:
        """Whether one more article may be fetched; counts it."""
        if self.left is None:
            return True
        self.left -= 1
        return self.left >= 0

    def today(self, now: datetime) -> date:
        return now.astimezone(KST).date()

    def days(self, now: datetime) -> Iterator[date]:
        """The days of the back-fill, the newest first."""
        day = min(self.until or date.max, self.today(now))
        while self.since and day >= self.since:
            yield day
            day -= timedelta(days=1)

    def covers(self, published: datetime | None, *, is_bounded: bool) -> bool:
        """Whether an announced article lies in the days asked for. `is_bounded`: its list is one day's, so it does."""
        if published is None or is_bounded:
            return True
        day = published.astimezone(KST).date()
        return (self.since or date.min) <= day <= (self.until or date.max)

    def is_done(self, memory: Memory, day: date | None) -> bool:
        """Whether a day's list was read after the day had ended: a back-fill that goes on skips it."""
        if day is None or memory.answered_at is None:
            return False
        return memory.answered_at.astimezone(KST).date() > day + timedelta(days=1)


def is_silent(published: datetime | None, silent_until: datetime | None) -> bool:
    return silent_until is not None and (published is None or published <= silent_until)


def goes_on(found: Found, page: int, *, fresh: int, new: int, scope: Scope) -> bool:
    """Whether the next page of a list is worth asking for. `fresh`: links not met on earlier pages of this run; `new`: not
    known from earlier runs either.
    """
    if not found.links or not fresh or scope.is_spent:
        return False
    if not scope.is_back_fill:
        pinned = sum(link.is_pinned for link in found.links)
        return page < CATCH_UP_PAGES and 0 < new >= fresh - pinned
    if scope.since is None:
        return False
    dated = [link.published.astimezone(KST).date() for link in found.links if link.published and not link.is_pinned]
    return not dated or max(dated) >= scope.since


def chosen_children(children: Sequence[Child], scope: Scope, now: datetime) -> tuple[Child, ...]:
    """The sitemaps of an index to ask for: in a back-fill all that may hold its days, else the few that changed lately."""
    if scope.is_back_fill:
        since = datetime.combine(scope.since or date.min, datetime.min.time(), KST)
        return tuple(c for c in children if c.modified is None or c.modified >= since)
    dated = sorted((c for c in children if c.modified), key=lambda c: c.modified or now, reverse=True)
    if dated:
        return tuple(c for c in dated if c.modified and c.modified >= now - RECENT)[:CHILDREN_OF_ONE]
    likely = [c for c in children if LIKELY_NEW.search(c.href.rpartition("/")[2])]
    ends = [*children[:2], *children[-2:]]  # nobody says at which end an index grows
    return tuple(dict.fromkeys([*likely, *ends]))[:CHILDREN_OF_ONE]
