"""Crawls one after another in one process of their own: Scrapy's reactor starts once a process, and its imports take seconds.

As a program it reads orders as JSON lines and answers each with what came of it. `Crawls` is the other end of the pipe.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawled:
    pages: list[dict[str, Any]]  # the Page items, without bodies
    finish: str
    errors: list[str]


class Crawls:
    def __enter__(self) -> Crawls:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.sources.crawling"],
            cwd=ROOT,
            text=True,
            bufsize=1,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def crawl(self, spider: str, config: Path, **arguments: str) -> Crawled:
        """Run one spider to its end. Its pages are settled as stored, without being read."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"spider": spider, "config": str(config), "arguments": arguments}) + "\n")
        answer = self._process.stdout.readline()
        assert answer, "the crawling process has died; its words stand above"
        return Crawled(**json.loads(answer))


class Shelf:
    """Item pipeline in place of Read and Record: settles a page's addresses, so that spiders are tested without readers."""

    def __init__(self, crawler: Any) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Any) -> Shelf:
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        from crawler.crawl_context import CrawlContext
        from pipelines.outcome import Outcome
        from pipelines.store.endings import settle

        context = CrawlContext.of(self.crawler)
        with context.store.transaction() as connection:
            for key, url in {item.requested_key: item.requested_url, item.key: item.url}.items():
                settle(connection, key=key, url=url, source=item.source, outcome=Outcome.STORED, now=context.now())
        return item


class Defect:
    """Downloader middleware: sosik itself fails on addresses that hold `defect`."""

    def process_request(self, request: Any) -> None:
        if "defect" in request.url:
            raise ZeroDivisionError(request.url)


async def serve() -> None:
    import asyncio

    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await crawl_one(json.loads(line))), flush=True)


async def crawl_one(order: dict[str, Any]) -> dict[str, Any]:
    from scrapy import signals
    from scrapy.crawler import AsyncCrawlerRunner

    from crawler.config import load_config
    from crawler.crawl_context import CrawlContext
    from crawler.runner import crawl_settings

    config = load_config(Path(order["config"]))
    settings = crawl_settings(CrawlContext(config, config.database_path), "CRITICAL")
    settings.set("ITEM_PIPELINES", {Shelf: 1}, priority="cmdline")
    settings["DOWNLOADER_MIDDLEWARES"].set(Defect, 1, priority="cmdline")
    runner = AsyncCrawlerRunner(settings)
    crawler = runner.create_crawler(order["spider"])
    pages: list[dict[str, Any]] = []
    ends: list[str] = []
    errors: list[str] = []

    def scraped(item: Any) -> None:
        hint = {"title": item.hint.title, "summary": item.hint.summary, "published": str(item.hint.published or "")}
        names = ("url", "key", "requested_url", "requested_key", "status", "source", "press", "content_type")
        pages.append({name: getattr(item, name) for name in names} | {"hint": hint, "letters": len(item.body)})

    def failed(failure: Any) -> None:
        errors.append(failure.getErrorMessage())

    crawler.signals.connect(scraped, signals.item_scraped, weak=False)
    crawler.signals.connect(failed, signals.spider_error, weak=False)
    crawler.signals.connect(lambda reason: ends.append(reason), signals.spider_closed, weak=False)
    await runner.crawl(crawler, **order["arguments"])
    return {"pages": pages, "finish": ends[0] if ends else "", "errors": errors}


def main() -> None:
    import logging

    from scrapy.utils.reactor import install_reactor

    install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
    logging.basicConfig(level=logging.CRITICAL)
    from twisted.internet import reactor
    from twisted.internet.defer import Deferred

    def start() -> None:
        done = Deferred.fromFuture(__import__("asyncio").ensure_future(serve()))
        done.addErrback(lambda failure: failure.printTraceback(sys.stderr))
        done.addBoth(lambda _: reactor.stop())  # type: ignore[attr-defined]  # twisted's reactor is a module

    reactor.callWhenRunning(start)  # type: ignore[attr-defined]  # as above
    reactor.run(installSignalHandlers=False)  # type: ignore[attr-defined]  # as above


if __name__ == "__main__":
    main()
