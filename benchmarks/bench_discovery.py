"""What discovery costs: looking up links among 100,000 seen addresses, cleaning an address, reading a feed.

Each beside its bare counterpart in the same run: a SELECT by key, urllib's urlsplit, fastfeedparser without our mending.
`python -m benchmarks.bench_discovery`
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import fastfeedparser

from crawler.discovery import find
from crawler.sources import Endpoint, Way
from pipelines.article import Hint
from pipelines.store.database import Store, open_store
from pipelines.store.frontier import Announced, enter
from pipelines.urls import clean_url

SEEN, ENTRIES, ROUNDS = 100_000, 100, 9
GOAL_US = 20.0  # a look-up
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def url(number: int) -> str:
    return f"https://www.example.co.kr/news/articleView.html?idxno={number}&utm_source=rss"


def announced(numbers: range) -> list[Announced]:
    return [Announced(key=url(n).partition("&")[0], url=url(n), hint=Hint(title=f"{n}번 기사")) for n in numbers]


def feed() -> bytes:
    item = (
        "<item><title>{n}번 기사: 중국 인공지능 기업의 새 모형</title><link>{url}</link><pubDate>2026-11-22 11:00:00</pubDate>"
        "<description>중국 인공지능 기업이 새 모형을 공개했다고 현지 매체가 전했다. 가격은 공개하지 않았다.</description></item>"
    )
    items = "".join(item.format(n=n, url=url(n).replace("&", "&amp;")) for n in range(ENTRIES))
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>예</title>{items}</channel></rss>'.encode()


def poll(store: Store, links: list[Announced]) -> None:
    """What a poll that finds nothing new does with its links."""
    with store.transaction() as connection:
        assert not enter(connection, links, source="a", now=NOW)


def look_up(store: Store, links: list[Announced]) -> None:
    with store.transaction() as connection:
        for link in links:
            connection.execute("SELECT 1 FROM address WHERE key = ?", [link.key]).fetchone()


def microseconds(work: Callable[[], object], pieces: int) -> float:
    """Of CPU time: what others do on the machine does not count."""
    began = time.process_time()
    work()
    return (time.process_time() - began) / pieces * 1e6


def compare(ours: Callable[[], object], bare: Callable[[], object], pieces: int) -> tuple[float, float]:
    """Median microseconds a piece of both, taken in turn."""
    pairs = [(microseconds(ours, pieces), microseconds(bare, pieces)) for _ in range(ROUNDS)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def main() -> None:
    body, endpoint = feed(), Endpoint(url="https://rss.example.co.kr/", way=Way.FEED)
    urls = [url(n) for n in range(1000)]
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / "sosik.db") as store:
        with store.transaction() as connection:
            enter(connection, announced(range(SEEN)), source="a", now=NOW)
        known = announced(range(0, SEEN, SEEN // 1000))
        seen = compare(lambda: poll(store, known), lambda: look_up(store, known), len(known))
    cleaned = compare(lambda: [clean_url(u) for u in urls], lambda: [urlsplit(u) for u in urls], len(urls))
    read = compare(
        lambda: find(body, "", endpoint=endpoint, base=endpoint.url, now=NOW), lambda: fastfeedparser.parse(body), ENTRIES
    )
    print(f"{'':32}{'ours':>9}{'bare':>9}")
    for name, (ours, bare), what in (
        ("seen link, among 100,000", seen, "SELECT"), ("address cleaned, with its key", cleaned, "urlsplit, cached"),
        ("feed entry read", read, "fastfeedparser, without mending"),
    ):  # fmt: skip
        print(f"{name:32}{ours:6.1f} µs{bare:6.1f} µs  {what}")
    print(f"goal: at most {GOAL_US:.0f} µs a look-up: {'met' if seen[0] <= GOAL_US else 'MISSED'}")


if __name__ == "__main__":
    main()
