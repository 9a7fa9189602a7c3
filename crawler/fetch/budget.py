"""How many requests one host gets in one run: where traps end (calendars, session ids, growing paths)."""

from __future__ import annotations

from scrapy.crawler import Crawler

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
        stats = self._crawler.stats
        assert stats is not None  # the engine runs
        name = f"sosik/requests/{host}"
        if stats.get_value(name, 0) >= self._requests_max:
            raise NotFetched(Outcome.BUDGET, "host-budget", f"{self._requests_max} requests to {host} in this run")
        stats.inc_value(name)
