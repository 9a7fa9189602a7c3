"""One daemon per database."""

import os
from pathlib import Path

import pytest

from crawler.lock import AlreadyRunning, only_daemon


def test_the_second_is_told_who_the_first_is(tmp_path: Path) -> None:
    path = tmp_path / "sosik.db"
    with only_daemon(path), pytest.raises(AlreadyRunning, match=str(os.getpid())), only_daemon(path):
        pass


def test_the_database_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with only_daemon(tmp_path / "sosik.db"):
            assert (tmp_path / "sosik.db-daemon.lock").exists()


def test_two_databases_of_one_folder_have_a_daemon_each(tmp_path: Path) -> None:
    with only_daemon(tmp_path / "sosik.db"), only_daemon(tmp_path / "sosik-test.db"):
        pass
