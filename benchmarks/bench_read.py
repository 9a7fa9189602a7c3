"""CPU per page of reading, against trafilatura's default with metadata on the same pages, in one run.

    python -m benchmarks.bench_read [ROUNDS] [FOLDER of *.html.gz]

Without a folder: the recorded pages of the tests, each made as heavy as a real one (a head of styles and scripts, menus, lists).
Ratios are what to trust; the ways take turns, page by page, and medians over the rounds are compared.
"""

from __future__ import annotations

import gzip
import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import trafilatura

from pipelines.article import Article, Page
from pipelines.read.families import Families, shipped
from pipelines.read.page import read

PAGES = Path(__file__).parent.parent / "tests" / "pages"
STYLES = "<style>" + ".c{color:#123;margin:0 auto;padding:1px}\n" * 400 + "</style>"
SCRIPTS = "<script>" + "window.x=window.x||[];x.push({'a':1,'b':'가나다'});\n" * 500 + "</script>"
LIST = "".join(
    f'<li class="item"><a href="/news/{i}"><span class="thumb"><img src="/t/{i}.jpg" alt=""></span>'
    f'<strong>다른 소식의 제목 {i}번째 줄</strong></a><span class="date">2026.05.{i % 28 + 1:02}</span></li>' for i in range(100))
LISTS = f'<div class="side_menu"><ul>{LIST}</ul></div>'


def heavy(body: bytes) -> bytes:
    """The page with what real ones carry around the article: 60 KB of it."""
    for mark, extra in ((b"</head>", STYLES + SCRIPTS), (b"</body>", LISTS)):
        charset = "utf-8" if b"utf-8" in body[:300] else "cp949"
        body = body.replace(mark, extra.encode(charset) + mark, 1)
    return body


def load(folder: Path | None) -> list[tuple[str, bytes]]:
    files = sorted((folder or PAGES).glob("*.html.gz"))
    pages = [(file.name.removesuffix(".html.gz"), gzip.decompress(file.read_bytes())) for file in files]
    return pages if folder else [(name, heavy(body)) for name, body in pages]


def main(rounds: int = 3, folder: Path | None = None) -> None:
    pages = load(folder)
    addresses = {name: json.loads((PAGES / f"{name}.json").read_text(encoding="utf-8"))["url"] for name, _ in pages if not folder}
    ways: dict[str, Callable[[Page], object]] = {
        "trafilatura": lambda page: trafilatura.bare_extraction(page.body, with_metadata=True),
        "family": lambda page: read(page, shipped()).result,
        "general": lambda page: read(page, Families(families=())).result,
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    ratios: dict[str, list[float]] = {way: [] for way in ways}
    asked = (page_of(addresses.get(name, "https://a.kr/1"), body) for name, body in pages)
    read_pages = [page for page in asked if is_family(page)]
    for page in read_pages:
        taken: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(rounds):
            for way, run in ways.items():
                start = time.process_time()
                run(page)
                taken[way].append(time.process_time() - start)
        base = statistics.median(taken["trafilatura"])
        for way, values in taken.items():
            seconds[way].append(statistics.median(values))
            ratios[way].append(statistics.median(values) / base)
    size = statistics.median(len(page.body) for page in read_pages) / 1024
    print(f"{len(read_pages)} pages, {size:.0f} KB (median), {rounds} rounds, the ways in turns")
    for way in ways:
        took, ratio = statistics.median(seconds[way]) * 1000, statistics.median(ratios[way])
        print(f"  {way:<12} {took:6.2f} CPU ms a page   {ratio:5.2f} of trafilatura   worst {max(ratios[way]):5.2f}")


def page_of(url: str, body: bytes) -> Page:
    return Page(url=url, key=url, requested_url=url, requested_key=url, status=200, body=body, content_type="text/html",
                fetched_at=datetime(2026, 11, 22, tzinfo=UTC), source="")


def is_family(page: Page) -> bool:
    """Whether a known structure gives the page's text: the goals differ for known and unknown ones, on the same pages."""
    result = read(page, shipped()).result
    return isinstance(result, Article) and result.family not in ("general", "text")


if __name__ == "__main__":
    main(rounds=int(sys.argv[1]) if len(sys.argv) > 1 else 3, folder=Path(sys.argv[2]) if len(sys.argv) > 2 else None)
