"""Who sends: one process at a time for each channel, and the channels side by side. One that hangs holds up no other."""

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from crawler.threads import in_background, is_over
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


def side_by_side(sendings: Mapping[str, Callable[[], SendReport]], patience_s: float | None) -> SendReport:
    """What the channels did that ended in this time; None: wait for all. Raises what one of them raised, after the others.

    One that takes longer is left to itself, and tells the log how it ends.
    """
    end = None if patience_s is None else time.monotonic() + patience_s
    report, errors = SendReport(), []
    for name, work in [(name, in_background(send, f"send {name}")) for name, send in sendings.items()]:
        if not is_over(work, None if end is None else max(0.0, end - time.monotonic())):
            logger.info("channel=busy name=%s: it goes on by itself", name)
            work.add_done_callback(partial(_tell, name))
        elif error := work.exception():
            errors.append(error)
        else:
            report.add(work.result())
    if errors:
        raise errors[0]
    return report


def _tell(name: str, work: Future[SendReport]) -> None:
    if error := work.exception():
        logger.error("channel=failed name=%s", name, exc_info=error)
    elif report := work.result():
        logger.info("channel=ended name=%s %s", name, report)
