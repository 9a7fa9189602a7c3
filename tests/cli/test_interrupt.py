"""Ctrl-C ends every verb quietly, whatever it is about just then: loading, working, leaving."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.newsroom import Newsroom

SOSIK = (str(Path(sys.executable).with_name("sosik")),)
MODULE = ("-m", "crawler")
OURS = ("crawler.cli.interrupt", "crawler.__main__")  # loaded first; what Python does before is not ours
ENDED = (130, -signal.SIGINT)  # the shell calls both 130; the latter when Python has put its own handlers away


@pytest.fixture(scope="module")
def office(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """Sites that answer slowly enough to be interrupted; the settings and the archive lie in the working directory."""
    folder = tmp_path_factory.mktemp("office")
    shutil.copy(archive / "sosik.db", folder)
    before = Path.cwd()
    heeded = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it, and so would ours
    with Newsroom() as newsroom:
        (folder / "sources.toml").write_text(newsroom.sources_toml(), encoding="utf-8")
        (folder / "sosik.toml").write_text(newsroom.config_toml(delay_s=0.5), encoding="utf-8")
        os.chdir(folder)
        yield newsroom
        os.chdir(before)
    signal.signal(signal.SIGINT, heeded)


def interrupted(*command: str, when: Callable[[subprocess.Popen[bytes]], None]) -> tuple[int, str]:
    """Exit status and standard error of a process that gets Ctrl-C, with all it has started, when `when` returns."""
    with subprocess.Popen(  # unbuffered, so that `communicate` gets what no line was read of
        [sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, bufsize=0, start_new_session=True
    ) as process:
        when(process)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        said = process.communicate(timeout=60)[1].decode()
    return process.returncode, "".join(line for line in said.splitlines(keepends=True) if not line.startswith("import time:"))


def after_our_first_line(process: subprocess.Popen[bytes]) -> None:
    """When a module is loaded after those that look after Ctrl-C."""
    assert process.stderr
    names = (line.rpartition(b"|")[2].strip().decode() for line in iter(process.stderr.readline, b""))
    next(name for name in names if name == OURS[0])
    next(name for name in names if name not in OURS)


@pytest.mark.parametrize("after_s", [0.0, 0.1, 0.3, 0.8, 2.0])
@pytest.mark.parametrize("verb", ["crawl --all", "read URL", "search 딥시크", "daemon", "alerts list", "db backup COPY"])
def test_ctrl_c_ends_quietly_with_130(verb: str, after_s: float, office: Newsroom) -> None:
    typed = verb.replace("URL", office.url("gaon.localhost", "/view/AGA20250327009800083"))
    arguments = typed.replace("COPY", f"{after_s}.db").split()  # two in one second would have one name
    entry = SOSIK if after_s in (0.1, 0.8) else MODULE

    def when(process: subprocess.Popen[bytes]) -> None:
        after_our_first_line(process)
        time.sleep(after_s)

    status, said = interrupted("-X", "importtime", *entry, *arguments, when=when)
    if verb == "daemon":
        assert status in (*ENDED, 0), said  # 0 once it runs: that is how it is stopped
    else:
        assert said.strip() in ("", "interrupted")
        assert status in ENDED or (status == 0 and after_s > 0), "done before it was interrupted"
    assert "KeyboardInterrupt" not in said


def words(process: psutil.Process) -> str:
    """The command line; nothing when the process ends just then."""
    with suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


def test_reading_processes_that_are_still_loading_do_not_hear_ctrl_c(office: Newsroom) -> None:
    def when(process: subprocess.Popen[bytes]) -> None:
        crawl = psutil.Process(process.pid)
        while not any("forkserver" in words(child) for child in crawl.children()):
            time.sleep(0.01)
        time.sleep(0.1)  # Python has begun, and loads what reads pages for longer than that

    status, said = interrupted(*MODULE, "crawl", "--all", when=when)
    assert (status, said.strip()) in ((130, "interrupted"), (130, "")), "the latter when the crawl itself was loading"


EARLY = """
import os, signal, threading, time
from crawler.__main__ import main

def interrupt():
    while getattr(signal.getsignal(signal.SIGINT), "__name__", "") != "_signal_shutdown":  # Scrapy's
        time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=interrupt, daemon=True).start()
main()
"""


@pytest.mark.parametrize("verb", ["crawl --all", "sources check"])
def test_a_crawl_that_is_stopped_before_its_spiders_begin_was_interrupted(verb: str, office: Newsroom) -> None:
    done = subprocess.run([sys.executable, "-c", EARLY, *verb.split()], capture_output=True, check=False, timeout=60)
    assert done.returncode == 130
    assert done.stderr.decode().endswith("interrupted\n")
    assert "새 기사가 없습니다" not in done.stdout.decode()
