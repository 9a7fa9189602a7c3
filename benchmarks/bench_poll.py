"""What a poll that finds nothing new costs: 200 feeds, asked with ETags, against the same feeds from servers that ignore them.

Real crawls of 200 sources through the whole program, from a server on loopback. The first crawl of each kind, which learns the
feeds, is not counted. `python -m benchmarks.bench_poll [feeds]`
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from benchmarks.server import Server

FEEDS, ITEMS, ROUNDS = 200, 2, 1
SUMMARY = "중국 인공지능 기업이 새 모형을 공개했다고 현지 매체가 전했다. " * 150  # makes a feed of about 28 KB

ENTRY = """<item><title>{host} 기사 {number}</title><link>http://{host}/articles/{number}</link><pubDate>{date}</pubDate>
<description>{summary}</description></item>"""
FEED = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>{host}</title><link>http://{host}/</link>
<description>news</description>{entries}</channel></rss>"""

CONFIG = """
[sosik]
data_dir = "."
sources_file = "sources.toml"
shipped_sources = false
[fetch]
delay_s = 0.001
allow_networks = ["127.0.0.0/8"]
allow_ports = [{port}]
"""
SOURCE = """
[[source]]
name = "feed{number}"
title = "신문 {number}"
hosts = ["feed{number}.localhost"]
feeds = ["http://feed{number}.localhost:{port}/rss"]
"""


@dataclass(frozen=True, kw_only=True)
class Feeds:
    """Feeds that never change, articles that are gone."""

    knows_etags: bool
    date: str

    def answer(self, request: bytes) -> bytes:
        asked = request.decode("latin-1")
        if not asked.startswith("GET /rss "):
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        host = re.search(r"(?i)\r\nhost: (\S+)", asked)
        assert host
        entries = (ENTRY.format(host=host[1], number=n, date=self.date, summary=SUMMARY) for n in range(ITEMS))
        body = FEED.format(host=host[1], entries="".join(entries)).encode()
        etag = hashlib.sha1(body, usedforsecurity=False).hexdigest()
        if self.knows_etags and etag in asked:
            return f'HTTP/1.1 304 Not Modified\r\nETag: "{etag}"\r\n\r\n'.encode()
        shown = f'ETag: "{etag}"\r\n' if self.knows_etags else ""
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n{shown}Content-Length: {len(body)}\r\n\r\n"
        return head.encode() + body


def poll_here(folder: Path, feeds: int) -> dict[str, float]:
    """One crawl of all feeds in this process."""
    from crawler.config import load_config
    from crawler.crawl_context import CrawlContext
    from crawler.runner import CrawlOrder, run_crawl

    cpu, began = time.process_time(), time.perf_counter()
    order = CrawlOrder(sources=tuple(f"feed{number}" for number in range(feeds)))
    with CrawlContext(load_config(folder / "sosik.toml"), folder / "sosik.db") as context:
        report = run_crawl(order, context, log_level="ERROR")
    assert not report.is_broken, report.broken[:1]
    return {"cpu_s": time.process_time() - cpu, "seconds": time.perf_counter() - began}


def poll(folder: Path, feeds: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.bench_poll", "--poll", str(folder), str(feeds)]
    told: dict[str, float] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.splitlines()[-1])
    return told


def measure(folder: Path, feeds: int, *, knows_etags: bool) -> dict[str, float]:
    """An idle poll: bytes from the server and CPU, a feed; the best of the rounds, since other work only adds."""
    date = format_datetime(datetime.now(UTC).replace(hour=0))
    with Server(Feeds(knows_etags=knows_etags, date=date).answer) as server:
        (folder / "sosik.toml").write_text(CONFIG.format(port=server.port), encoding="utf-8")
        sources = "".join(SOURCE.format(number=number, port=server.port) for number in range(feeds))
        (folder / "sources.toml").write_text(sources, encoding="utf-8")
        poll(folder, feeds)
        server.sent_bytes = 0
        polls = [poll(folder, feeds) for _ in range(ROUNDS)]
        sent_bytes = server.sent_bytes / ROUNDS
        start_up_s = min(poll(folder, 1)["cpu_s"] for _ in range(ROUNDS))
        return {
            "bytes": sent_bytes / feeds, "seconds": min(told["seconds"] for told in polls),
            "cpu_ms": (min(told["cpu_s"] for told in polls) - start_up_s) * 1000 / (feeds - 1),  # what one more feed costs
        }


def main(feeds: int = FEEDS) -> None:
    print(f"Poll of {feeds} feeds that hold nothing new")
    found = {}
    for name, knows_etags in (("conditional", True), ("unconditional", False)):
        with tempfile.TemporaryDirectory() as folder:
            found[name] = told = measure(Path(folder), feeds, knows_etags=knows_etags)
        print(f"  {name:<14} {told['bytes']:8.0f} bytes  {told['cpu_ms']:6.1f} CPU ms a feed  {told['seconds']:6.1f} s in all")
    shares = {key: found["conditional"][key] / found["unconditional"][key] for key in ("bytes", "cpu_ms")}
    print(f"  conditional takes {shares['bytes']:.1%} of the bytes and {shares['cpu_ms']:.0%} of the CPU")


if __name__ == "__main__":
    if "--poll" in sys.argv:
        print(json.dumps(poll_here(Path(sys.argv[2]), int(sys.argv[3]))))
    else:
        main(*map(int, sys.argv[1:]))
