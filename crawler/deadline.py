"""A job that waits for someone else, with an end: whatever the other side does, the caller goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LOOK_S = 0.2  # how often we look whether we should stop
GRACE_S = 2.0  # for a job that was cut off to end by itself, and say how far it came; chosen by hand


class Overdue(Exception):
    """The job was not done in time. One that cannot be cut off goes on in its thread, and nobody waits for it."""


def within(
    seconds: float, job: Callable[[], T], *, cut: Callable[[], None] = lambda: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> T:
    """What the job gives or raises. At the deadline, or when we should stop, it is `cut` off: then what it gives is worth nothing
    (half a line may look like a whole one), so it is Overdue unless it raises.

    A time-out of a socket is none of these: it begins anew with each byte that drips in.
    """
    results: list[T] = []
    errors: list[BaseException] = []
    is_over = threading.Event()

    def run() -> None:
        try:
            results.append(job())
        except BaseException as error:  # noqa: BLE001  # raised again where it is waited for
            errors.append(error)
        finally:
            is_over.set()

    threading.Thread(target=run, daemon=True, name="within").start()
    end, is_cut = time.monotonic() + seconds, False
    while not is_over.wait(LOOK_S):
        if should_stop() or time.monotonic() > end:
            is_cut = True
            cut()
            break
    if is_over.wait(GRACE_S) and errors:
        raise errors[0]
    if is_cut:
        raise Overdue
    return results[0]
