"""Who sends: one process at a time for each channel, and the channels side by side. One that hangs holds up no other."""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pipelines.alerts.deliver import SendReport

logger = logging.getLogger(__name__)

CHANNELS = ("mail", "notify", "webhook")


@contextmanager
def outbox_lock(database: Path, channel: str) -> Iterator[bool]:
    """Whether we are the only ones who send from this database on this channel; given back by the kernel when we die."""
    descriptor = os.open(database.with_name(f"{database.name}-outbox-{channel}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def is_sending(database: Path) -> bool:
    """Whether someone is sending now, on any channel."""
    for channel in CHANNELS:
        with outbox_lock(database, channel) as is_free:
            if not is_free:
                return True
    return False


class Sending:
    """One channel's part of a round, in a thread of its own, which never keeps the program from ending."""

    def __init__(self, name: str, send: Callable[[], SendReport]) -> None:
        self.name = name
        self.report = SendReport()
        self.error: Exception | None = None
        self._send = send
        self._is_over = threading.Event()
        self._is_left = False
        self._turn = threading.Lock()
        threading.Thread(target=self._run, daemon=True, name=f"send {name}").start()

    def _run(self) -> None:
        try:
            self.report = self._send()
        except Exception as error:  # noqa: BLE001  # raised again by whoever waits, else logged
            self.error = error
        with self._turn:
            self._is_over.set()
            if self._is_left and self.error:
                logger.error("channel=failed name=%s", self.name, exc_info=self.error)
            elif self._is_left and self.report:
                logger.info("channel=ended name=%s %s", self.name, self.report)

    def wait(self, seconds: float | None) -> bool:
        """Whether it came to its end; one that did not is left to itself, and tells the log how it ends."""
        if self._is_over.wait(seconds):
            return True
        with self._turn:
            self._is_left = not self._is_over.is_set()
        return not self._is_left


def side_by_side(sendings: Mapping[str, Callable[[], SendReport]], patience_s: float | None) -> SendReport:
    """What the channels did that ended in this time; None: wait for all. Raises what one of them raised, after the others."""
    end = None if patience_s is None else time.monotonic() + patience_s
    report, errors = SendReport(), []
    for sending in [Sending(name, send) for name, send in sendings.items()]:
        if not sending.wait(None if end is None else max(0.0, end - time.monotonic())):
            logger.info("channel=busy name=%s: it goes on by itself", sending.name)
        elif sending.error:
            errors.append(sending.error)
        else:
            report.add(sending.report)
    if errors:
        raise errors[0]
    return report
