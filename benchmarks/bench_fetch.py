"""How fast pages are downloaded with every rule on, against a spider without any: bare Scrapy with its own defaults.

One page of 92 KiB, gzipped, from sixteen addresses on loopback; pace 0.001 s, so that nothing waits for politeness. Each crawl
is a process of its own; the rate counts from the first answer to the last. `python -m benchmarks.bench_fetch [pages]`
"""

from __future__ import annotations

import gzip
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from benchmarks.server import Server

PAGES, ROUNDS, HOSTS = 800, 3, 16
GOAL = 0.9  # of the bare spider's rate


def page() -> bytes:
    """92 KiB of markup and Korean text that packs as real pages do (about one to five)."""
    chance = random.Random(7)
    words = ["중국", "인공지능", "기업", "새", "모형을", "발표했다", "연구진은", "반도체", "시장에서", "공개한", "가격은"]
    lines = [f'<p class="c{chance.randrange(9999)}">{" ".join(chance.choices(words, k=30))}</p>' for _ in range(2000)]
    return f"<html><body>{''.join(lines)}".encode()[: 92 * 1024] + b"</body></html>"


def answers() -> Callable[[bytes], bytes]:
    """The page for every request, 404 for `/robots.txt`."""
    body = gzip.compress(page())
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    found, missing = head + body, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    return lambda request: missing if request.startswith(b"GET /robots.txt") else found


def crawl(kind: str, pages: int, port: int) -> dict[str, float]:
    """One crawl in a process of its own: pages a second, and milliseconds of CPU a page."""
    with tempfile.TemporaryDirectory() as folder:
        order = json.dumps({"kind": kind, "pages": pages, "port": port, "database": str(Path(folder) / "bench.db")})
        command = [sys.executable, "-m", "benchmarks.bench_fetch", "--crawl", order]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def crawl_here(kind: str, pages: int, port: int, database: str) -> dict[str, float]:
    from scrapy import Request, Spider
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.http import Response
    from scrapy.settings import Settings

    marks: list[tuple[float, float]] = []

    class Downloading(Spider):
        name = "downloading"

        async def start(self) -> AsyncIterator[Request]:
            for number in range(pages):
                yield Request(f"http://127.0.0.{number % HOSTS + 1}:{port}/{number}")

        def parse(self, response: Response) -> None:
            assert len(response.body) > 90_000
            marks.append((time.perf_counter(), time.process_time()))

    settings = Settings()
    values: dict[str, Any] = {"LOG_LEVEL": "ERROR"}
    if kind == "sosik":
        from crawler.config import Config, Fetch
        from crawler.crawl_context import SETTING, CrawlContext

        fetch = Fetch(delay_s=0.001, allow_networks=("127.0.0.0/8",), allow_ports=(port,), requests_per_host=pages)
        settings.setmodule("crawler.settings", priority="project")
        values |= {
            SETTING: CrawlContext(Config(fetch=fetch), Path(database)), "ITEM_PIPELINES": {}, "EXTENSIONS": {},
            "SPIDER_LOADER_CLASS": "scrapy.spiderloader.SpiderLoader",
        }
    else:
        values |= {"TELNETCONSOLE_ENABLED": False, "REMOTE_CONTROL_ENABLED": False}
    if kind == "bare, tuned":
        values |= {"CONCURRENT_ITEMS": 1}  # the one setting that matters (facts: speed.md)
    for name, value in values.items():
        settings.set(name, value, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    process.crawl(Downloading)
    process.start()
    assert len(marks) == pages, f"{len(marks)} of {pages} pages"
    (first, cpu_before), (last, cpu_after) = marks[0], marks[-1]
    return {"rate": (pages - 1) / (last - first), "cpu_ms": (cpu_after - cpu_before) / (pages - 1) * 1000}


def main(pages: int = PAGES) -> None:
    kinds = ("bare", "bare, tuned", "sosik")
    found: dict[str, list[dict[str, float]]] = {kind: [] for kind in kinds}
    with Server(answers()) as server:
        for _ in range(ROUNDS):
            for kind in kinds:
                found[kind].append(crawl(kind, pages, server.port))
    bare = statistics.median(one["rate"] for one in found["bare"])
    print(f"Download only, {pages} pages of 92 KiB, {HOSTS} hosts, median of {ROUNDS} interleaved rounds")
    for kind in kinds:
        rate, cpu = (statistics.median(one[name] for one in found[kind]) for name in ("rate", "cpu_ms"))
        print(f"  {kind:<12} {rate:7.0f} pages/s  {cpu:5.2f} CPU ms a page  {rate / bare:5.2f} of bare Scrapy")
    print(f"  goal: {GOAL} of bare Scrapy with policy, robots, pace, caps and budgets on")


if __name__ == "__main__":
    if "--crawl" in sys.argv:
        json.dump(crawl_here(**json.loads(sys.argv[-1])), sys.stdout)
    else:
        main(*map(int, sys.argv[1:]))
