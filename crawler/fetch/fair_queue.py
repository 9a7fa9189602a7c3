"""Which waiting request is next: one whose host has nothing under way, so that no host can fill up the downloader."""

from __future__ import annotations

from scrapy import Request
from scrapy.pqueues import DownloaderAwarePriorityQueue

UNDER_WAY_MAX = 2  # a host answers one at a time (crawler.fetch.pace); the second stands ready


class FairQueue(DownloaderAwarePriorityQueue):
    """Scrapy's queue by host. A host that has its share waits here, where it takes up none of CONCURRENT_REQUESTS."""

    def pop(self) -> Request | None:
        under_way = self._downloader_interface.stats(self.pqueues)
        if not under_way or min(under_way)[0] >= UNDER_WAY_MAX:
            return None
        return super().pop()
