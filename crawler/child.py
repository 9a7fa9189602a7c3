"""A crawl in a process of its own: it may crash, leak or hang, the daemon goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass

GRACE_S = 10.0  # between SIGTERM and SIGKILL (facts: hazards T3)
TAIL_BYTES = 4000  # of the child's error output, kept for the log


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildEnd:
    """How a child ended. `status` as the shell counts: negative numbers are signals."""

    status: int
    was_stopped: bool  # at its deadline, or because the daemon ends
    errors: str  # the end of what it wrote to standard error


async def run_child(arguments: Sequence[str], environment: dict[str, str], *, deadline_s: float) -> ChildEnd:
    """Run `sosik ARGUMENTS` to its end; at the deadline, or when this task is cancelled, stop it and all it started."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "crawler", *arguments,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        env=environment, start_new_session=True,
    )
    assert process.stderr
    tail = asyncio.create_task(_tail(process.stderr))
    was_stopped = False
    try:
        async with asyncio.timeout(deadline_s):
            await process.wait()
    except TimeoutError:
        was_stopped = True
        await _stop(process)
    except asyncio.CancelledError:
        await asyncio.shield(_stop(process))
        tail.cancel()
        raise
    _kill_group(process.pid)  # what the child may have left behind: its reading processes
    return ChildEnd(status=process.returncode or 0, was_stopped=was_stopped, errors=await tail)


async def _stop(process: asyncio.subprocess.Process) -> None:
    """SIGTERM once (a second one makes Scrapy drop what it holds), then SIGKILL for the whole group."""
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(GRACE_S):
                await process.wait()
        except TimeoutError:
            _kill_group(process.pid)
            await process.wait()


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


async def _tail(stream: asyncio.StreamReader) -> str:
    kept = b""
    while chunk := await stream.read(65536):
        kept = (kept + chunk)[-TAIL_BYTES:]
    return kept.decode("utf-8", "replace").strip()
