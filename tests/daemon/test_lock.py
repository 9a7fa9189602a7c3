"""One daemon per database."""

import os
import threading
from pathlib import Path

import pytest

from crawler.lock import is_held, only_daemon
from pipelines.errors import AlreadyRunning


def test_the_second_is_told_who_the_first_is(tmp_path: Path) -> None:
    path = tmp_path / "sosik.db"
    with only_daemon(path), pytest.raises(AlreadyRunning, match=str(os.getpid())), only_daemon(path):
        pass


def test_it_can_be_seen_whether_a_daemon_holds_the_database(tmp_path: Path) -> None:
    path = tmp_path / "sosik.db"
    assert is_held(path) is False
    with only_daemon(path):
        assert is_held(path) is True
    assert is_held(path) is False


def test_those_who_look_keep_no_daemon_away(tmp_path: Path) -> None:
    path, is_done = tmp_path / "sosik.db", threading.Event()

    def look() -> None:
        while not is_done.is_set():
            is_held(path)

    looking = threading.Thread(target=look)
    looking.start()
    for _ in range(200):
        with only_daemon(path):
            pass
    is_done.set()
    looking.join()


def test_the_database_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with only_daemon(tmp_path / "sosik.db"):
            assert (tmp_path / "sosik.db-daemon.lock").exists()


def test_two_databases_of_one_folder_have_a_daemon_each(tmp_path: Path) -> None:
    with only_daemon(tmp_path / "sosik.db"), only_daemon(tmp_path / "sosik-test.db"):
        pass
