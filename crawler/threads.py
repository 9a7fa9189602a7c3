"""Blocking work beside the event loop, in threads that never keep the program from ending."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def in_thread(job: Callable[[], T]) -> T:
    """What `job` gives. asyncio.to_thread would be waited for at the end, however long a name look-up or a server hangs."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if ended.done():  # nobody waits any more
            return
        if error:
            ended.set_exception(error)
        else:
            ended.set_result(result)  # type: ignore[arg-type]  # None only when T is

    def run() -> None:
        result, trouble = None, None
        try:
            result = job()
        except BaseException as error:  # noqa: BLE001  # it is raised again where the result is awaited
            trouble = error
        with suppress(RuntimeError):  # the loop is closed: the program is ending
            loop.call_soon_threadsafe(settle, result, trouble)

    threading.Thread(target=run, daemon=True, name=getattr(job, "__name__", "job")).start()
    return await ended
