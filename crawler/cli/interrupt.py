"""Ctrl-C ends every verb with status 130 and no trace.

A command is told of it as KeyboardInterrupt and puts its things in order. While a module is loaded, and when all is done, there
is nothing to put in order: the process just ends. An exception would come up in other people's code, which prints it, takes it
for another error, or goes on.
"""

from __future__ import annotations

import os
import signal
from types import FrameType

STATUS = 128 + signal.SIGINT


def look_after_interrupts() -> None:
    """From now on. Where Ctrl-C is ignored, as in a shell's background, it stays so."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupted)


def end_at_interrupts() -> None:
    """When all is done."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _end)


def _interrupted(signum: int, frame: FrameType | None) -> None:
    while frame:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            _end(signum, frame)
        frame = frame.f_back
    raise KeyboardInterrupt


def _end(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001  # a handler's signature
    os._exit(STATUS)
