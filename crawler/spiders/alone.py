"""One spider run alone, nothing stored: for commands that ask the network and only tell."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar, cast

from scrapy import Spider, signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.config import Config
from crawler.runner import crawl_settings
from pipelines.errors import SosikError

S = TypeVar("S", bound=Spider)


def run_alone(kind: type[S], config: Config, database: Path, **arguments: object) -> S:
    """The spider when it has ended. Once a process: Twisted's reactor cannot be started twice. Raises SosikError."""
    settings = crawl_settings(config, database, "CRITICAL")
    settings.set("ITEM_PIPELINES", {}, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(kind)
    failures: list[Failure] = []

    def failed(failure: Failure, response: Response) -> None:  # noqa: ARG001  # the signal's arguments
        failures.append(failure)

    crawler.signals.connect(failed, signals.spider_error, weak=False)
    process.crawl(crawler, **arguments)
    process.start()
    if failures:
        raise SosikError(f"{kind.name}: {failures[0].getErrorMessage()}. Nothing was stored.") from failures[0].value
    if crawler.spider is None:
        raise SosikError(f"{kind.name} could not start; run again with -v to see why.")
    return cast(S, crawler.spider)
