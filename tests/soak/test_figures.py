"""The soak's verdict: each broken promise is named, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.soak.figures import Figures, Vitals


def life(*, minutes: int = 60, growth: int = 0, files: int = 15, threads: int = 3) -> Vitals:
    """One sample a second, with so many bytes more at each."""
    seconds = range(minutes * 60)
    return Vitals(
        at=[float(s) for s in seconds], memory=[50 * 2**20 + growth * s for s in seconds], files=[files] * len(seconds),
        threads=[threads] * len(seconds),
    )


GOOD = Figures(
    published=600, stored=600, twice=0, later=0, lost=(), matches=3, untold=(), alerts=3, waiting=0,
    mails=("<1@a>", "<2@a>", "<2@a>", "<3@a>"), lags=[10.0, 40.0, 89.0], smooth=[10.0], gaps=[60.0, 70.0], kills=9, requests=1000,
    crawl_memory=0, status=0, left=0, life=life(),
)


def test_all_kept() -> None:
    assert GOOD.broken == []


@pytest.mark.parametrize(("bad", "said"), [
    ({"lost": ("http://a/1",)}, "every story is stored"),
    ({"twice": 1}, "none twice"),
    ({"untold": ("http://a/1",)}, "every match is told"),
    ({"waiting": 1}, "every match is told"),
    ({"mails": ("<1@a>",) * 4}, "one Message-ID an alert"),
    ({"lags": [10.0] * 18 + [91.0, 91.0]}, "95 % of the mails within 90 s"),
    ({"gaps": [60.0, 120.0]}, "no source waits for 120 s"),
    ({"life": life(growth=400)}, "memory grows by less than 1 MiB an hour"),
    ({"life": life(files=399)}, "descriptors and threads stay flat"),
    ({"life": life(threads=40)}, "descriptors and threads stay flat"),
    ({"status": -9}, "it ends with 0 and leaves no process"),
    ({"left": 3}, "it ends with 0 and leaves no process"),
])  # fmt: skip
def test_each_broken_promise_is_named(bad: dict[str, object], said: str) -> None:
    assert replace(GOOD, **bad).broken == [said]  # type: ignore[arg-type]  # fields by name


def test_a_short_life_says_nothing_of_memory() -> None:
    assert replace(GOOD, life=life(minutes=10, growth=400)).broken == []
