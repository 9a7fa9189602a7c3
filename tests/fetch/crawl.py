"""One real crawl in a process of its own, through sosik's own settings, by a spider that only says how each request ended.

As a program: reads an order as JSON from stdin, writes what came of it as JSON to stdout. `crawl()` calls it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# What of crawler.settings belongs to other rooms: their spiders, their items.
NOT_OURS = {"ITEM_PIPELINES": {}, "EXTENSIONS": {}, "SPIDER_LOADER_CLASS": "scrapy.spiderloader.SpiderLoader"}
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


def crawl(
    urls: Iterable[str], database: Path, ports: Iterable[int], *, fetch: dict[str, Any] | None = None,
    settings: dict[str, Any] | None = None, headers: dict[str, str] | None = None, environment: dict[str, str] | None = None,
) -> Crawled:
    """Fetch `urls` and wait for the end. `fetch` is the [fetch] section over quick defaults."""
    return finish(start(urls, database, ports, fetch=fetch, settings=settings, headers=headers, environment=environment))


def start(
    urls: Iterable[str], database: Path, ports: Iterable[int], *, fetch: dict[str, Any] | None = None,
    settings: dict[str, Any] | None = None, headers: dict[str, str] | None = None, environment: dict[str, str] | None = None,
) -> subprocess.Popen[str]:
    quick = {"delay_s": 0.01, "timeout_s": 2.0, "allow_networks": ["127.0.0.1/32"], "allow_ports": list(ports)}
    order = {
        "urls": list(urls), "database": str(database), "fetch": {**quick, **(fetch or {})},
        "settings": settings or {}, "headers": headers or {},
    }
    running = subprocess.Popen(
        [sys.executable, "-m", "tests.fetch.crawl"], cwd=ROOT, text=True, env={**os.environ, **(environment or {})},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    assert running.stdin
    running.stdin.write(json.dumps(order))
    running.stdin.close()
    running.stdin = None
    return running


def finish(running: subprocess.Popen[str]) -> Crawled:
    out, log = running.communicate(timeout=60)
    assert running.returncode == 0, log
    told = json.loads(out)
    ends = {url: End(**{**end, "flags": tuple(end["flags"])}) for url, end in told.pop("ends").items()}
    return Crawled(ends=ends, listening=tuple(told.pop("listening")), log=log, **told)


def _memory(name: str) -> int:
    """Bytes, from the kernel: VmRSS now, VmHWM at most."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def main() -> None:
    order = json.load(sys.stdin)
    import psutil
    from scrapy import Request, Spider
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.http import Response
    from scrapy.settings import Settings
    from twisted.python.failure import Failure

    from crawler.config import Config, Fetch
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
    given = {"SOSIK_CONFIG": Config(fetch=Fetch(**fetch)), "SOSIK_DATABASE": order["database"], **NOT_OURS, **order["settings"]}
    for name, value in given.items():
        settings.set(name, value, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    process.crawl(Asking)
    import crawler.fetch.transport  # noqa: F401  # its imports are no growth of the crawl's

    before, started = _memory("VmRSS"), time.monotonic()
    process.start()
    grown = _memory("VmHWM") - before
    told = {"ends": ends, "grown_bytes": grown, "listening": sorted(listening), "seconds": time.monotonic() - started}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
