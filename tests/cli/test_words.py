"""What verbs print is in the reader's language, in columns that stand under one another, and coloured only where it is wanted."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path
from unicodedata import east_asian_width

import pytest

from crawler.breakage import Broken, in_words
from crawler.cli.crawl import tell
from crawler.cli.main import COMMANDS
from crawler.cli.source_reports import because
from crawler.runner import CrawlReport
from pipelines import clock
from pipelines.errors import DiskFull
from pipelines.wording import Wording
from tests.cli.conftest import Sosik


def columns(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def test_the_examples_of_search_stand_in_one_column(sosik: Sosik) -> None:
    help_text = sosik("search", "--help").stdout.decode()
    rows = [re.fullmatch(r"  (\S.*?  +)(\S.*)", line) for line in help_text.partition("Options:")[0].splitlines()]
    assert len({columns(row[1]) for row in rows if row}) == 1, help_text


@pytest.mark.parametrize("verb", COMMANDS)
def test_no_help_text_is_cut_off(verb: str, sosik: Sosik) -> None:
    said = sosik(verb, "--help").stdout.decode()
    assert "..." not in said.partition("Commands:")[2]
    assert "RANGE  " not in said


def test_times_of_the_archive_are_korean(sosik: Sosik, tmp_path: Path) -> None:
    moment = r"\d{4}-\d\d-\d\d \d\d:\d\d"
    assert re.search(f"처음 / 마지막   {moment} / {moment}\n", sosik("db", "stats").stdout.decode())
    (tmp_path / "empty.db").touch()
    assert "처음 / 마지막   - / -\n" in sosik("--db", str(tmp_path / "empty.db"), "db", "stats").stdout.decode()


def test_a_refused_page_is_told_without_a_word_of_english(sosik: Sosik, tmp_path: Path) -> None:
    page = tmp_path / "빈 페이지.html"
    page.write_text("<html></html>", encoding="utf-8")
    told, explained = (sosik("read", str(page), *more).stdout.decode() for more in ((), ("--explain",)))
    assert not re.search("[a-z]", told.partition("\n")[2])
    assert "no text was found" in explained


def test_an_address_that_cannot_be_had_is_told_in_words(sosik: Sosik) -> None:
    done = sosik("read", "http://127.0.0.1/")
    assert (done.returncode, b"private-address" in done.stderr) == (1, False)
    assert b"sosik: http://127.0.0.1/: could not be fetched: " in done.stderr


@pytest.mark.parametrize("reason", ["login-wall", "stored", "refused", "private-address"])
def test_the_reason_of_an_ending_has_words_in_both_languages(reason: str) -> None:
    korean, english = because(reason, Wording("ko")), because(reason, Wording("en"))
    assert reason not in korean
    assert korean != english


def test_robots_txt_is_told_as_a_reason_and_not_as_the_ending_again() -> None:
    assert because("robots", Wording("ko")) == " (robots.txt가 금지합니다)"


def test_the_doctor_advises_a_topic_where_none_is_watched(sosik: Sosik, tmp_path: Path) -> None:
    (tmp_path / "sosik.toml").write_text('[sosik]\ntopics = []\ndata_dir = "."\n', encoding="utf-8")
    assert "권고  주제 파일: 감시하는 주제가 없어" in sosik("--config", str(tmp_path / "sosik.toml"), "doctor").stdout.decode()


@pytest.mark.parametrize(("environment", "is_coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_stand_on_a_terminal_unless_nobody_wants_them(
    environment: dict[str, str], is_coloured: bool, archive: Path, tmp_path: Path
) -> None:
    shutil.copy(archive / "sosik.db", tmp_path)
    ours, theirs = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "crawler", "--db", str(tmp_path / "sosik.db"), "stories", "--limit", "1"], check=True,
        stdout=theirs, env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "TERM": "xterm", **environment}, timeout=60)
    os.close(theirs)
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        assert (b"\x1b[" in terminal.read(4096)) is is_coloured


def test_what_failed_for_one_reason_is_told_once_and_never_as_nothing_new(capfd: pytest.CaptureFixture[str]) -> None:
    full = [Broken(url=f"https://a.kr/{n}", error=in_words(DiskFull("the disk is full"))) for n in range(90)]
    defect = Broken(url="https://a.kr/defect", error=in_words(KeyError("x")))
    tell(CrawlReport(started_at=clock.now(), broken=[*full, defect]), (), Wording("ko"), ("a",))
    out, err = capfd.readouterr()
    assert "새 기사가 없습니다" not in out
    assert err.startswith("  90곳을 처리하지 못했습니다: the disk is full\n    https://a.kr/0\n")
    assert "report it (KeyError: 'x')\n    https://a.kr/defect\n" in err
    assert len(err.splitlines()) < 10


@pytest.mark.parametrize("verb", [("search", "거문도"), ("stories",)])
def test_a_list_that_was_cut_says_so(verb: tuple[str, ...], sosik: Sosik) -> None:
    assert sosik(*verb, "--limit", "1").stderr.decode() == "앞의 1건만 보였습니다. 더 보려면 --limit을 늘리세요.\n"
    assert sosik(*verb, "--limit", "1", "--json").stdout.count(b"\n") == 1
    for more in (("--limit", "1000"), ("--limit", "1", "--json")):
        assert sosik(*verb, *more).stderr == b""


def test_more_to_read_is_asked_for_by_one_option(sosik: Sosik) -> None:
    for verb in ("crawl", "daemon"):
        assert b"-v, --verbose" in sosik(verb, "--help").stdout
