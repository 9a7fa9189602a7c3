"""Figures for Prometheus, as text (exposition format 0.0.4): a file for the textfile collector, or a loopback port."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from pipelines.disk import write_shared
from pipelines.errors import UserError
from pipelines.store.alarms import open_alarms
from pipelines.store.beats import PAUSED, failing_jobs, last_beat
from pipelines.store.database import Store
from pipelines.store.tally import (
    Tally,
    delivery_states,
    lags_since,
    source_polls,
    source_successes,
    tally_all,
    totals,
)

LAG_OVER = timedelta(days=1)


def exposition(store: Store, now: datetime, crawls: Mapping[str, int] = MappingProxyType({})) -> str:
    """All figures, each with its help and type. `crawls`: how many ended in which way since the daemon began."""
    figures = totals(store)
    alarms = open_alarms(store)
    lags = zip(("published-to-known", "known-to-told"), lags_since(store, now - LAG_OVER), strict=True)
    polls = source_polls(store)
    paused = last_beat(store, PAUSED)
    is_paused = int(bool(paused and paused.value))
    blocks = (
        _block("articles", "gauge", "Articles kept.", [("", figures.articles)]),
        _block("stories", "gauge", "Stories kept.", [("", figures.stories)]),
        _block("addresses_waiting", "gauge", "Addresses found and not tried, or to be tried again.", [("", figures.waiting)]),
        _block("addresses", "gauge", "Addresses by how their last try ended.", _outcomes(tally_all(store))),
        _block("deliveries", "gauge", "Deliveries by state.", [(_labels(state=s), n) for s, n in delivery_states(store)]),
        _block(
            "lag_seconds", "gauge", "Mean seconds on the way of the alerts of the last 24 hours.",
            [(_labels(stage=stage), round(lag)) for stage, lag in lags if lag is not None],
        ),
        _block(
            "crawls_total", "counter", "Crawl processes by how they ended.",
            [(_labels(end=end), count) for end, count in sorted(crawls.items())],
        ),
        _block("polls_total", "counter", "Requests to feeds, sitemaps and lists.", [(_labels(source=s), n) for s, n, _ in polls]),
        _block(
            "source_failures", "gauge", "Crawls of a source without any answer, in a row.",
            [(_labels(source=s), failures) for s, _, failures in polls],
        ),
        _block("crawl_paused", "gauge", "1 while crawling is paused for want of room on the disk.", [("", is_paused)]),
        _block(
            "job_failing", "gauge", "Jobs of the daemon that failed when they last ran.",
            [(_labels(job=job), 1) for job, _ in failing_jobs(store)],
        ),
        _block("alarms_open", "gauge", "Open alarms.", [(_labels(source=a.source or "*", kind=a.kind), 1) for a in alarms]),
        _block(
            "source_age_seconds", "gauge", "Seconds since a source was last crawled with success.",
            [(_labels(source=s), int((now - at).total_seconds())) for s, at in source_successes(store)],
        ),
    )
    return "\n".join(line for block in blocks for line in block) + "\n"


def _outcomes(tallies: Iterable[Tally]) -> list[tuple[str, int]]:
    return [(_labels(source=t.source, outcome=t.outcome, reason=t.reason), t.count) for t in tallies]


def _block(name: str, kind: str, help_text: str, values: Iterable[tuple[str, int]]) -> Iterator[str]:
    yield f"# HELP sosik_{name} {help_text}"
    yield f"# TYPE sosik_{name} {kind}"
    for labels, value in values:
        yield f"sosik_{name}{labels} {value}"


def _labels(**labels: str) -> str:
    escaped = (f'{name}="{value.translate(_ESCAPES)}"' for name, value in labels.items())
    return "{" + ",".join(escaped) + "}"


_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def write_metrics(path: Path, text: str, *, home: Path) -> None:
    """Whole or not at all: the collector may look at any moment. It is another user, so outside of `home`, our data folder, all
    may read it. Raises UserError when it cannot be written."""
    try:
        write_shared(path, text.encode(), home=home)
    except OSError as error:
        raise _no_file(path, error.strerror) from error


def check_metrics_file(path: Path) -> None:
    """Raises UserError when the file could not be written. Makes nothing: whoever looks may be another user than the daemon's."""
    folder = next(each for each in path.parents if each.exists())
    fault = errno.EISDIR if path.is_dir() else errno.ENOTDIR if not folder.is_dir() else 0
    if fault or not os.access(folder, os.W_OK | os.X_OK):
        raise _no_file(path, os.strerror(fault or errno.EACCES))


def check_metrics_port(port: int) -> None:
    """Raises UserError when nothing can listen there."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as asyncio does
        try:
            tried.bind(("127.0.0.1", port))
            tried.listen()
        except OSError as error:
            raise _no_port(port, error) from error


def _no_file(path: Path, why: str | None) -> UserError:
    return UserError(f"daemon.metrics_file: {path} cannot be written: {why}")


def _no_port(port: int, error: OSError) -> UserError:
    return UserError(f"daemon.metrics_port: {port} cannot be used: {os.strerror(error.errno or 0)}")


async def serve_metrics(port: int, latest: Callable[[], str]) -> asyncio.Server:
    """Answer every request on 127.0.0.1:port with the text that `latest` gives; who sends none is let go. Raises UserError when
    the port is taken."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(TimeoutError, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError), closing(writer):
            async with asyncio.timeout(5):
                await reader.readuntil(b"\r\n\r\n")
                body = latest().encode()
                head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {len(body)}\r\n"
                writer.write(head.encode() + b"Connection: close\r\n\r\n" + body)
                await writer.drain()

    try:
        return await asyncio.start_server(answer, "127.0.0.1", port, limit=64 * 1024)
    except OSError as error:
        raise _no_port(port, error) from error
