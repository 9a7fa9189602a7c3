"""Where the output goes: pipes that close, disks that are full, devices, links, and terminals that know no Korean."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Sosik

FULL = Path("/dev/full")
READING = [("stories",), ("show", "1"), ("search", "딥시크 OR 반도체"), ("export",), ("status",), ("--help",)]


@pytest.mark.skipif(not FULL.is_char_device(), reason="this system has no /dev/full")
@pytest.mark.parametrize("command", READING)
def test_a_full_disk_under_the_output_is_told(command: tuple[str, ...], sosik: Sosik) -> None:
    done = sosik(*command, shell="> /dev/full")
    assert (done.returncode, done.stderr) == (1, b"sosik: No space left on device\n")


@pytest.mark.parametrize("command", [("export",), ("stories", "--json"), ("sources", "list"), ("--help",)])
def test_a_reader_that_has_seen_enough_is_no_failure(command: tuple[str, ...], sosik: Sosik) -> None:
    done = sosik(*command, shell="| true")
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("command", [
    ("export", "-o"), ("sources", "export", "-o"), ("alerts", "preview", "--eml"), ("init", "--yes", "--no-test", "--force"),
])
def test_a_pipe_is_written_to_and_never_replaced_by_a_file(command: tuple[str, ...], sosik: Sosik, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE)
    done = sosik("--config", str(pipe), *command) if command[0] == "init" else sosik(*command, str(pipe))
    assert stat.S_ISFIFO(pipe.stat().st_mode), done.stderr
    if done.returncode:
        reader.kill()
    read, _ = reader.communicate(timeout=10)
    assert (done.returncode, bool(read)) == (0, True), done.stderr


def test_a_link_stays_a_link(sosik: Sosik, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("goal.jsonl")
    assert sosik("export", "-o", str(tmp_path / "link")).returncode == 0
    assert (tmp_path / "link").is_symlink()
    assert all(json.loads(line) for line in (tmp_path / "goal.jsonl").read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("environment", [
    {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C"}, {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    {"TERM": "dumb", "COLUMNS": "20"},
])
def test_a_terminal_said_to_be_ascii_still_gets_korean(environment: dict[str, str], sosik: Sosik) -> None:
    done = sosik("stories", **environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "기사" in done.stdout.decode("utf-8")
    assert all(json.loads(line) for line in sosik("stories", "--json", **environment).stdout.splitlines())


def test_a_terminal_of_another_encoding_loses_no_output(sosik: Sosik) -> None:
    done = sosik("stories", PYTHONIOENCODING="euc-kr")
    assert done.returncode == 0
    assert "기사" in done.stdout.decode("euc-kr")


@pytest.mark.parametrize("encoding", ["ascii", "utf-8:strict", "euc-kr"])
@pytest.mark.parametrize("command", ["read", "match", "relate"])
def test_lines_are_utf_8_whatever_the_terminal_is_said_to_be(command: str, encoding: str, sosik: Sosik, archive: Path) -> None:
    (archive / "lines").write_bytes('{"id": "한글", "path": "없음"}\n'.encode() + b"\xff\xfe\n{}\n")
    done = sosik(command, "--jsonl", shell="< lines", PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    answers = done.stdout.decode("utf-8" if encoding == "ascii" else encoding.partition(":")[0]).splitlines()
    assert [json.loads(answer)["id"] for answer in answers] == ["한글", None, None]


@pytest.mark.parametrize("encoding", ["ascii", "utf-8:strict"])
def test_answers_may_be_any_bytes(encoding: str, sosik: Sosik, tmp_path: Path) -> None:
    (tmp_path / "answers").write_bytes(b"\xff\xed\n")
    done = sosik("--config", str(tmp_path / "x.toml"), "init", shell=f"< {tmp_path}/answers", PYTHONIOENCODING=encoding)
    assert (done.returncode, b"is no mail address" in done.stderr, b"Traceback" in done.stderr) == (2, True, False)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("command", ["stories", "export", "search 없는말", "read --jsonl", "match --jsonl", "--help"])
def test_streams_that_the_shell_has_closed_are_no_defect(command: str, closed: str, sosik: Sosik) -> None:
    done = sosik(*command.split(), shell=closed)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
