"""The daemon as a process, against the newsroom and a mail server: starts, alerts, reloads, stops, and is killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pipelines.delivery import IS_OPEN
from tests.mailroom import Fault, Mailroom
from tests.newsroom import Newsroom

EDITED, LATER = "/view/AGA20250327009800083", "/view/AGA20250327015200083"  # in tests/newsroom/pages.toml
TOLD = "SELECT count(*) FROM alert WHERE is_silent = 0"
WAITING = f"SELECT count(*) FROM delivery WHERE {IS_OPEN}"
PATIENCE_S = 60.0  # for what takes a second or two on a quiet machine


class Running:
    """A daemon, its settings and what it logs."""

    def __init__(self, folder: Path, config: str, sources: str) -> None:
        self.config = folder / "sosik.toml"
        self.config.write_text(config + "\n[daemon]\ntick_s = 0.5\nmetrics_file = 'sosik.prom'\n", encoding="utf-8")
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

    def ends(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether it ends as it should when told to: with status 0, within 15 seconds."""
        process.send_signal(signal.SIGTERM)
        return process.wait(timeout=15) == 0

    def run(self, statement: str) -> None:
        with closing(sqlite3.connect(self.database, timeout=PATIENCE_S, isolation_level=None)) as connection:
            connection.execute(statement)

    def let_hours_pass(self, newsroom: Newsroom) -> tuple[int, int]:
        """All that was seen was seen two hours ago; since then one matched article was edited, another taken down. Their ids."""
        for column in ("article SET first_seen_at", "article SET last_seen_at", "address SET tried_at"):
            self.run(f"UPDATE {column} = strftime('%Y-%m-%dT%H:%M:%SZ', {column.split()[-1]}, '-2 hours')")
        newsroom.edit(EDITED)
        gone = "FROM article JOIN match ON article_id = article.id AND level = 'match' WHERE url NOT LIKE '%' || '" + EDITED + "'"
        with closing(sqlite3.connect(self.database)) as connection:
            withdrawn, url = connection.execute(f"SELECT article.id, url {gone} ORDER BY article.id LIMIT 1").fetchone()
        newsroom.withdraw(urlsplit(url).path)
        return self.count(f"SELECT id FROM article WHERE url LIKE '%{EDITED}'"), withdrawn

    def count(self, query: str) -> int:
        if not self.database.exists():
            return 0
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
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
    with Newsroom() as newsroom, Mailroom(delay_s=60.0) as mailroom:
        lost = '[[source]]\nname = "lost"\ntitle = "lost"\nhosts = ["lost.invalid"]\nfeeds = ["https://lost.invalid/rss"]\n'
        daemon = Running(tmp_path, newsroom.config_toml(mail_port=mailroom.port), newsroom.sources_toml() + lost)
        try:
            yield daemon, newsroom, mailroom
        finally:
            for process in daemon.processes:
                if process.poll() is None:
                    process.kill()
                process.wait()


@pytest.mark.slow
def test_it_crawls_alerts_and_survives_what_happens_to_it(running: tuple[Running, Newsroom, Mailroom]) -> None:
    daemon, newsroom, mailroom = running
    process = daemon.start()
    assert wait_for(lambda: daemon.count(TOLD) >= 2 and not daemon.count(WAITING)), daemon.log.read_text()
    assert wait_for(lambda: daemon.count("SELECT count(*) FROM endpoint WHERE source = 'lost' AND trouble <> ''"))

    good = daemon.config.read_text(encoding="utf-8")
    daemon.config.write_text(good + "\n[fetch]\n[fetch]\n", encoding="utf-8")
    assert wait_for(lambda: daemon.said("reload=refused kept=old"))
    daemon.config.write_text(good, encoding="utf-8")
    assert wait_for(lambda: daemon.said("reload=done"))
    assert daemon.start().wait(timeout=PATIENCE_S) == 3
    assert daemon.said(f"a daemon (process {process.pid}) runs on ")

    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert "sosik_articles " in (daemon.database.parent / "sosik.prom").read_text(encoding="utf-8")
    told = len(mailroom.messages)
    edited, withdrawn = daemon.let_hours_pass(newsroom)
    process = daemon.start()
    assert wait_for(lambda: daemon.count(f"SELECT count(*) FROM revision WHERE article_id = {edited}")), daemon.log.read_text()
    assert wait_for(lambda: daemon.count(f"SELECT count(*) FROM article WHERE id = {withdrawn} AND withdrawn_at IS NOT NULL"))
    assert not daemon.count("SELECT count(*) FROM address WHERE source = ''"), "a second look keeps the article's source"

    mailroom.fault = Fault.SLOW_ACKNOWLEDGEMENT
    newsroom.publish(LATER)
    daemon.run("UPDATE source_run SET next_due_at = last_run_at")
    assert wait_for(lambda: daemon.count("SELECT count(*) FROM delivery WHERE state = 'sending'")), daemon.log.read_text()
    assert len(mailroom.messages) == told, "an edit or a withdrawal was told"
    assert daemon.ends(process), "a mail server that hangs held it"

    mailroom.fault = None
    daemon.run("UPDATE delivery SET next_try_at = '2026-01-01T00:00:00Z' WHERE state = 'unknown'")
    process = daemon.start()
    assert wait_for(lambda: not daemon.count(WAITING))
    with closing(sqlite3.connect(daemon.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert daemon.ends(process), "a locked database held it"
        other.execute("ROLLBACK")
    ids = [str(letter.message["Message-ID"]) for letter in mailroom.messages]
    assert len(set(ids)) == daemon.count("SELECT count(*) FROM delivery WHERE state = 'sent'"), "one is told by its update"
    assert len(ids) - len(set(ids)) <= 1, "only what was taken without a word goes twice, under the same Message-ID"


def test_a_reload_changes_how_it_logs_and_nobody_else_can_read_what_it_writes(tmp_path: Path) -> None:
    general = '[sosik]\ndata_dir = "."\nsources_file = "sources.toml"\nshipped_sources = false\n'
    daemon = Running(tmp_path, general, sources="")
    process = daemon.start()
    try:
        assert wait_for(lambda: daemon.said("INFO crawler.daemon daemon=started")), daemon.log.read_text()
        before = daemon.config.read_text(encoding="utf-8")
        daemon.config.write_text(before + "log_json = true\n", encoding="utf-8")
        process.send_signal(signal.SIGHUP)
        assert wait_for(lambda: daemon.said('"message": "reload=done sources=0"')), daemon.log.read_text()
        daemon.config.write_text(before + "log_file = 'own.log'\n", encoding="utf-8")
        assert wait_for((tmp_path / "own.log").exists)
        assert daemon.ends(process)
        assert "daemon=stopped" in (tmp_path / "own.log").read_text(encoding="utf-8")
        daemon.config.write_text(before + "log_file = 'first.log'\n", encoding="utf-8")
        again = daemon.start()
        assert wait_for(lambda: daemon.count("SELECT count(*) FROM beat WHERE name = 'daemon' AND value <> ''"))
        assert daemon.ends(again)
        made = [path for path in tmp_path.iterdir() if path.name not in ("sosik.toml", "sources.toml", "log.txt", "sosik.prom")]
        assert {path.name: oct(path.stat().st_mode & 0o777) for path in made if path.stat().st_mode & 0o077} == {}
    finally:
        process.kill()
        process.wait()


def test_a_bad_settings_file_stops_it_before_it_starts(tmp_path: Path) -> None:
    config = tmp_path / "sosik.toml"
    config.write_text("[daemon]\ntick = 3\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "crawler", "--config", str(config), "daemon"], capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.returncode == 2
    assert 'daemon.tick: is not a known key; did you mean "tick_s"?' in done.stderr
    assert "Traceback" not in done.stderr
