"""Processes that hold something in the database, as `machine:number`: what a killed one held is free again."""

from __future__ import annotations

import os

_MACHINE = os.uname().nodename


def this_process() -> str:
    return f"{_MACHINE}:{os.getpid()}"


def is_gone(holder: str) -> bool:
    """Whether that process was killed. Of another machine (or container) nobody knows."""
    machine, _, number = holder.rpartition(":")
    if machine != _MACHINE:
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
