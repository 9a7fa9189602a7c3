"""The supervisor: decides when, starts crawls as child processes, sends what is due, says that it is alive.

Holds no page and parses none; imports neither Scrapy nor trafilatura. Truth about last runs is in SQLite, so killing it at any
moment is normal operation. Nothing on its event loop waits for long: it answers signals whatever a server or the database does.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from crawler import systemd
from crawler.alarms import watch_sources
from crawler.crawls import Crawls
from crawler.daily_backup import back_up_or_tell, is_owed
from crawler.jobs import Jobs
from crawler.lock import only_daemon
from crawler.logs import set_up_logging
from crawler.metrics import exposition, serve_metrics, write_metrics
from crawler.plan import Plan, load_plan, successor
from crawler.policy import alert_policy
from crawler.sending import send_due
from crawler.threads import in_thread
from pipelines import clock
from pipelines.errors import SosikError
from pipelines.store.beats import CARE, DAEMON, FILES, PAUSED, beat, beat_daemon, forget_failures, last_beat
from pipelines.store.database import BUSY_TIMEOUT_S, SMALL_CACHE_KIB, Store, open_store
from pipelines.store.upkeep import Dropped, tend

logger = logging.getLogger(__name__)

CLOCK_SLACK_S = 30.0  # wall and monotonic clock may part by so much in one watch before jobs are set anew; chosen by hand
LOCK_WAIT_S = 3.0  # for the database on the event loop; threads and crawls wait longer
LEAVE_S = 2.0  # for threads at the end, beside the crawls, which have ten seconds (crawler.child)
LAST_BEAT_S = 1.0
AT_TICKS = ("crawl", "send", "files")
BEAT_S = 30.0
METRICS_S = 60.0  # Prometheus' usual interval
ALARMS_S = 900.0  # two seconds of work over a full archive: two thousandths of a core
CARE_LOOK_S = 3600.0  # how often to see whether a day has passed
CARE_EVERY = timedelta(days=1)

T = TypeVar("T")


class Every(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """So many seconds after the last time. APScheduler's own lists every time missed: when a clock leaps years, it never ends."""

    def __init__(self, seconds: float) -> None:
        self.interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        return now + self.interval if previous_fire_time else now


@dataclass(kw_only=True)
class Daemon:
    """Runs until it is told to stop. `database` overrides the configured one."""

    config_path: Path | None
    database: Path | None = None
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    crawls: Crawls = field(default_factory=Crawls)
    threads: set[asyncio.Task[Any]] = field(default_factory=set)
    metrics: str = ""
    metrics_server: asyncio.Server | None = None
    scheduler: AsyncIOScheduler | None = None
    refusal: str = ""  # why the files as they are now were not taken over
    plan: Plan = field(init=False)
    store: Store = field(init=False)

    async def run(self) -> None:
        """Raises AlreadyRunning, UserError or StoreError before anything starts; afterwards only stops when told."""
        self._obey_signals()
        self.plan = load_plan(self.config_path)
        with only_daemon(self._path), self._open(busy_timeout_s=LOCK_WAIT_S) as self.store:
            check = asyncio.ensure_future(in_thread(self.store.check))  # reads the whole file: some seconds for a gigabyte
            await self._unless_stopped(check)
            if not self.stop.is_set():
                await self._watch_until_stopped()
            logger.info("daemon=stopped")

    async def _watch_until_stopped(self) -> None:
        beat_daemon(self.store, os.getpid(), clock.now())
        beat(self.store, FILES, "", clock.now())
        beat(self.store, PAUSED, "", clock.now())
        forget_failures(self.store, clock.now())
        self.scheduler = scheduler = self._schedule()
        systemd.notify("READY=1")
        logger.info("daemon=started pid=%d sources=%d", os.getpid(), len(self.plan.catalogue.enabled))
        watch = asyncio.create_task(self._watch(scheduler))
        await self.stop.wait()
        systemd.notify("STOPPING=1")
        scheduler.shutdown(wait=False)
        watch.cancel()
        leave_at = time.monotonic() + LEAVE_S
        await self.crawls.stop()
        if self.threads:
            await asyncio.wait(self.threads, timeout=max(leave_at - time.monotonic(), 0.0))
        if self.metrics_server:
            self.metrics_server.close()
        self.store.wait_at_most(LAST_BEAT_S)
        with suppress(SosikError):  # stopped on purpose: its silence is no fault. Not worth waiting for
            beat(self.store, DAEMON, "", clock.now())

    def _open(self, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Store:
        return open_store(self._path, busy_timeout_s=busy_timeout_s, cache_kib=SMALL_CACHE_KIB)

    @property
    def _path(self) -> Path:
        return self.database or self.plan.config.database_path

    def _obey_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, self.stop.set)
        loop.add_signal_handler(signal.SIGHUP, self.reload)

    async def _unless_stopped(self, work: asyncio.Future[Any]) -> None:
        stopped: asyncio.Future[Any] = asyncio.ensure_future(self.stop.wait())
        await asyncio.wait([stopped, work], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if work.done():
            work.result()

    def _schedule(self) -> AsyncIOScheduler:
        scheduler = AsyncIOScheduler(
            timezone="Asia/Seoul",
            # a busy or sleeping machine makes a job late, never lost and never twice (facts: hazards D26, D27)
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        tick_s, jobs = self.plan.config.daemon.tick_s, Jobs(store=self.store)
        for name, job, every_s in (
            ("crawl", self.start_due, tick_s), ("send", self.send, tick_s), ("beat", self.beat, BEAT_S),
            ("files", self.reload_if_changed, tick_s), ("alarms", self.watch_sources, ALARMS_S),
            ("metrics", self.measure, METRICS_S), ("care", self.care, CARE_LOOK_S),
        ):
            scheduler.add_job(jobs.guarded(name, job), Every(every_s), id=name, next_run_time=clock.now())
        scheduler.start()
        return scheduler

    async def _watch(self, scheduler: AsyncIOScheduler) -> None:
        """When the wall clock was set, or the machine slept, every job is due now instead of in a far future."""
        wall, steady = time.time(), time.monotonic()
        while True:
            await asyncio.sleep(min(BEAT_S, self.plan.config.daemon.tick_s))
            drift = (time.time() - wall) - (time.monotonic() - steady)
            wall, steady = time.time(), time.monotonic()
            if abs(drift) > CLOCK_SLACK_S:
                logger.warning("clock=stepped seconds=%.0f", drift)
                for job in scheduler.get_jobs():
                    job.modify(next_run_time=clock.now())

    async def _threaded(self, job: Callable[[Store], T]) -> T:
        """What `job` gives, from a thread with a connection of its own: SQLite's belong to one thread."""

        def run() -> T:
            with self._open() as store:
                return job(store)

        work = asyncio.create_task(in_thread(run))
        self.threads.add(work)
        work.add_done_callback(self.threads.discard)
        return await asyncio.shield(work)  # the scheduler cancels its jobs at the end; the thread still has LEAVE_S

    # -------------------------------------------------------------- crawls, alerts, alarms, figures, care

    async def start_due(self) -> None:
        self.crawls.start_due(self.store, self.plan)

    async def send(self) -> None:
        report = await self._threaded(
            lambda store: send_due(store, self.plan.config, clock.now(), should_stop=self.stop.is_set))
        if report:
            logger.info("%s", report)

    async def watch_sources(self) -> None:
        since = beat_daemon(self.store, os.getpid(), clock.now())
        titles = {source.name: source.press_name for source in self.plan.catalogue.enabled}
        policy = alert_policy(self.plan.config)
        await self._threaded(lambda store: watch_sources(store, titles, policy, since=since, now=clock.now()))

    async def measure(self) -> None:
        """New figures for Prometheus, where they are wanted."""
        daemon = self.plan.config.daemon
        if self.metrics_server and self.metrics_server.sockets[0].getsockname()[1] != daemon.metrics_port:  # the files changed
            self.metrics_server.close()
            self.metrics_server = None
        if not daemon.metrics_file and not daemon.metrics_port:
            return
        self.metrics = await self._threaded(lambda store: exposition(store, clock.now(), self.crawls.ends))
        try:
            if daemon.metrics_file:
                home = self.plan.config.sosik.data_dir
                write_metrics(home / daemon.metrics_file, self.metrics, home=home)
        finally:  # a file that cannot be written does not close the port
            if daemon.metrics_port and self.metrics_server is None:
                self.metrics_server = await serve_metrics(daemon.metrics_port, lambda: self.metrics)

    async def care(self) -> None:
        """Once a day: make a backup, drop what is past its time, keep the files small; a backup that failed is made sooner."""
        last, now = last_beat(self.store, CARE), clock.now()
        if last and timedelta(0) <= now - last.at < CARE_EVERY:
            if is_owed(self.store) and (backup := await self._threaded(self._back_up)):
                logger.info("backup=%s", backup)
            return
        beat(self.store, CARE, "", now)  # before it is done: what fails is tried again tomorrow, not every hour
        dropped, backup = await self._threaded(self._care)
        logger.info("care=done pages=%d stories=%d backup=%s", dropped.pages, dropped.stories, backup)

    def _care(self, store: Store) -> tuple[Dropped, Path | None]:
        config = self.plan.config
        backup = self._back_up(store)  # first: what fails in the rest costs no backup, and it still holds what is dropped
        dropped = tend(store, now=clock.now(), keep_raw_days=config.read.keep_raw_days, keep_days=config.sosik.keep_days)
        return dropped, backup

    def _back_up(self, store: Store) -> Path | None:
        config = self.plan.config
        return back_up_or_tell(store, alert_policy(config), keep=config.daemon.backups, now=clock.now())

    async def beat(self) -> None:
        beat_daemon(self.store, os.getpid(), clock.now())
        systemd.notify("WATCHDOG=1")

    # -------------------------------------------------------------- changed files

    async def reload_if_changed(self) -> None:
        if self.refusal or self.plan.has_changed:  # what was refused may be mended in a file that the old plan does not know
            self.reload()

    def reload(self) -> None:
        """The new files if they are good; else the old plan stays, and the log says once what is wrong, `sosik status` always."""
        old = self.plan.config.daemon
        try:
            plan = successor(self.plan, self.config_path)
            new = plan.config.daemon
            if (new.log_file, new.log_json) != (old.log_file, old.log_json):
                set_up_logging(plan.config, level=logging.getLogger().level)
        except SosikError as error:
            if str(error) != self.refusal:
                logger.error("reload=refused kept=old why=%s", error)
                self._remember_refusal(str(error))
            return
        self.plan = plan
        if self.scheduler and new.tick_s != old.tick_s:
            for name in AT_TICKS:
                self.scheduler.reschedule_job(name, trigger=Every(new.tick_s))
        if self.refusal:
            self._remember_refusal("")
        self.crawls.cooldowns.forgive()
        logger.info("reload=done sources=%d", len(plan.catalogue.enabled))

    def _remember_refusal(self, why: str) -> None:
        self.refusal = why
        with suppress(SosikError):  # the log has it
            beat(self.store, FILES, why, clock.now())
