"""The daemon's crawl process: it crawls what it was handed, whatever the files say by then, and ends when the daemon does."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from crawler.child import COMMAND, ChildEnd, public, run_child
from crawler.config import Config
from crawler.crawl_job import CrawlJob, packed
from crawler.plan import load_plan
from tests.newsroom import Newsroom

TOPIC = 'name = "선박"\nquery = "전복"\n'


def job(folder: Path, newsroom: Newsroom, **fields: object) -> CrawlJob:
    (folder / "ships.toml").write_text(TOPIC, encoding="utf-8")
    config = newsroom.config_toml().replace("[sosik]", '[sosik]\ntopics = ["ships.toml"]')
    (folder / "sosik.toml").write_text(config, encoding="utf-8")
    (folder / "sources.toml").write_text(newsroom.sources_toml(), encoding="utf-8")
    plan = load_plan(folder / "sosik.toml")
    made = CrawlJob(
        config=plan.config, catalogue=plan.catalogue, topics=plan.topics, database=plan.config.database_path, sources=("board",)
    )
    return replace(made, **fields)


def run(order: CrawlJob) -> ChildEnd:
    return asyncio.run(run_child(packed(order), os.environ, deadline_s=100))


def test_files_that_break_while_the_daemon_runs_do_not_break_its_crawls(tmp_path: Path) -> None:
    with Newsroom() as newsroom:
        order = job(tmp_path, newsroom)
        for name in ("sosik.toml", "sources.toml", "ships.toml"):
            (tmp_path / name).write_text("broken = [", encoding="utf-8")
        end = run(order)
    assert end.status == 0, end.errors
    assert "stored=" in end.said
    with closing(sqlite3.connect(order.database)) as database:
        (matched,) = database.execute("SELECT count(*) FROM match").fetchone()
    assert matched, "the topic as it was handed over"


def test_a_broken_file_of_page_structures_is_left_aside_and_told(tmp_path: Path) -> None:
    with Newsroom() as newsroom:
        order = job(tmp_path, newsroom)
        (tmp_path / "mine.toml").write_text('[[family]]\nnaem = "x"\n', encoding="utf-8")
        read = replace(order.config.read, structures_file=str(tmp_path / "mine.toml"))
        end = run(replace(order, config=with_read(order, read)))
    assert end.status == 0, end.errors
    assert "stored=" in end.said
    assert "mine.toml:2" in end.errors


def test_python_files_in_the_folder_where_the_daemon_runs_are_not_taken_for_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("crawler.py", "calendar.py"):
        (tmp_path / name).write_text("raise SystemExit(77)\n", encoding="utf-8")
    with Newsroom() as newsroom:
        end = run(job(tmp_path, newsroom, sources=(), urls=("ftp://press.invalid/1",)))
    assert (end.status, end.errors) == (0, "")


def test_an_errand_as_long_as_ten_command_lines_arrives(tmp_path: Path) -> None:
    urls = tuple(f"ftp://press.invalid/{number}/{'x' * 900}" for number in range(1_000))  # refused before anything is asked
    with Newsroom() as newsroom:
        end = run(job(tmp_path, newsroom, sources=(), urls=urls))
    assert (end.status, end.errors) == (0, "")


def test_a_database_that_cannot_be_used_is_an_end_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "other.db").write_text("not a database, but some kind of a diary " * 99, encoding="utf-8")
    with Newsroom() as newsroom:
        end = run(job(tmp_path, newsroom, database=tmp_path / "other.db"))
    assert end.status >= 2
    assert not end.is_well
    assert "other.db" in end.errors
    assert "Traceback" not in end.errors


def test_a_crawl_ends_when_its_daemon_dies(tmp_path: Path) -> None:
    with Newsroom() as newsroom:
        order = job(tmp_path, newsroom, sources=("wire",))
        slow = replace(order, config=replace_delay(order, 30.0))
        with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, env=public(os.environ), start_new_session=True) as crawl:
            assert crawl.stdin
            crawl.stdin.write(packed(slow))
            crawl.stdin.flush()
            while not newsroom.requests:
                assert crawl.poll() is None
            tree = psutil.Process(crawl.pid).children(recursive=True)
            crawl.stdin.close()  # as the kernel does when the daemon is killed
            crawl.wait(timeout=60)
        _, alive = psutil.wait_procs(tree, timeout=20)
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]
    with closing(sqlite3.connect(order.database)) as database:
        assert database.execute("SELECT count(*) FROM source_run").fetchone() == (1,)


def replace_delay(order: CrawlJob, delay_s: float) -> object:
    config = load_plan(order.config.path).config
    object.__setattr__(config.fetch, "delay_s", delay_s)
    return config


def with_read(order: CrawlJob, read: object) -> Config:
    config = load_plan(order.config.path).config
    object.__setattr__(config, "read", read)
    return config


def test_it_leads_its_process_group_so_that_all_of_it_can_be_stopped() -> None:
    program = "import os; assert os.getpgrp() == os.getpid()"
    end = asyncio.run(run_child(b"", os.environ, deadline_s=60, command=(sys.executable, "-c", program)))
    assert end.status == 0
    assert signal.SIGKILL == 9
