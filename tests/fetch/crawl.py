"""Real crawls, each in a process of its own, through sosik's own settings, by a spider that only says how each request ended.

As a program this is a nursery: it imports everything once and forks a process for every order that comes in on stdin.
`crawl()` sends orders; `start()` and `finish()` are its two halves.
"""

from __future__ import annotations

import atexit
import functools
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TextIO

# What of crawler.settings belongs to other rooms: their spiders, their items.
NOT_OURS = {"ITEM_PIPELINES": {}, "EXTENSIONS": {}, "SPIDER_LOADER_CLASS": "scrapy.spiderloader.SpiderLoader"}
PRELOADED = ("psutil", "scrapy.crawler", "crawler.addon", "crawler.settings", "crawler.fetch.transport")
ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How one request ended: with an answer (`status` > 0) or with an outcome."""

    url: str  # that answered
    outcome: str = ""
    reason: str = ""
    retry_after_s: float | None = None
    status: int = 0
    body: str = ""
    seconds: float = 0.0
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawled:
    ends: dict[str, End]  # by the URL that was asked for
    grown_bytes: int  # how much the process's peak memory grew over the crawl
    listening: tuple[str, ...]  # sockets that the process listened on in mid-crawl
    seconds: float
    log: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A crawl under way."""

    pid: int
    told: TextIO  # a pipe: what came of it, and its end when the process has ended
    log: Path

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)


def crawl(urls: Iterable[str], database: Path, ports: Iterable[int], **more: Any) -> Crawled:
    """Fetch `urls` and wait for the end."""
    return finish(start(urls, database, ports, **more))


def start(
    urls: Iterable[str], database: Path, ports: Iterable[int], *, fetch: dict[str, Any] | None = None,
    settings: dict[str, Any] | None = None, headers: dict[str, str] | None = None, environment: dict[str, str] | None = None,
) -> Running:
    """`fetch` is the [fetch] section over quick defaults, `headers` go with every request."""
    quick = {"delay_s": 0.01, "timeout_s": 2.0, "allow_networks": ["127.0.0.1/32"], "allow_ports": list(ports)}
    folder = Path(tempfile.mkdtemp(dir=database.parent))
    told, log = folder / "told", folder / "log"
    os.mkfifo(told)
    reader = os.open(told, os.O_RDONLY | os.O_NONBLOCK)  # now, so that the crawl need not wait for us
    order = {
        "urls": list(urls), "database": str(database), "fetch": {**quick, **(fetch or {})}, "settings": settings or {},
        "headers": headers or {}, "environment": environment or {}, "told": str(told), "log": str(log),
    }
    nursery = _nursery()
    assert nursery.stdin
    assert nursery.stdout
    nursery.stdin.write(json.dumps(order) + "\n")
    nursery.stdin.flush()
    pid = int(nursery.stdout.readline())
    os.set_blocking(reader, True)
    return Running(pid=pid, told=os.fdopen(reader), log=log)


def finish(running: Running) -> Crawled:
    with running.told as pipe:
        text, log = pipe.read(), running.log.read_text()
    assert text, log
    told = json.loads(text)
    ends = {url: End(**{**end, "flags": tuple(end["flags"])}) for url, end in told.pop("ends").items()}
    return Crawled(ends=ends, listening=tuple(told.pop("listening")), log=log, **told)


@functools.cache
def _nursery() -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.fetch.crawl"]
    started = subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def close() -> None:
        started.communicate(timeout=10)

    atexit.register(close)
    return started


def _memory(name: str) -> int:
    """Bytes, from the kernel: VmRSS now, VmHWM at most."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def main() -> None:
    """The nursery: one forked process for each line of stdin; its pid goes to stdout."""
    for name in PRELOADED:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks for the children's exit status
    for line in sys.stdin:
        order = json.loads(line)
        with open(order["told"], "w") as told:
            pid = os.fork()
            if not pid:
                _child(order, told)
        print(pid, flush=True)


def _child(order: dict[str, Any], told: TextIO) -> NoReturn:
    """Crawl, tell, leave."""
    try:
        log = os.open(order["log"], os.O_CREAT | os.O_WRONLY)
        for number, instead in ((0, os.open(os.devnull, os.O_RDONLY)), (1, log), (2, log)):
            os.dup2(instead, number)
        os.environ.update(order["environment"])
        json.dump(_crawl_here(order), told)
        told.flush()
    except BaseException:  # noqa: BLE001  # told in the log, and by an empty answer
        traceback.print_exc()
    finally:
        os._exit(0)


def _crawl_here(order: dict[str, Any]) -> dict[str, Any]:
    import psutil
    from scrapy import Request, Spider
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.http import Response
    from scrapy.settings import Settings
    from twisted.python.failure import Failure

    from crawler.config import Config, Fetch
    from crawler.crawl_context import SETTING, CrawlContext
    from crawler.fetch.outcomes import outcome_of

    ends: dict[str, Any] = {}
    began: dict[str, float] = {}
    listening: set[str] = set()

    class Asking(Spider):
        name = "asking"

        async def start(self) -> AsyncIterator[Request]:
            for url in order["urls"]:
                began[url] = time.monotonic()
                yield Request(
                    url, callback=self.answered, errback=self.failed, headers=order["headers"], cb_kwargs={"asked": url}
                )

        def answered(self, response: Response, asked: str) -> None:
            found = psutil.Process().net_connections()
            listening.update(str(c.laddr) for c in found if c.status == psutil.CONN_LISTEN)
            end = outcome_of(response) if response.status != 200 else None
            ends[asked] = {
                "url": response.url, "status": response.status, "body": response.body[:2000].decode("utf-8", "replace"),
                "outcome": end.outcome if end else "", "reason": end.reason if end else "", "flags": response.flags,
                "seconds": time.monotonic() - began[asked],
            }

        def failed(self, failure: Failure) -> None:
            end = outcome_of(failure)
            request = failure.request  # type: ignore[attr-defined]  # Scrapy's
            asked = request.cb_kwargs["asked"]
            ends[asked] = {
                "url": request.url, "outcome": end.outcome, "reason": end.reason, "retry_after_s": end.retry_after_s,
                "seconds": time.monotonic() - began[asked], "flags": (),
            }

    fetch = {key: tuple(value) if isinstance(value, list) else value for key, value in order["fetch"].items()}
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    context = CrawlContext(Config(fetch=Fetch(**fetch)), Path(order["database"]))
    given = {SETTING: context, **NOT_OURS, **order["settings"]}
    for name, value in given.items():
        settings.set(name, value, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    process.crawl(Asking)
    before, started = _memory("VmRSS"), time.monotonic()
    process.start()
    grown = _memory("VmHWM") - before
    return {"ends": ends, "grown_bytes": grown, "listening": sorted(listening), "seconds": time.monotonic() - started}


if __name__ == "__main__":
    main()
