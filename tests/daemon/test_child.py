"""Crawls in child processes: their end is told, and one that hangs, floods or dies is stopped with all that it started."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from crawler import child
from crawler.child import ChildEnd, public, run_child


def ran(program: str, *, deadline_s: float = 60.0) -> ChildEnd:
    """A child that runs a Python program instead of a crawl."""
    return asyncio.run(run_child(b"a job", os.environ, deadline_s=deadline_s, command=(sys.executable, "-c", program)))


def test_the_status_and_the_words_of_a_child_come_back() -> None:
    end = ran("import sys; print(sys.stdin.buffer.read(5).decode()); sys.stderr.write('broken'); sys.exit(10)")
    assert end == ChildEnd(status=10, was_stopped=False, said="a job", errors="broken")
    assert end.is_well


def test_a_child_that_crashes_is_not_well() -> None:
    assert not ran("raise RuntimeError('half an upgrade')").is_well


def test_a_child_that_is_killed_is_not_well() -> None:
    end = ran("import os; os.kill(os.getpid(), 9)")
    assert (end.status, end.is_well) == (-9, False)


def test_a_child_is_stopped_at_its_deadline_with_all_that_it_started(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    program = f"""
import subprocess, sys, time
other = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])
open({str(note)!r}, 'w').write(str(other.pid))
time.sleep(600)
"""
    end = ran(program, deadline_s=2.0)
    assert end.was_stopped
    assert not end.is_well
    left = int(note.read_text())
    with suppress(psutil.NoSuchProcess):
        while psutil.Process(left).status() != psutil.STATUS_ZOMBIE:  # killed, but nobody of ours takes note of it
            time.sleep(0.05)


def test_a_child_that_will_not_be_told_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "GRACE_S", 0.2)
    end = ran("import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)", deadline_s=2.0)
    assert (end.status, end.was_stopped) == (-9, True)


def test_a_flood_of_errors_neither_blocks_the_child_nor_fills_the_memory() -> None:
    end = ran("import sys\nfor _ in range(200): sys.stderr.write('x' * 100_000)\nsys.stderr.write('the end')")
    assert end.status == 0
    assert end.errors.endswith("the end")
    assert len(end.errors) == child.TAIL_BYTES


def test_a_process_that_holds_the_line_after_its_parent_does_not_hold_the_daemon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "TAIL_S", 0.2)
    other = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(20)'], start_new_session=True)"
    began = time.monotonic()
    assert ran(f"import subprocess, sys; {other}").status == 0
    assert time.monotonic() - began < 15


def test_a_child_that_ends_before_it_has_read_its_errand_is_an_end_like_others() -> None:
    command = (sys.executable, "-c", "")
    assert asyncio.run(run_child(b"x" * 5_000_000, os.environ, deadline_s=60, command=command)).status == 0


def test_no_secret_of_the_sender_reaches_a_crawl() -> None:
    environment = {
        "PATH": "/bin", "SOSIK_NAVER_CLIENT_ID": "a source needs it", "SOSIK_SMTP_PASSWORD": "x", "SOSIK_SMTP_PASSWORD_FILE": "x",
        "SOSIK_NOTIFY_SLACK": "x", "SOSIK_WEBHOOK_SECRET": "x", "NOTIFY_SOCKET": "x",
        "CREDENTIALS_DIRECTORY": "/run/credentials/sosik.service",
    }
    assert public(environment) == {"PATH": "/bin", "SOSIK_NAVER_CLIENT_ID": "a source needs it"}


def test_a_running_crawl_has_no_secret_of_the_sender_in_its_environment(tmp_path: Path) -> None:
    (tmp_path / "SOSIK_NAVER_CLIENT_ID").write_text("a source needs it\n", encoding="utf-8")
    (tmp_path / "SOSIK_SMTP_PASSWORD").write_text("correct-horse-battery\n", encoding="utf-8")
    environment = {**os.environ, "CREDENTIALS_DIRECTORY": str(tmp_path), "SOSIK_SMTP_PASSWORD": "correct-horse-battery"}
    command = (sys.executable, "-c", "print(open('/proc/self/environ').read().replace('\\0', '\\n'))")
    said = asyncio.run(run_child(b"", environment, deadline_s=60, command=command)).said
    assert "SOSIK_NAVER_CLIENT_ID=a source needs it" in said.splitlines()
    assert "correct-horse-battery" not in said
    assert str(tmp_path) not in said
