"""A crawl in a process of its own: it may crash, leak or hang, the daemon goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from crawler.config import secret
from crawler.sources.keys import NAVER_ID, NAVER_SECRET
from pipelines.errors import UserError

GRACE_S = 10.0  # between SIGTERM and SIGKILL (facts: hazards T3)
TAIL_BYTES = 4000  # of each of the child's outputs, kept for the log
TAIL_S = 2.0  # for the rest of its words after its end; a process that it left behind may hold the line for ever
COMMAND = (sys.executable, "-P", "-m", "crawler.crawl_process")  # -P: modules never come from the folder it is started in
# What only the sender needs, also where systemd keeps it; and the line to systemd, on which only the daemon speaks.
KEPT_BACK = ("SOSIK_SMTP", "SOSIK_NOTIFY", "SOSIK_WEBHOOK", "CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET", "WATCHDOG_")


BROKEN = 10  # exit status of a crawl that ended and failed on something; Python's own 1 is a crash


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildEnd:
    """How a child ended. `status` as the shell counts: negative numbers are signals."""

    status: int
    was_stopped: bool  # at its deadline
    said: str  # its figures
    errors: str  # the end of what it wrote to standard error

    @property
    def is_well(self) -> bool:
        """It came to its end, even if it failed on something."""
        return not self.was_stopped and self.status in (0, BROKEN)

    @property
    def kind(self) -> str:
        """For counting."""
        if self.was_stopped:
            return "stopped"
        return "well" if self.status == 0 else "broken" if self.is_well else "crashed"


class _Line(asyncio.SubprocessProtocol):
    """What a child says, and its end. asyncio's own process ends when its outputs close, and a reading process whose parent was
    killed holds them open.
    """

    def __init__(self) -> None:
        self.exited = asyncio.Event()
        self.closed = asyncio.Event()
        self.kept = {1: b"", 2: b""}

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.kept[fd] = (self.kept[fd] + data)[-TAIL_BYTES:]

    def process_exited(self) -> None:
        self.exited.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's signature
        self.closed.set()

    def words(self, fd: int) -> str:
        return self.kept[fd].decode("utf-8", "replace").strip()


async def run_child(
    job: bytes, environment: Mapping[str, str], *, deadline_s: float, command: Sequence[str] = COMMAND
) -> ChildEnd:
    """Run a crawl to its end; at the deadline, or when this task is cancelled, stop it and all it started."""
    transport, line = await asyncio.get_running_loop().subprocess_exec(
        _Line, *command, env=public(environment), start_new_session=True
    )
    pid, entrance = transport.get_pid(), transport.get_pipe_transport(0)
    assert isinstance(entrance, asyncio.WriteTransport)
    was_stopped = False
    try:
        entrance.write(job)  # and left open: its end tells the child that we are dead
        was_stopped = not await _in_time(line.exited, deadline_s)
    finally:  # also when this task is cancelled
        await _stop(transport, line)
        _kill_group(pid)  # what the child may have left behind: its reading processes
        await _in_time(line.closed, TAIL_S)
        transport.close()
    return ChildEnd(
        status=transport.get_returncode() or 0, was_stopped=was_stopped, said=line.words(1), errors=line.words(2)
    )


def public(environment: Mapping[str, str]) -> dict[str, str]:
    """What of the daemon's environment a crawl may see. Keys of sources that are systemd credentials are handed over by value."""
    seen = {name: value for name, value in environment.items() if not name.startswith(KEPT_BACK)}
    for name in (NAVER_ID, NAVER_SECRET):
        with suppress(UserError):  # a file that cannot be read: the source says so
            if f"{name}_FILE" not in seen and (value := secret(name, environment)):
                seen[name] = value
    return seen


async def _stop(transport: asyncio.SubprocessTransport, line: _Line) -> None:
    """SIGTERM once (a second one makes Scrapy drop what it holds), then SIGKILL for the group. Nothing when it has ended."""
    if line.exited.is_set():
        return
    with suppress(ProcessLookupError):
        transport.send_signal(signal.SIGTERM)
    if not await _in_time(line.exited, GRACE_S):
        _kill_group(transport.get_pid())
        await line.exited.wait()


def _kill_group(group: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


async def _in_time(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
