"""The reading processes: two against one on the same pages, in turn. Meaningless on a machine whose cores are busy."""

from __future__ import annotations

import asyncio
import gzip
import statistics
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from pipelines.article import Page
from pipelines.reader import Reader, ReaderLimits, load_rules

PAGES = Path(__file__).parent.parent / "tests" / "pages"
ROUNDS = 5
COPIES = 4  # of each page, so that a round lasts longer than starting does


def main() -> None:
    pages = [page(path) for path in sorted(PAGES.glob("*.html.gz"))] * COPIES
    ratios, rates = [], []
    with closing(opened(1)) as one, closing(opened(2)) as two:
        for reader in (one, two):
            asyncio.run(read(reader, pages[:20]))  # warm: rules compile with the first page
        for _ in range(ROUNDS):
            alone, together = timed(one, pages), timed(two, pages)
            ratios.append(alone / together)
            rates.append(len(pages) / together)
    print(f"{len(pages)} pages, {ROUNDS} rounds: two processes read {statistics.median(ratios):.2f} times as fast as one"
          f" ({statistics.median(rates):.0f} pages/s)")


def opened(workers: int) -> Reader:
    limits = ReaderLimits(workers=workers)
    return Reader(limits, load_rules(limits))


def timed(reader: Reader, pages: list[Page]) -> float:
    began = time.perf_counter()
    asyncio.run(read(reader, pages))
    return time.perf_counter() - began


async def read(reader: Reader, pages: list[Page]) -> None:
    await asyncio.gather(*map(reader.understand, pages))


def page(path: Path) -> Page:
    url = f"https://news.example.co.kr/{path.name}"
    return Page(
        url=url, key=url, requested_url=url, requested_key=url, status=200, body=gzip.decompress(path.read_bytes()),
        content_type="text/html", fetched_at=datetime(2026, 11, 22, tzinfo=UTC), source="bench",
    )
