"""How far a crawl is: one line that rewrites itself on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType

from pipelines.reading import Receipt
from pipelines.wording import Wording

REDRAW_S = 0.2
PLAIN_EVERY = 100  # pages between two plain lines


class Progress:
    """Counts receipts on standard error, and tells the time left by `waiting`: how many pages are known to be left."""

    def __init__(self, say: Wording, waiting: Callable[[], int]) -> None:
        self.say = say
        self.waiting = waiting
        self.done = 0
        self.started = time.monotonic()
        self.drawn = 0.0
        self.is_terminal = sys.stderr.isatty()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.is_terminal and self.drawn:
            sys.stderr.write("\r\x1b[K")

    def count(self, receipt: Receipt) -> None:
        self.done += 1
        now = time.monotonic()
        if self.is_terminal and now - self.drawn >= REDRAW_S:
            self.drawn = now
            sys.stderr.write(f"\r\x1b[K{self.line(now)}  {receipt.title[:40]}")
            sys.stderr.flush()
        elif not self.is_terminal and self.done % PLAIN_EVERY == 0:
            sys.stderr.write(self.line(now) + "\n")

    def line(self, now: float) -> str:
        """`120/400페이지 · 초당 3.1 · 1:30 남음`"""
        rate, waiting = self.done / max(now - self.started, 0.001), self.waiting()
        left = int(waiting / rate) if rate else 0
        clock = f"{left // 60}:{left % 60:02d}"
        return self.say("crawl.progress", done=self.done, known=self.done + waiting, rate=rate, left=clock)
