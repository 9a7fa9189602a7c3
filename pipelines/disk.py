"""Files and folders that sosik makes: their owner's only, unless other programs are to read them; whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path


def private_folder(folder: Path) -> None:
    """The folder is there afterwards; it and what was missing above it are its owner's only."""
    _make(folder, 0o700)


def write_whole(path: Path, content: bytes, *, rights: int = 0o600) -> None:
    """The file with all of this content, or as it was. `rights`, less the umask, are a new file's; an old one keeps its own.

    A link is followed; a device or a pipe is never replaced.
    """
    _write(path, content, folders=0o700, rights=rights)


def write_shared(path: Path, content: bytes, *, home: Path) -> None:
    """As `write_whole`, for what other programs read: every user may, whatever the umask, in folders that are made for it, too.

    Inside `home`, our own folder, it is as private as all that lies there.
    """
    if Path(os.path.realpath(path)).is_relative_to(os.path.realpath(home)):
        write_whole(path, content)
    else:
        _write(path, content, folders=0o755, rights=0o644, fixed=0o644)


def _make(folder: Path, rights: int) -> None:
    if not folder.is_dir():
        _make(folder.parent, rights)
        folder.mkdir(mode=0o700, exist_ok=True)  # with `parents` the mode would hold for the last one alone
        if rights != 0o700:
            folder.chmod(rights)  # whatever the umask


def _write(path: Path, content: bytes, *, folders: int, rights: int, fixed: int | None = None) -> None:
    """`fixed`: rights that old and new files get alike."""
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    path = Path(os.path.realpath(path))
    _make(path.parent, folders)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")  # another program may be writing the same file
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, rights)
        with open(descriptor, "wb") as file:
            if fixed is not None or path.exists():
                os.fchmod(descriptor, stat.S_IMODE(path.stat().st_mode) if fixed is None else fixed)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
