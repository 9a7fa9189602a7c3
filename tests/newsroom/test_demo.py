"""`make demo` as a newcomer meets it: the first run, the second, and what it says to type next."""

from __future__ import annotations

import email
import email.policy
import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.newsroom.site import table

ROOT = Path(__file__).parent.parent.parent
TOLD = {row.expect.story for row in table().page if row.expect.level == "match"}


@dataclass(frozen=True, kw_only=True)
class Demo:
    """The demo in a folder of its own, from where seeds/ and the code can be reached as in a clone."""

    clone: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.type(f"{sys.executable} -m tests.newsroom.demo {' '.join(arguments)}")

    def type(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            shlex.split(command), cwd=self.clone, capture_output=True, text=True, encoding="utf-8", timeout=100,
            env=os.environ | {"PYTHONPATH": str(ROOT)})

    @property
    def mails(self) -> list[Path]:
        return sorted((self.clone / "demo" / "mail").glob("*.eml"))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    clone = tmp_path_factory.mktemp("clone")
    (clone / "seeds").symlink_to(ROOT / "seeds")
    return Demo(clone=clone)


@pytest.fixture(scope="module")
def spoilt(demo: Demo) -> subprocess.CompletedProcess[str]:
    """A run on what is left of an older demo, with a file that somebody has mended."""
    (demo.clone / "demo").mkdir()
    (demo.clone / "demo" / "sosik.toml").write_text("nonsense", encoding="utf-8")
    (demo.clone / "demo" / "sosik.db").write_text("not a database", encoding="utf-8")
    return demo.run()


@pytest.fixture(scope="module")
def first(demo: Demo, spoilt: object) -> subprocess.CompletedProcess[str]:
    return demo.run("--fresh", "--language", "en")


@pytest.fixture
def taken_port(demo: Demo, first: object) -> Iterator[int]:
    """The newsroom's port, held by another program."""
    text = (demo.clone / "demo" / "sosik.toml").read_text(encoding="utf-8")
    port = int(text.split("allow_ports = [80, 443, ")[1].split("]")[0])
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        yield port


def test_the_first_run_does_the_main_job_and_explains_it(demo: Demo, first: subprocess.CompletedProcess[str]) -> None:
    assert first.returncode == 0, first.stdout + first.stderr
    assert "Traceback" not in first.stderr
    for story in TOLD:
        assert any(row.title in first.stdout for row in table().page if row.expect.story == story)
    assert "closed by robots.txt" in first.stdout
    assert "- 어긴 사업자는 최대 10만 위안" in first.stdout, "the sentence that the agency corrected"


def test_each_matched_story_is_one_mail_kept_as_a_file(demo: Demo, first: subprocess.CompletedProcess[str]) -> None:
    messages = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in demo.mails]
    assert len([message for message in messages if not message["References"]]) == len(TOLD)
    assert all(path.name in first.stdout for path in demo.mails)


def test_what_it_says_to_type_next_works(demo: Demo, first: subprocess.CompletedProcess[str]) -> None:
    lines = first.stdout.partition("What to type next")[2].splitlines()
    activation, *typed = [line.rpartition("   ")[0].strip() for line in lines[1:] if line.strip() and "make demo" not in line]
    assert activation.startswith(". ")
    assert len(typed) == 6
    for command in typed:
        done = demo.type(shlex.join(["bash", "-c", f"{activation} && {command}"]))
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        assert done.stdout.strip()


def test_a_second_run_finds_nothing_new_and_sends_nothing(demo: Demo, first: subprocess.CompletedProcess[str]) -> None:
    before = demo.mails
    again = demo.run()
    assert again.returncode == 0, again.stdout + again.stderr
    assert "Nothing new" in again.stdout, "in the language of the first run"
    assert demo.mails == before


def test_a_taken_port_is_one_clear_line(demo: Demo, taken_port: int) -> None:
    done = demo.run()
    assert done.returncode == 1
    assert str(taken_port) in done.stderr
    assert "make demo ARGS=--fresh" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_settings_that_somebody_mended_are_one_clear_line(spoilt: subprocess.CompletedProcess[str]) -> None:
    assert spoilt.returncode == 1
    assert "demo/sosik.toml" in spoilt.stderr
    assert "make demo ARGS=--fresh" in spoilt.stderr
    assert len(spoilt.stderr.splitlines()) == 1
