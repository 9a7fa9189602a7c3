"""A slow crawl of one source, looked at from outside while it runs."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import psutil
import pytest

from tests.end_to_end.desk import ROOT, Desk

SLOW = timedelta(seconds=0.5)


@dataclass(frozen=True, kw_only=True)
class Watched:
    moments: list[datetime]  # of its requests
    looks: int
    listening: Sequence[object]  # sockets


@pytest.fixture(scope="module")
def watched(empty: Desk, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """A crawl of one source with half a second between requests."""
    desk = empty.copy(tmp_path_factory.mktemp("watched"))
    config = desk.newsroom.config_toml(delay_s=SLOW.total_seconds())
    (desk.folder / "sosik.toml").write_text(config, encoding="utf-8")
    asked, looks, listening = len(desk.newsroom.requests), 0, []
    command = [sys.executable, "-m", "crawler", "crawl", "wire"]
    with subprocess.Popen(command, cwd=ROOT, env=desk.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as crawl:
        process = psutil.Process(crawl.pid)
        while crawl.poll() is None:
            for one in [process, *process.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):  # a worker that has just ended
                    listening += [c for c in one.net_connections("inet") if c.status == psutil.CONN_LISTEN]
            looks += 1
            time.sleep(0.05)  # between two looks; nothing is waited for
    return Watched(moments=[r.at for r in desk.newsroom.requests[asked:]], looks=looks, listening=listening)


def test_a_crawl_owns_no_listening_socket(watched: Watched) -> None:
    assert watched.looks > 10
    assert not watched.listening


def test_a_host_is_asked_no_faster_than_the_pace(watched: Watched) -> None:
    gaps = [later - earlier for earlier, later in pairwise(watched.moments)]
    assert len(gaps) == 4, "robots.txt, the feed and three articles"
    assert min(gaps) > SLOW * 0.8  # we see when a request arrives, not when it was sent
