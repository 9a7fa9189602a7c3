"""How many requests one host gets in one run: where traps end (calendars, session ids, growing paths)."""

from __future__ import annotations

from scrapy.crawler import Crawler
from scrapy.statscollectors import StatsCollector

from crawler.config import Fetch
from crawler.fetch.outcomes import NotFetched
from pipelines.outcome import Outcome

SETTING = "SOSIK_REQUESTS_PER_HOST"  # a back-fill says its own number


class Budget:
    """Of one spider's run. The count is kept in the crawl's statistics: both schemes of a host draw on one."""

    def __init__(self, crawler: Crawler, fetch: Fetch) -> None:
        self._crawler = crawler
        self._requests_max = crawler.settings.getint(SETTING) or fetch.requests_per_host

    def spend(self, host: str) -> None:
        """One request. Raises NotFetched(BUDGET) when none is left."""
        if self._stats.get_value(_name(host), 0) >= self._requests_max:
            raise NotFetched(Outcome.BUDGET, "host-budget", f"{self._requests_max} requests to {host} in this run")
        self._stats.inc_value(_name(host))

    def give_back(self, host: str) -> None:
        """A request that was not sent after all."""
        self._stats.inc_value(_name(host), -1)

    @property
    def _stats(self) -> StatsCollector:
        assert self._crawler.stats is not None  # the engine runs
        return self._crawler.stats


def _name(host: str) -> str:
    return f"sosik/requests/{host}"
