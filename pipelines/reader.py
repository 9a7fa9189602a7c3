"""Page → Understood | Refusal, in worker processes that can be killed: no page hangs or bloats the crawler.

Workers hold no secrets and open nothing. What a worker cannot finish within its deadline or memory becomes a Refusal.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import forkserver, resource_tracker
from pathlib import Path
from typing import cast

from pebble import ProcessExpired, ProcessPool

from pipelines.article import Page, Refusal, RefusalReason, Stamp
from pipelines.read.families import Families, load_families
from pipelines.read.page import read
from pipelines.reading import Understood
from pipelines.stories import fingerprint
from pipelines.topics import Topics, load_topics, match_article

logger = logging.getLogger(__name__)

TRIES = 3  # of a page whose process died
PATIENCE_MIN_S = 10.0  # without any page done, pages waiting: starting processes on a busy machine takes seconds
LOOK_S = 1.0
SECRET = ("SOSIK_", "CREDENTIALS_DIRECTORY")  # how the names of what workers must not know begin
PAGES_PER_WORKER = 500  # then a new one: htmldate's and trafilatura's caches grow (facts: dependencies.md §5)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderLimits:
    """What one worker may use, and which topics it looks for."""

    workers: int = 2
    deadline_s: float = 5.0
    memory_bytes_max: int = 1024**3
    topics: tuple[str, ...] = ("china-ai",)
    topics_folder: Path = Path()
    structures_file: Path | None = None  # page structures of the user's


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What pages are read by, compiled once and handed to each worker."""

    topics: Topics
    families: Families


def understand(page: Page, rules: Rules) -> Understood | Refusal:
    """All that can be known of a page without the database."""
    article = read(page, rules.families).result
    if isinstance(article, Refusal):
        return article
    if article.published is None and page.hint.published:  # what the feed or sitemap said, where the page itself does not
        article = replace(article, published=Stamp(at=page.hint.published, evidence="announced"))
    return Understood(article=article, fingerprint=fingerprint(article), matches=match_article(rules.topics, article))


class _PoolLeft(Exception):
    """The pool that had the page was given up."""


class Reader:
    """A pool of reading processes. Open it with the crawl, close it with the crawl."""

    def __init__(self, limits: ReaderLimits, rules: Rules) -> None:
        self._deadline_s = limits.deadline_s
        self._limits, self._rules = limits, rules
        self._patience_s = max(PATIENCE_MIN_S, 3 * limits.deadline_s)
        self._under_way = 0
        self._moved_at = time.monotonic()  # when a page was last done, or the first of several was given out
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPool:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["pipelines.reader", "tldextract"])  # a replaced worker is back within 20 ms
        return ProcessPool(
            max_workers=self._limits.workers, max_tasks=PAGES_PER_WORKER, context=context, initializer=_prepare,
            initargs=(self._rules, self._limits.memory_bytes_max),
        )

    async def understand(self, page: Page) -> Understood | Refusal:
        """Read the page in a worker. Raises only when sosik itself is at fault."""
        for _ in range(TRIES):  # whoever killed its process, the page may be innocent
            pool = self._pool
            try:
                return await self._ask(page, pool)
            except (ProcessExpired, BrokenProcessPool, _PoolLeft) as error:
                logger.warning("reader=died page=%s why=%s", page.url, type(error).__name__)
                if self._pool is pool and isinstance(error, BrokenProcessPool):
                    self._renew()
        return Refusal(reason=RefusalReason.MEMORY, detail=f"its reading process died {TRIES} times")

    async def _ask(self, page: Page, pool: ProcessPool) -> Understood | Refusal:
        if not self._under_way:
            self._moved_at = time.monotonic()
        self._under_way += 1
        try:
            try:
                future = _scheduled(pool, _understand, page, timeout_s=self._deadline_s)
            except RuntimeError as error:  # pebble's word for a pool that is broken or stopped
                raise BrokenProcessPool from error
            answer = asyncio.wrap_future(future)
            while not (await asyncio.wait({answer}, timeout=LOOK_S))[0]:
                if self._pool is pool and time.monotonic() - self._moved_at > self._patience_s:
                    self._renew()
                if self._pool is not pool:
                    raise _PoolLeft
            if answer.cancelled():
                raise _PoolLeft
            self._moved_at = time.monotonic()
            return cast(Understood | Refusal, answer.result())
        except TimeoutError:
            return Refusal(reason=RefusalReason.TIMEOUT, detail=f"not read within {self._deadline_s:g} s")
        except MemoryError:
            return Refusal(reason=RefusalReason.MEMORY, detail="needs more memory than a reading process may have")
        finally:
            self._under_way -= 1

    def _renew(self) -> None:
        """New processes in the place of a pool that is broken, or stuck: a worker killed while it held the pool's lock leaves
        the others waiting for ever.
        """
        logger.error("readers=stuck seconds=%.0f: started anew", time.monotonic() - self._moved_at)
        stuck, self._pool = self._pool, self._new_pool()
        self._moved_at = time.monotonic()
        threading.Thread(target=stuck.stop, daemon=True).start()  # which may wait for the same lock

    def close(self) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]  # pebble is typed in part
        self._pool.join()


def _scheduled(pool: ProcessPool, work: Callable[..., object], *args: object, timeout_s: float | None = None) -> Future[object]:
    """What a process of the pool will give. The first page starts the processes: a crawl that finds nothing new needs none."""
    with _without_secrets(), _deaf_to_interrupts():
        forkserver.ensure_running()
        return cast("Future[object]", pool.schedule(work, args=args, timeout=timeout_s))


@contextmanager
def _without_secrets() -> Iterator[None]:
    """A process started inside never had our secrets, nor the place where systemd keeps them: /proc shows the environment that a
    process began with, whatever it deletes from it.
    """
    held = {name: os.environ.pop(name) for name in [*os.environ] if name.startswith(SECRET)}
    try:
        yield
    finally:
        os.environ.update(held)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """A process started inside never hears Ctrl-C, not even while it loads: the crawler is to handle it, and closes the pool."""
    resource_tracker.ensure_running()  # before the mask: it is the first to start, and unblocks what we block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_rules: list[Rules] = []  # of this worker process, filled once by _prepare


def load_rules(limits: ReaderLimits) -> Rules:
    """Topics and page structures, from their files. Raises FileProblem."""
    topics = load_topics(limits.topics, limits.topics_folder)
    return Rules(topics=topics, families=load_families(limits.structures_file))


def _prepare(rules: Rules, memory_bytes_max: int) -> None:
    for name in [n for n in os.environ if n.startswith(SECRET)]:  # should the server ever have been started by another
        del os.environ[name]
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes_max, memory_bytes_max))
    _rules[:] = [rules]


def _understand(page: Page) -> Understood | Refusal:
    return understand(page, _rules[0])
