"""The daemon's crawls: starts what is due in child processes, and knows which sources are being crawled.

Parses no page; imports neither Scrapy nor trafilatura. Truth about last runs is in SQLite; what is kept here may be lost.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crawler.child import ChildEnd, run_child
from crawler.cooldowns import REVISITS, Cooldowns
from crawler.crawl_job import CrawlJob, packed
from crawler.plan import Plan
from pipelines import clock
from pipelines.store.beats import PAUSED, beat
from pipelines.store.database import Store
from pipelines.store.polls import due_sources, ended_since
from pipelines.store.revisits import due_revisits
from pipelines.store.room import FREE_BYTES_MIN, free_bytes

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Underway:
    """A crawl that runs."""

    names: tuple[str, ...]
    began: datetime


@dataclass(kw_only=True)
class Crawls:
    """Those of one daemon. `run` takes a job to a process and comes back with its end."""

    run: Callable[..., Awaitable[ChildEnd]] = run_child
    running: dict[asyncio.Task[None], Underway] = field(default_factory=dict)
    ends: Counter[str] = field(default_factory=Counter)
    cooldowns: Cooldowns = field(default_factory=Cooldowns)
    is_disk_low: bool = False

    def start_due(self, store: Store, plan: Plan) -> None:
        """Start crawls over all that is due and not being crawled, as far as there are places."""
        if not self._has_room(store):
            return
        now, steady = clock.now(), time.monotonic()
        busy = self._busy(store)
        free = [r for r in plan.catalogue.rhythms if r.source not in busy and self.cooldowns.is_free(r.source, steady)]
        due = list(due_sources(store, free, now, jitter=plan.config.daemon.jitter))
        places = plan.config.daemon.crawls - len(self.running)
        urls: tuple[str, ...] = ()
        if places > 0 and REVISITS not in busy and self.cooldowns.is_free(REVISITS, steady):
            urls = due_revisits(store, now, [timedelta(hours=hours) for hours in plan.config.daemon.revisit_hours])
            if urls:
                due.append(REVISITS)
            else:
                self.cooldowns.begun([REVISITS], steady)  # the look itself costs: not one at each tick
        for names in self.cooldowns.groups(due, steady)[:max(places, 0)]:
            self.cooldowns.begun(names, steady)
            crawl = Underway(names, now)
            task = asyncio.create_task(self._crawl(crawl, store, plan, urls if REVISITS in names else ()))
            self.running[task] = crawl
            task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Comes back when none runs any more; each is told to end, and killed when it does not."""
        for task in self.running:
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)

    def _busy(self, store: Store) -> set[str]:
        """What is being crawled. A crawl lasts as long as its slowest source: those that have come to their end are free."""
        return {name for crawl in self.running.values() for name in {*crawl.names} - ended_since(store, crawl.names, crawl.began)}

    def _has_room(self, store: Store) -> bool:
        """Whether the disk has room for what a crawl brings; says so when that changes."""
        free = free_bytes(store.path.parent)
        if (free < FREE_BYTES_MIN) is not self.is_disk_low:
            beat(store, PAUSED, "" if self.is_disk_low else "disk", clock.now())  # first: what cannot be told is tried again
            self.is_disk_low = not self.is_disk_low
            level, state = (logging.ERROR, "paused") if self.is_disk_low else (logging.INFO, "resumed")
            logger.log(level, "crawl=%s free_bytes=%d needed=%d", state, free, FREE_BYTES_MIN)
        return not self.is_disk_low

    async def _crawl(self, crawl: Underway, store: Store, plan: Plan, urls: tuple[str, ...]) -> None:
        began = time.monotonic()
        sources = tuple(name for name in crawl.names if name != REVISITS)
        job = CrawlJob(
            config=plan.config, catalogue=plan.catalogue, topics=plan.topics, database=store.path, sources=sources, urls=urls
        )
        try:
            end = await self.run(packed(job), os.environ, deadline_s=plan.config.daemon.deadline_s)
        except Exception:
            self.ends["not-started"] += 1
            raise
        self.ends[end.kind] += 1
        done = {*crawl.names} if end.is_well else ended_since(store, crawl.names, crawl.began)
        self.cooldowns.ended(done, time.monotonic(), is_well=True)
        self.cooldowns.ended({*crawl.names} - done, time.monotonic(), is_well=False)
        logger.log(
            logging.INFO if end.is_well and not end.errors else logging.WARNING,
            "crawl=ended status=%d stopped=%s seconds=%.1f sources=%s revisits=%d %s%s", end.status, end.was_stopped,
            time.monotonic() - began, ",".join(sources) or "-", len(urls), end.said or "-",
            f" errors={end.errors}" if end.errors else "",
        )

    def _ended(self, done: asyncio.Task[None]) -> None:
        names = self.running.pop(done).names
        if not done.cancelled() and (error := done.exception()):  # no process could be started, or its end not looked up
            self.cooldowns.ended(names, time.monotonic(), is_well=False)
            logger.error("crawl=failed sources=%s", ",".join(names), exc_info=error)
