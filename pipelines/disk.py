"""Files and folders that sosik makes: for their owner's eyes only, and whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def private_folder(folder: Path) -> None:
    """The folder is there afterwards; it and what was missing above it are its owner's only."""
    if not folder.is_dir():
        private_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)  # with `parents` the mode would hold for the last one alone


def write_whole(path: Path, content: bytes, *, rights: int = 0o600) -> None:
    """The file with all of this content, or as it was. `rights`, less the umask, are a new file's; an old one keeps its own.

    A link is followed; a device or a pipe is never replaced.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    path = Path(os.path.realpath(path))
    private_folder(path.parent)
    part = path.with_name(f".{path.name}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, rights)
        with open(descriptor, "wb") as file:
            if path.exists():
                os.fchmod(descriptor, stat.S_IMODE(path.stat().st_mode))
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
