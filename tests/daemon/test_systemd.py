"""Words to systemd, over a real socket."""

from __future__ import annotations

import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.daemon import Daemon
from crawler.systemd import notify
from pipelines.errors import StoreBusy
from pipelines.store.beats import DAEMON, last_beat
from pipelines.store.database import open_store
from tests.daemon.beside import beating


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listener


def heard(systemd: socket.socket) -> list[bytes]:
    words = []
    while True:
        try:
            words.append(systemd.recv(100))
        except BlockingIOError:
            return words


def test_words_arrive(systemd: socket.socket) -> None:
    assert notify("READY=1")
    assert heard(systemd) == [b"READY=1"]


def test_an_abstract_socket_is_found_too(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"sosik-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(f"\0{name}")
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
        assert notify("READY=1")
        assert listener.recv(100) == b"READY=1"


@pytest.mark.parametrize("address", ["", "/nowhere/notify"])
def test_without_a_listener_nothing_happens(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    assert not notify("READY=1")


def test_a_heartbeat_is_a_row_and_a_word(tmp_path: Path, systemd: socket.socket) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        beating(Daemon(config_path=None), store)
        found = last_beat(store, DAEMON)
    assert found
    assert found.value == str(os.getpid())
    assert datetime.now(UTC) - found.at < timedelta(minutes=1)
    assert heard(systemd) == [b"WATCHDOG=1"]


def test_without_the_database_there_is_no_heartbeat(tmp_path: Path, systemd: socket.socket) -> None:
    path = tmp_path / "sosik.db"
    with open_store(path, busy_timeout_s=0.1) as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy):
            beating(Daemon(config_path=None), store)
        assert heard(systemd) == []
        other.execute("ROLLBACK")
        beating(Daemon(config_path=None), store)
        assert heard(systemd) == [b"WATCHDOG=1"]
