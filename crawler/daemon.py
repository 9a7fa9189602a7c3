"""The supervisor: decides when, starts crawls as child processes, sends what is due, says that it is alive.

Holds no page and parses nothing; imports neither Scrapy nor trafilatura. Truth about last runs is in SQLite, so killing it at
any moment is normal operation. APScheduler ticks on wall-clock time; a monotonic watchdog wakes it when that clock was set.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import cast

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from crawler import systemd
from crawler.alarms import watch_sources
from crawler.child import run_child
from crawler.config import Config, load_config
from crawler.disk import FREE_BYTES_MIN, free_bytes
from crawler.lock import only_daemon
from crawler.metrics import exposition, serve_metrics, write_metrics
from crawler.outbox import alert_policy, send_due
from crawler.sources import Catalogue, load_catalogue
from pipelines import clock
from pipelines.errors import DiskFull, SosikError, StoreBusy
from pipelines.store.backup import back_up
from pipelines.store.beats import beat, last_beat
from pipelines.store.database import Store, open_store
from pipelines.store.polls import due_sources
from pipelines.store.revisits import due_revisits
from pipelines.store.upkeep import tend
from pipelines.topics import load_topics
from pipelines.wording import Language, Wording

logger = logging.getLogger(__name__)

CLOCK_SLACK_S = 30.0  # wall and monotonic clock may part by so much in one watch before jobs are set anew; chosen by hand
BEAT_S = 30.0
ALARMS_S = 300.0
CARE_LOOK_S = 3600.0  # how often to see whether a day has passed
CARE_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the files say: reloaded as a whole, or not at all."""

    config: Config
    catalogue: Catalogue
    marks: tuple[tuple[Path, float], ...]  # the files read, with their modification times


def load_plan(config_path: Path | None) -> Plan:
    """Settings, sources and topics from their files. Raises UserError, naming file, line and key."""
    config = load_config(config_path)
    load_topics(config.sosik.topics, config.beside("."))
    catalogue = load_catalogue(config)
    named = [config.path, *(config.beside(n) for n in (config.sosik.sources_file, *config.sosik.topics) if n)]
    return Plan(config=config, catalogue=catalogue, marks=tuple((p, mark(p)) for p in named if p and p.is_file()))


def mark(path: Path) -> float:
    """Changes when the file does; 0 while there is none."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0



@dataclass(kw_only=True)
class Daemon:
    """Runs until it is told to stop. `database` overrides the configured one."""

    config_path: Path | None
    database: Path | None = None
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    crawling: dict[asyncio.Task[None], frozenset[str]] = field(default_factory=dict)  # running crawls and their sources
    metrics: str = ""
    metrics_server: asyncio.Server | None = None
    plan: Plan = field(init=False)
    store: Store = field(init=False)

    async def run(self) -> None:
        """Raises AlreadyRunning, UserError or StoreError before anything starts; afterwards only stops when told."""
        self.plan = load_plan(self.config_path)
        with only_daemon(self.plan.config.sosik.data_dir), self._open() as store:
            self.store = store
            store.check()
            self._obey_signals()
            scheduler = self._schedule()
            systemd.notify("READY=1")
            logger.info("daemon=started pid=%d sources=%d", os.getpid(), len(self.plan.catalogue.enabled))
            watch = asyncio.create_task(self._watch(scheduler))
            await self.stop.wait()
            systemd.notify("STOPPING=1")
            scheduler.pause()
            watch.cancel()
            for task in self.crawling:
                task.cancel()
            await asyncio.gather(*self.crawling, return_exceptions=True)
            scheduler.shutdown(wait=False)
            beat(store, "daemon", "", clock.now())  # stopped on purpose: its silence is no fault
            logger.info("daemon=stopped")

    def _open(self) -> Store:
        return open_store(self.database or self.plan.config.database_path)

    def _obey_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, self.stop.set)
        loop.add_signal_handler(signal.SIGHUP, self.reload)

    def _schedule(self) -> AsyncIOScheduler:
        scheduler = AsyncIOScheduler(
            timezone="Asia/Seoul",
            # a busy or sleeping machine makes a job late, never lost and never twice (facts: hazards D26, D27)
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        daemon = self.plan.config.daemon
        for name, job, every_s in (
            ("crawl", self.start_due, daemon.tick_s), ("send", self.send, daemon.tick_s), ("beat", self.beat, BEAT_S),
            ("files", self.reload_if_changed, daemon.tick_s), ("alarms", self.watch_sources, ALARMS_S),
            ("metrics", self.measure, BEAT_S), ("care", self.care, CARE_LOOK_S),
        ):
            scheduler.add_job(_guarded(name, job), "interval", seconds=every_s, id=name, next_run_time=clock.now())
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

    async def start_due(self) -> None:
        """Start one crawl over all that is due and not being crawled."""
        if len(self.crawling) >= self.plan.config.daemon.crawls:
            return
        if (free := free_bytes(self.store.path.parent)) < FREE_BYTES_MIN:
            logger.error("crawl=paused free_bytes=%d needed=%d", free, FREE_BYTES_MIN)
            return
        busy = frozenset().union(*self.crawling.values())
        now = clock.now()
        names = [n for n in due_sources(self.store, self.plan.catalogue.rhythms, now) if n not in busy]
        ages = [timedelta(hours=h) for h in self.plan.config.daemon.revisit_hours]
        urls = due_revisits(self.store, now, ages) if ages and "" not in busy else ()
        if names or urls:
            task = asyncio.create_task(self._crawl(names, urls))
            self.crawling[task] = frozenset(names) | ({""} if urls else frozenset())
            task.add_done_callback(lambda done: self.crawling.pop(done, None))

    async def _crawl(self, names: list[str], urls: tuple[str, ...]) -> None:
        config = self.plan.config
        options = ["--config", str(config.path)] if config.path else []
        options += ["--db", str(self.database)] if self.database else []
        began = time.monotonic()
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SOSIK_SMTP")}
        command = [*options, "crawl", "--last-good-topics", *names, *urls]
        end = await run_child(command, environment, deadline_s=config.daemon.deadline_s)
        level = logging.INFO if end.status == 0 else logging.WARNING
        logger.log(
            level, "crawl=ended status=%d stopped=%s seconds=%.1f sources=%s pages=%d said=%s",
            end.status, end.was_stopped, time.monotonic() - began, ",".join(names), len(urls), end.errors or "-",
        )

    async def send(self) -> None:
        report = await asyncio.to_thread(self._send)
        if report:
            logger.info("%s", report)

    def _send(self) -> str:
        with self._open() as store:  # its own connection: SQLite's belong to one thread
            return str(send_due(store, self.plan.config, clock.now(), should_stop=self.stop.is_set) or "")

    async def watch_sources(self) -> None:
        names = [source.name for source in self.plan.catalogue.enabled]
        say = Wording(cast(Language, self.plan.config.sosik.language))
        watch_sources(self.store, names, alert_policy(self.plan.config), say, clock.now())

    async def measure(self) -> None:
        """New figures for Prometheus, where they are wanted."""
        daemon = self.plan.config.daemon
        if not daemon.metrics_file and not daemon.metrics_port:
            return
        self.metrics = await asyncio.to_thread(self._measured)
        if daemon.metrics_file:
            write_metrics(self.plan.config.sosik.data_dir / daemon.metrics_file, self.metrics)
        if daemon.metrics_port and self.metrics_server is None:
            self.metrics_server = await serve_metrics(daemon.metrics_port, lambda: self.metrics)

    def _measured(self) -> str:
        with self._open() as store:
            return exposition(store, clock.now())

    async def care(self) -> None:
        """Once a day: prune what is past its time, keep the files small, make a backup."""
        last = last_beat(self.store, "care")
        if last and timedelta(0) <= clock.now() - last.at < CARE_EVERY:
            return
        await asyncio.to_thread(self._care)
        beat(self.store, "care", "", clock.now())

    def _care(self) -> None:
        with self._open() as store:
            pruned = tend(store, now=clock.now(), keep_raw_days=self.plan.config.read.keep_raw_days)
            backup = back_up(store, now=clock.now())
        logger.info("care=done pruned=%d backup=%s", pruned, backup)

    async def beat(self) -> None:
        beat(self.store, "daemon", str(os.getpid()), clock.now())
        systemd.notify("WATCHDOG=1")

    async def reload_if_changed(self) -> None:
        if any(mark(path) != known for path, known in self.plan.marks):
            self.reload()

    def reload(self) -> None:
        """The new files if they are good; else the old plan stays, and the log says what is wrong."""
        try:
            self.plan = load_plan(self.config_path)
        except SosikError as error:
            self.plan = replace(self.plan, marks=tuple((path, mark(path)) for path, _ in self.plan.marks))  # said once a change
            logger.error("reload=refused kept=old why=%s", error)
            return
        logger.info("reload=done sources=%d", len(self.plan.catalogue.enabled))


def _guarded(name: str, job: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """A job whose failure is logged and does not end the daemon: it is due again."""

    async def run() -> None:
        try:
            await job()
        except (StoreBusy, DiskFull) as error:
            logger.warning("job=%s later=%s", name, error)
        except Exception:  # the one place where the daemon outlives anything; the trace is logged
            logger.exception("job=%s failed", name)

    run.__name__ = name
    return run
