"""One daemon per database: a lock that the kernel gives back whenever its holder dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.disk import private_folder
from pipelines.errors import SosikError


class AlreadyRunning(SosikError):
    """Another daemon holds the database."""

    exit_code = 3


@contextmanager
def only_daemon(database: Path) -> Iterator[None]:
    """Hold the database, or the place of one, while inside. Raises AlreadyRunning, naming the holder's process id."""
    private_folder(database.parent)
    descriptor = os.open(database.with_name(f"{database.name}-daemon.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip() or "unknown"
            raise AlreadyRunning(
                f"a daemon (process {holder}) runs on {database}. Stop it first, or use another database."
            ) from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        os.close(descriptor)
