"""One daemon per data folder."""

import os
from pathlib import Path

import pytest

from crawler.lock import AlreadyRunning, only_daemon


def test_the_second_is_told_who_the_first_is(tmp_path: Path) -> None:
    with only_daemon(tmp_path), pytest.raises(AlreadyRunning, match=str(os.getpid())), only_daemon(tmp_path):
        pass


def test_the_folder_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with only_daemon(tmp_path):
            assert (tmp_path / "daemon.lock").exists()
