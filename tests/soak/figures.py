"""What a soak counts, and which promises its figures break."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, field

import psutil

from tests.soak.wire import FEED_S

TOLD_WITHIN_S = 90.0  # 95 % of the matches
MISSED_S = 2 * FEED_S  # from crawl to crawl: more is a slot missed
SLOPE_MAX, SLOPE_FROM_S = 1.0, 2700.0  # MiB an hour, in a life long enough to tell
FILES_MAX, THREADS_MAX = 40, 12  # twice what was seen in ten minutes; a leak comes past them within the hour


@dataclass
class Vitals:
    """What the daemon used, sampled through its lives."""

    at: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)

    def sample(self, pid: int) -> None:
        try:
            process = psutil.Process(pid)
            figures = process.memory_info().rss, process.num_fds(), process.num_threads()
        except psutil.Error:
            return
        self.at.append(time.monotonic())
        for series, value in zip((self.memory, self.files, self.threads), figures, strict=True):
            series.append(value)

    @property
    def warm_up_s(self) -> float:
        """A sixth of the life, but at least a minute: ten minutes of an hour. Chosen by hand."""
        return max(60.0, self.length_s / 6)

    @property
    def length_s(self) -> float:
        return self.at[-1] - self.at[0] if self.at else 0.0

    @property
    def slope(self) -> float:
        """MiB an hour, by least squares, after the warm-up; of a life too short, no number."""
        points = [(t, m) for t, m in zip(self.at, self.memory, strict=True) if t - self.at[0] > self.warm_up_s]
        if len(points) < 30:
            return float("nan")
        return statistics.linear_regression(*zip(*points, strict=True)).slope * 3600 / 2**20


@dataclass(kw_only=True)
class Figures:
    """What was counted in the end. Lags and gaps are seconds, in order."""

    published: int
    stored: int
    twice: int
    later: int  # failed, and due again
    lost: tuple[str, ...]
    matches: int
    untold: tuple[str, ...]
    alerts: int
    waiting: int
    mails: tuple[str, ...]  # Message-IDs
    lags: list[float]  # from publication to mail
    smooth: list[float]  # those without a fault on their way
    gaps: list[float]  # between two crawls of a source
    kills: int
    requests: int
    crawl_memory: int
    status: int
    left: int  # processes
    life: Vitals  # the longest

    @property
    def broken(self) -> list[str]:
        """The promises that did not hold."""
        promises = {
            "every story is stored": not self.lost,
            "none twice": not self.twice,
            "every match is told": not self.untold and not self.waiting,
            "one Message-ID an alert": len(set(self.mails)) == self.alerts,
            f"95 % of the mails within {TOLD_WITHIN_S:g} s": not self.lags or percentile(self.lags) <= TOLD_WITHIN_S,
            f"no source waits for {MISSED_S:g} s": not self.gaps or self.gaps[-1] < MISSED_S,
            f"memory grows by less than {SLOPE_MAX:g} MiB an hour":
                self.life.length_s < SLOPE_FROM_S or self.life.slope < SLOPE_MAX,
            "descriptors and threads stay flat": not self.life.files or (
                max(self.life.files) <= FILES_MAX and max(self.life.threads) <= THREADS_MAX),
            "it ends with 0 and leaves no process": self.status == 0 and not self.left,
        }
        return [promise for promise, is_kept in promises.items() if not is_kept]


def percentile(ordered: list[float], share: float = 0.95) -> float:
    return ordered[int(share * (len(ordered) - 1))] if ordered else float("nan")
