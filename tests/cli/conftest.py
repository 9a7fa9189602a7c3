"""A folder with settings and a small archive, as a user has it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.store.database import open_store
from tests.stories.pairs import events, versions
from tests.stories.test_by_hand import put

Sosik = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    with open_store(folder / "sosik.db") as store:
        for number, (_, made) in enumerate(sorted(versions(events()[0]).items())):
            put(store, made, f"a{number}", matched=number == 0)
    (folder / "sosik.toml").write_text('[sosik]\ndata_dir = "."\n', encoding="utf-8")
    return folder


@pytest.fixture
def sosik(archive: Path) -> Sosik:
    """Run the command in a process of its own, in the archive's folder. `shell` is what follows it on a shell's line."""

    def run(*arguments: str, shell: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
        line = f'set -o pipefail; "$@" {shell}'
        return subprocess.run(
            ["bash", "-c", line, "bash", sys.executable, "-m", "crawler", *arguments], cwd=archive, capture_output=True,
            check=False, timeout=60, env={"PATH": "/usr/bin:/bin", "HOME": str(archive), **environment},
        )

    return run
