"""Crawls in child processes: their end is told, and a hanging one is stopped with all that it started."""

import asyncio
import os

from crawler.child import run_child


def test_the_status_and_the_words_of_a_child_come_back() -> None:
    end = asyncio.run(run_child(["crawl", "no-such-source"], dict(os.environ), deadline_s=60))
    assert end.status == 2
    assert not end.was_stopped
    assert "no-such-source: neither a source nor an address" in end.errors


def test_a_child_is_stopped_at_its_deadline() -> None:
    end = asyncio.run(run_child(["--version"], dict(os.environ), deadline_s=0.01))
    assert end.was_stopped
