"""One daemon per database: a lock that the kernel gives back whenever its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from pipelines.disk import private_folder
from pipelines.errors import AlreadyRunning
from pipelines.store.database import explained_files

LOOKS, LOOK_S = 25, 0.02  # half a second; chosen by hand


def is_held(database: Path) -> bool | None:
    """Whether a daemon holds the database now. None when that cannot be seen: another user's lock, a disk without locks."""
    try:
        descriptor = os.open(_lock_of(database), os.O_RDONLY)
    except FileNotFoundError:
        return False
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return False


def _lock_of(database: Path) -> Path:
    return database.with_name(f"{database.name}-daemon.lock")


def _lock(descriptor: int) -> None:
    """Raises OSError when another holds it; a look of `is_held` takes no time, so it is tried again."""
    for _ in range(LOOKS):
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        time.sleep(LOOK_S)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def only_daemon(database: Path) -> Iterator[None]:
    """Hold the database, or the place of one, while inside. Raises AlreadyRunning, naming the holder's process id, and
    StoreError when the lock cannot be written."""
    with ExitStack() as held:
        with explained_files(_lock_of(database)):  # a write that fails names no file
            private_folder(database.parent)
            descriptor = os.open(_lock_of(database), os.O_RDWR | os.O_CREAT, 0o600)
            held.callback(os.close, descriptor)
            _take(descriptor, database)
        yield


def _take(descriptor: int, database: Path) -> None:
    try:
        _lock(descriptor)
    except OSError as error:
        holder = os.read(descriptor, 20).decode("ascii", "replace").strip() or "unknown"
        raise AlreadyRunning(
            f"a daemon (process {holder}) runs on {database}. Stop it first, or use another database."
        ) from error
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
