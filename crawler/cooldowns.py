"""Which sources are held back although they are due: those that have just been started, and those whose crawls end badly.

What a crawl brought stands in the database; this is only for crawls that end before they can write. Kept in memory and by the
monotonic clock: a clock that is set, or a database that cannot be written, must not turn the daemon into a hammer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

REVISITS = ""  # stands for the second looks at single articles, which belong to no source
COOLDOWN_S = 45.0  # between two starts of a source, whatever the database says: below the shortest interval, one minute
REVISITS_COOLDOWN_S = 300.0  # second looks are collected: a process for each would cost more than the looks. Chosen by hand
FIRST_FAILURE_COOLDOWN_S = 5.0  # one may be an accident: somebody killed it, or memory was short. Chosen by hand
FAILURE_COOLDOWN_S, FAILURE_COOLDOWN_MAX_S = 60.0, 3600.0  # from the second on, doubled at each failure in a row. By hand
TOGETHER_MAX = 200  # sources of one crawl: 137 MiB were measured with so many; the others stay due
TOGETHER_FAILURES_MAX = 1  # what fails more often in a row goes alone, so that it takes no other source down with it


class Cooldowns:
    """Names are sources' names, and REVISITS. Times are seconds of the monotonic clock."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._failures: Counter[str] = Counter()

    def is_free(self, name: str, steady_s: float) -> bool:
        return self._until.get(name, 0.0) <= steady_s

    def begun(self, names: Iterable[str], steady_s: float) -> None:
        for name in names:
            self._until[name] = steady_s + (REVISITS_COOLDOWN_S if name == REVISITS else COOLDOWN_S)

    def ended(self, names: Iterable[str], steady_s: float, *, is_well: bool) -> None:
        """`is_well`: the crawl came to its end, whatever it brought."""
        for name in names:
            if is_well:
                del self._failures[name]
                continue
            self._failures[name] += 1
            self._until[name] = steady_s + failure_cooldown_s(self._failures[name])

    def forgive(self) -> None:
        """What failed may do well now: the files are others."""
        for name in self._failures:
            self._until.pop(name, None)
        self._failures.clear()

    def groups(self, due: Collection[str], steady_s: float) -> list[tuple[str, ...]]:
        """Those that may start, as crawls: those of good repute in the first ones, each of the others alone."""
        free = [name for name in due if self.is_free(name, steady_s)]
        good = [name for name in free if self._failures[name] <= TOGETHER_FAILURES_MAX]
        together = [tuple(good[i : i + TOGETHER_MAX]) for i in range(0, len(good), TOGETHER_MAX)]
        return [*together, *((name,) for name in free if self._failures[name] > TOGETHER_FAILURES_MAX)]


def failure_cooldown_s(failures: int) -> float:
    """How long a source is held back after so many crawls in a row that did not come to their end."""
    if failures == 1:
        return FIRST_FAILURE_COOLDOWN_S
    return min(FAILURE_COOLDOWN_S * 2.0 ** min(failures - 2, 10), FAILURE_COOLDOWN_MAX_S)
