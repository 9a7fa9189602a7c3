"""The daemon as a process, against the newsroom and a mail server: starts, alerts, reloads, stops, and is killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.mailroom import Mailroom
from tests.newsroom import Newsroom

PATIENCE_S = 60.0  # for what takes a second or two on a quiet machine


class Running:
    """A daemon, its settings and what it logs."""

    def __init__(self, folder: Path, config: str, sources: str) -> None:
        self.config = folder / "sosik.toml"
        self.config.write_text(config + "\n[daemon]\ntick_s = 0.5\n", encoding="utf-8")
        (folder / "sources.toml").write_text(sources, encoding="utf-8")
        self.log = folder / "log.txt"
        self.database = folder / "sosik.db"
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "crawler", "--config", str(self.config), "daemon"],
                stderr=log, start_new_session=True, env={**os.environ, "SOSIK_SMTP_PASSWORD": ""},
            )
        self.processes.append(process)
        return process

    def said(self, words: str) -> bool:
        return words in self.log.read_text(encoding="utf-8")

    def count(self, query: str) -> int:
        if not self.database.exists():
            return 0
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as connection:
            try:
                return int(connection.execute(query).fetchone()[0])
            except sqlite3.OperationalError:  # the tables are being made
                return 0


def wait_for(what: Callable[[], object]) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Running, Newsroom, Mailroom]]:
    with Newsroom() as newsroom, Mailroom() as mailroom:
        daemon = Running(tmp_path, newsroom.config_toml(mail_port=mailroom.port), newsroom.sources_toml())
        try:
            yield daemon, newsroom, mailroom
        finally:
            for process in daemon.processes:
                if process.poll() is None:
                    process.kill()
                process.wait()


@pytest.mark.slow
def test_it_crawls_alerts_and_survives_what_happens_to_it(running: tuple[Running, Newsroom, Mailroom]) -> None:
    daemon, _, mailroom = running
    process = daemon.start()
    assert wait_for(lambda: daemon.count("SELECT count(*) FROM delivery WHERE state = 'sent'") >= 1), daemon.log.read_text()

    second = daemon.start()
    assert second.wait(timeout=PATIENCE_S) == 3
    assert daemon.said(f"another daemon (process {process.pid}) runs")

    good = daemon.config.read_text(encoding="utf-8")
    daemon.config.write_text(good + "\n[fetch]\n[fetch]\n", encoding="utf-8")
    assert wait_for(lambda: daemon.said("reload=refused kept=old"))
    daemon.config.write_text(good, encoding="utf-8")
    assert wait_for(lambda: daemon.said("reload=done"))

    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process = daemon.start()
    assert wait_for(lambda: daemon.log.read_text(encoding="utf-8").count("daemon=started") == 2)
    assert wait_for(lambda: daemon.count("SELECT count(*) FROM delivery WHERE state NOT IN ('sent', 'dead')") == 0)

    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=15) == 0
    assert time.monotonic() - began < 15
    ids = [str(letter.message["Message-ID"]) for letter in mailroom.messages]
    assert len(ids) == len(set(ids)), "an alert was told twice"
    assert daemon.count("SELECT count(*) FROM alert WHERE is_silent = 0") == len(ids)


def test_a_bad_settings_file_stops_it_before_it_starts(tmp_path: Path) -> None:
    config = tmp_path / "sosik.toml"
    config.write_text("[daemon]\ntick = 3\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "crawler", "--config", str(config), "daemon"], capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.returncode == 2
    assert 'daemon.tick: is not a known key; did you mean "tick_s"?' in done.stderr
    assert "Traceback" not in done.stderr
