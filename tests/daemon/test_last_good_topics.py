"""A topic file broken while the daemon runs: crawls go on with its last good version, and say so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.newsroom import Newsroom

TOPIC = 'name = "선박"\nquery = "전복"\n'


def crawl(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "crawler", "--config", str(folder / "sosik.toml"), "crawl", *options, "board"]
    return subprocess.run(command, capture_output=True, text=True, timeout=100)


def test_a_crawl_of_the_daemon_goes_on_with_the_last_good_version(tmp_path: Path) -> None:
    topic = tmp_path / "ships.toml"
    topic.write_text(TOPIC, encoding="utf-8")
    with Newsroom() as newsroom:
        config = newsroom.config_toml().replace("[sosik]", '[sosik]\ntopics = ["ships.toml"]')
        (tmp_path / "sosik.toml").write_text(config, encoding="utf-8")
        (tmp_path / "sources.toml").write_text(newsroom.sources_toml(), encoding="utf-8")
        assert crawl(tmp_path, "--last-good-topics").returncode == 0
        topic.write_text(TOPIC.replace("query", "qurey"), encoding="utf-8")
        by_hand = crawl(tmp_path)
        assert by_hand.returncode == 2
        assert "ships.toml:2" in by_hand.stderr
        by_daemon = crawl(tmp_path, "--last-good-topics", "-v")
        assert by_daemon.returncode == 0, by_daemon.stderr
        assert "ships.toml:2" in by_daemon.stderr
