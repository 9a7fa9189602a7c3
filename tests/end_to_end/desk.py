"""A user of sosik in a test: a folder with settings, the offline newsroom to crawl, and a server that takes the mail."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.mailroom import Delivered, Mailroom
from tests.newsroom import Newsroom, Request
from tests.newsroom.site import Row, table

ROOT = Path(__file__).parent.parent.parent
DELAY = timedelta(seconds=0.05)  # between two requests to a site

# what pages.toml expects of the first crawl
EXPECTED = [row for row in table().page if row.expect.outcome and not row.later]
ARTICLES = [row for row in EXPECTED if row.expect.outcome == "stored"]
TOLD = {row.expect.story for row in ARTICLES if row.expect.level == "match"}


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A user's folder, the sites it watches and the server that takes its mail."""

    folder: Path
    newsroom: Newsroom
    mailroom: Mailroom

    def sosik(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "crawler", *arguments)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", cwd=ROOT, env=self.environment, timeout=100)

    def start(self, *arguments: str, start_new_session: bool = False) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "crawler", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT,
            env=self.environment, start_new_session=start_new_session)

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"SOSIK_CONFIG": str(self.folder / "sosik.toml"), "PYTHONWARNINGS": "default"}

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        with closing(sqlite3.connect(self.folder / "sosik.db")) as database:
            database.row_factory = sqlite3.Row
            return database.execute(query, values).fetchall()

    def rows_if_any(self, query: str) -> list[sqlite3.Row]:
        """None while the database is not made yet."""
        try:
            return self.rows(query) if (self.folder / "sosik.db").exists() else []
        except sqlite3.OperationalError:
            return []

    def article(self, row: Row) -> sqlite3.Row:
        (found,) = self.rows("SELECT * FROM article WHERE url = ?", self.newsroom.url(row.host, row.path))
        return found

    def change(self, line: str, other: str) -> None:
        """Change a line of the settings."""
        path = self.folder / "sosik.toml"
        before = path.read_text(encoding="utf-8")
        assert line in before
        path.write_text(before.replace(line, other), encoding="utf-8")

    def copy(self, folder: Path) -> Desk:
        """The same, in another folder: what a test does there, others do not see."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Desk(folder=folder, newsroom=self.newsroom, mailroom=self.mailroom)


@dataclass(frozen=True, kw_only=True)
class Crawled:
    desk: Desk
    crawl: subprocess.CompletedProcess[str]
    send: subprocess.CompletedProcess[str]
    requests: tuple[Request, ...]
    mails: tuple[Delivered, ...]
