"""Room on the disk: fetching stops, and backups give way, before there is none left to store what was fetched."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

FREE_BYTES_MIN = 500 * 1024**2  # facts: hazards S3


def free_bytes(folder: Path) -> int:
    """Free bytes where `folder` is, or will be."""
    there = next(place for place in (folder, *folder.parents) if os.path.exists(place))  # Path's fails in a locked folder
    return shutil.disk_usage(there).free
