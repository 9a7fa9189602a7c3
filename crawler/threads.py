"""Work that waits for someone else, in threads that never keep the program from ending; and an end to the waiting."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

T = TypeVar("T")

LOOK_S = 0.2  # how often we look whether we should stop
GRACE_S = 2.0  # for a job that was cut off to end by itself, and say how far it came; chosen by hand


class Overdue(TimeoutError):
    """The job was not done in time. One that cannot be cut off goes on in its thread, and nobody waits for it."""


def in_background(job: Callable[[], T], name: str) -> Future[T]:
    """What the job will give or raise. The threads of an executor would be waited for when the program ends."""
    work: Future[T] = Future()
    work.set_running_or_notify_cancel()  # from here on it cannot be cancelled: who gave up waiting changes nothing for the job

    def run() -> None:
        try:
            result = job()
        except BaseException as error:  # noqa: BLE001  # raised again where it is waited for
            work.set_exception(error)
        else:
            work.set_result(result)

    threading.Thread(target=run, daemon=True, name=name).start()
    return work


async def in_thread(job: Callable[[], T]) -> T:
    """What `job` gives, beside the event loop. asyncio.to_thread would be waited for at the end, however long a server hangs."""
    return await asyncio.wrap_future(in_background(job, getattr(job, "__name__", "job")))


def is_over(work: Future[T], seconds: float | None) -> bool:
    """Whether the job came to its end in this time; None: wait for it."""
    return bool(wait([work], seconds).done)


def within(
    seconds: float, job: Callable[[], T], *, cut: Callable[[], None] = lambda: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> T:
    """What the job gives or raises. At the deadline, or when we should stop, it is `cut` off: then what it gives is worth nothing
    (half a line may look like a whole one), so it is Overdue unless it raises.

    A time-out of a socket is none of these: it begins anew with each byte that drips in.
    """
    end = time.monotonic() + seconds
    work = in_background(job, "within")
    try:
        while not is_over(work, LOOK_S) and not should_stop() and time.monotonic() <= end:
            pass
    finally:  # an interrupt cuts it off, too: what it works with is about to be closed
        if is_cut := not work.done():
            cut()
    if is_over(work, GRACE_S) and (error := work.exception()):
        raise error
    if is_cut:
        raise Overdue
    return work.result()
