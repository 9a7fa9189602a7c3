"""What a user types wrongly ends in one clear message on standard error and exit status 2; what cannot be done, in 1."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.cli.main import main
from pipelines.store.database import open_store
from tests.cli.conftest import Sosik
from tests.stories.test_by_hand import EVENT, put

BIG = "9" * 24  # more than SQLite can number


def typed(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error."""
    with pytest.raises(SystemExit) as left:
        main([*arguments])
    out, err = capfd.readouterr()
    return int(left.value.code or 0), out, err


@pytest.fixture(autouse=True)
def in_the_archive(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(archive)


@pytest.mark.parametrize("number", [BIG, "0", "abc", "²", "1.5", ""])
@pytest.mark.parametrize("command", [
    ("show",), ("story", "join", "1"), ("story", "split", "1"), ("alerts", "show"), ("alerts", "mute"), ("alerts", "retry"),
    ("alerts", "preview"),
])
def test_what_is_no_number_is_refused_by_every_command(
    command: tuple[str, ...], number: str, capfd: pytest.CaptureFixture[str]
) -> None:
    status, _, err = typed(capfd, *command, number)
    assert status == 2
    assert f"{number!r} is no number" in err


@pytest.mark.parametrize("command", [("judge",), ("topics", "explain", "china-ai")])
@pytest.mark.parametrize("article", [BIG, "²", "999"])
def test_an_article_that_no_archive_can_hold_is_not_found(
    command: tuple[str, ...], article: str, capfd: pytest.CaptureFixture[str]
) -> None:
    verdict = ("yes",) if command == ("judge",) else ()
    status, _, err = typed(capfd, *command, article, *verdict)
    assert status == 2
    assert err.startswith(f"sosik: {article}: ")


@pytest.mark.parametrize("when", ["어제", "-3d", "2025-02-30", "0001-01-01", "", "2025\n02"])
@pytest.mark.parametrize("command", [
    ("stories",), ("search", "딥시크"), ("export",), ("replay",), ("crawl", "yna"), ("topics", "test", "china-ai"),
    ("topics", "apply", "china-ai"),
])
def test_what_is_no_time_is_refused_by_every_command_with_the_forms_it_takes(
    command: tuple[str, ...], when: str, capfd: pytest.CaptureFixture[str]
) -> None:
    status, _, err = typed(capfd, *command, "--since", when)
    assert status == 2
    assert "is no time; write 24h, 7d, 2025-02-03 or 2025-02-03T14:00" in err


def test_a_file_whose_ending_tells_no_form_is_refused_with_those_there_are(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("articles.xlsx", "articles.json"):
        status, _, err = typed(capfd, "export", "-o", str(tmp_path / name))
        assert (status, ".jsonl, .csv, .parquet, .rss, or say --format" in err) == (2, True)
        assert not (tmp_path / name).exists()
    for options in (("-o", str(tmp_path / "articles")), ("-o", str(tmp_path / "articles.txt"), "--format", "csv")):
        assert typed(capfd, "export", *options)[0] == 0


@pytest.mark.parametrize("command", [("search", "딥시크"), ("export",), ("crawl", "yna")])
def test_nothing_can_lie_between_a_day_and_one_before_it(command: tuple[str, ...], capfd: pytest.CaptureFixture[str]) -> None:
    status, _, err = typed(capfd, *command, "--since", "2025-04-01", "--until", "2025-01-01")
    assert status == 2
    assert "--since is later than --until" in err


@pytest.mark.parametrize("when", ["24h", "2025-02-03", "2025-02-03T14:00", "2099-01-01", "9999-12-31"])
def test_every_form_of_a_time_is_taken(when: str, capfd: pytest.CaptureFixture[str]) -> None:
    for command in (("stories",), ("export",), ("topics", "test", "china-ai")):
        status, _, err = typed(capfd, *command, "--since", when)
        assert (status, err.replace("찾은 기사가 없습니다.\n", "")) == (0, ""), command


@pytest.mark.parametrize("command", [
    "stories --topic china-ia", "search 딥시크 --topic china-ia", "alerts list --topic china-ia", "export --topic china-ia",
    "export --format rss --topic china-ia", "judge 1 yes --topic china-ia", "match --jsonl --topic china-ia",
    "topics explain china-ia 1", "topics test china-ia", "topics apply china-ia",
])
def test_a_topic_that_nobody_knows_is_a_mistake_and_no_empty_list(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    status, out, err = typed(capfd, *command.split())
    assert (status, out) == (2, "")
    assert err == 'sosik: there is no topic "china-ia"; did you mean "china-ai"? (known: china-ai)\n'


def test_a_topic_of_the_settings_that_nobody_knows_is_named_without_a_path(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sosik.toml").write_text('[sosik]\ntopics = ["china-ia"]\n', encoding="utf-8")
    status, _, err = typed(capfd, "--config", str(tmp_path / "sosik.toml"), "topics", "list")
    assert status == 2
    assert err.startswith('sosik: there is no topic "china-ia"; did you mean "china-ai"? (shipped: china-ai)')


def test_a_topic_without_matches_is_known_by_the_name_in_its_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file.toml").write_text('name = "robots"\nquery = "로봇"\n', encoding="utf-8")
    (tmp_path / "sosik.toml").write_text('[sosik]\ntopics = ["file.toml"]\n', encoding="utf-8")
    command = ("--config", str(tmp_path / "sosik.toml"), "--db", "sosik.db", "stories", "--topic")
    assert typed(capfd, *command, "robots")[0] == 0
    assert typed(capfd, *command, "china-ai")[0] == 0, "it has matches"
    assert typed(capfd, *command, "file")[0] == 2


@pytest.mark.parametrize(("name", "meant"), [("연합뉴슈", "연합뉴스"), ("조선", "조선일보"), ("yna", "연합뉴스"), ("", "")])
@pytest.mark.parametrize("command", [("search", "딥시크"), ("export",), ("export", "--format", "csv")])
def test_a_press_that_nobody_knows_is_a_mistake_and_no_empty_list(
    command: tuple[str, ...], name: str, meant: str, capfd: pytest.CaptureFixture[str]
) -> None:
    status, out, err = typed(capfd, *command, "--press", name)
    near = f'; did you mean "{meant}"?' if meant else ""
    assert (status, out) == (2, "")
    assert err == f'sosik: there is no press "{name}"{near} (names: sosik sources list)\n'


def test_a_press_is_known_by_the_list_its_other_spellings_own_sources_and_what_is_stored(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    block = '[[source]]\nname = "own"\ntitle = "우리동네신문"\nhosts = ["own.invalid"]\nfeeds = ["https://own.invalid/rss"]\n'
    (tmp_path / "sources.toml").write_text(block, encoding="utf-8")
    (tmp_path / "sosik.toml").write_text('[sosik]\ndata_dir = "."\nsources_file = "sources.toml"\n', encoding="utf-8")
    with open_store(tmp_path / "sosik.db") as store:
        put(store, replace(EVENT["wire"], press="산골 통신"), "a")
    for name, hits in (("KBS", 0), ("Yonhap News", 0), ("우리동네신문", 0), ("산골 통신", 1)):
        status, out, err = typed(capfd, "--config", str(tmp_path / "sosik.toml"), "export", "--press", name)
        assert (status, out.count("\n")) == (0, hits), err
    assert typed(capfd, "--config", str(tmp_path / "sosik.toml"), "export", "--press", "산골")[0] == 2


def test_an_export_says_how_much_it_wrote_and_when_it_was_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "articles.jsonl"
    status, out, err = typed(capfd, "export", "-o", str(file))
    count = len(file.read_text(encoding="utf-8").splitlines())
    assert (status, out, err) == (0, "", f"{file}에 {count}건을 저장했습니다.\n")
    assert typed(capfd, "export", "--since", "2099-01-01") == (0, "", "찾은 기사가 없습니다.\n")
    assert typed(capfd, "search", "--json", "없는낱말") == (0, "", "찾은 기사가 없습니다.\n")
    assert typed(capfd, "stories", "--json", "--query", "없는낱말")[:2] == (0, "")


def test_a_source_that_has_no_page_and_no_entry_is_no_source(capfd: pytest.CaptureFixture[str]) -> None:
    status, out, err = typed(capfd, "replay", "--source", "yma")
    assert (status, out) == (2, "")
    assert "yma: no such source" in err


@pytest.mark.parametrize("days", ["-1", BIG, "99999999"])
def test_raw_pages_are_kept_for_a_number_of_days_that_a_calendar_has(days: str, capfd: pytest.CaptureFixture[str]) -> None:
    status, _, err = typed(capfd, "db", "prune", "--keep-raw-days", days)
    assert status == 2
    assert "--keep-raw-days" in err


@pytest.mark.parametrize(("setting", "complaint"), [
    ("[fetch]\ndelay_s = inf", "fetch.delay_s: is too large"),
    ("[fetch]\ndelay_s = nan", "fetch.delay_s: must be greater than 0"),
    ("[fetch]\nredirects_max = -1", "fetch.redirects_max: must lie between 0 and 100"),
    ("[fetch]\nallow_ports = [80, 70000]", "fetch.allow_ports: must lie between 1 and 65535"),
    ("[read]\nkeep_raw_days = 9999999999", "read.keep_raw_days: must lie between 0 and 36500"),
    ("[mail]\nport = 0", "mail.port: must lie between 1 and 65535"),
    ("[daemon]\nmetrics_port = -1", "daemon.metrics_port: must lie between 0 and 65535"),
    ("[daemon]\nrevisit_hours = [1, 1e300]", "daemon.revisit_hours: must lie between 0.01 and 8760"),
    ('[[recipient]]\nto = "a@b.kr"\nminimum_score = 7', "recipient.minimum_score: must lie between 0 and 1"),
    ('[sosik]\ncontact = "문의"', "sosik.contact: goes into an HTTP header"),
])
def test_a_setting_that_cannot_work_is_refused_with_its_line(
    setting: str, complaint: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "sosik.toml"
    path.write_text(setting, encoding="utf-8")
    status, _, err = typed(capfd, "--config", str(path), "topics", "list")
    assert status == 2
    assert err.startswith(f"sosik: {path}:{setting.count(chr(10)) + 1}: {complaint}")


def test_a_password_file_that_is_no_text_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "secret").write_bytes(b"\x9c\xff")
    monkeypatch.setenv("SOSIK_SMTP_PASSWORD_FILE", str(tmp_path / "secret"))
    status, _, err = typed(capfd, "topics", "list")
    assert (status, "secret is not UTF-8 text" in err) == (2, True)


@pytest.mark.parametrize("option", ["page.html", "--explain", "--json"])
def test_lines_and_files_are_not_read_at_once(option: str, capfd: pytest.CaptureFixture[str]) -> None:
    status, _, err = typed(capfd, "read", "--jsonl", option)
    assert (status, "--jsonl reads from standard input" in err) == (2, True)


def test_each_line_of_pairs_is_answered_whatever_it_holds(sosik: Sosik, archive: Path) -> None:
    beyond = b'{"id": 1, "a": {"date": "0001-01-01"}, "b": {"date": "9999-12-31T23:59:59-23:59"}}'
    (archive / "pairs").write_bytes(b"\n".join((beyond, b"\xff\xfe", b"[" * 100_000, b"")))
    done = sosik("relate", "--jsonl", shell="< pairs")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, [answer["id"] for answer in answers]) == (0, [1, None, None])
    assert "relation" in answers[0]
    assert all("error" in answer for answer in answers[1:])


def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    status, _, err = typed(capfd, "topics", "new", os.fspath(tmp_path / "nowhere" / "abc"))
    assert (status, err) == (2, f"sosik: {tmp_path}/nowhere/abc.toml: cannot be written: No such file or directory\n")


def test_tables_that_are_missing_are_a_message(archive: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "other.db"
    path.write_bytes((archive / "sosik.db").read_bytes())
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DROP TABLE beat")
    status, _, err = typed(capfd, "--db", str(path), "status")
    assert (status, "no such table: beat" in err, "Traceback" in err) == (1, True, False)


def test_one_mistake_in_a_long_query_is_shown_with_its_surroundings(capfd: pytest.CaptureFixture[str]) -> None:
    status, _, err = typed(capfd, "search", "가 " * 150 + "titel:나 " + "다 " * 40)
    message, line, caret = err.splitlines()
    assert status == 2
    assert '"titel" is not a field' in message
    assert len(line) <= 2 + 60 + 60
    columns = sum(2 if letter >= "가" else 1 for letter in line[: line.index("titel")])
    assert caret == " " * columns + "^"


@pytest.mark.parametrize("option", ["--db", "--config"])
def test_a_folder_in_the_place_of_a_file_is_told_as_such(option: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    status, _, err = typed(capfd, option, str(tmp_path), "status")
    assert (status, f"File '{tmp_path}' is a directory." in err) == (2, True)


def test_a_mistyped_database_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    assert "nope.db" in typed(capfd, "--db", "nope.db", "status")[1]


@pytest.mark.parametrize("command", [
    "db restore nope.db", "read nope.html", "read ftp://host/page", "topics new nowhere/abc", "topics explain china-ai nope.txt",
    "sources import nope.opml", "export -o nowhere/file", "alerts preview 1 --html nowhere/file",
    "match --jsonl --topic nope.toml",
])
def test_a_file_that_was_typed_wrongly_ends_with_2_whichever_verb_was_to_use_it(
    command: str, capfd: pytest.CaptureFixture[str]
) -> None:
    status, out, err = typed(capfd, *command.split())
    assert (status, out) == (2, "")
    assert command.split()[-1] in err


def test_a_topic_without_a_name_is_no_folder(capfd: pytest.CaptureFixture[str]) -> None:
    status, _, err = typed(capfd, "match", "--jsonl", "--topic", "")
    assert (status, err) == (2, 'sosik: there is no topic "" (known: china-ai)\n')


def test_a_starter_file_takes_no_name_of_a_shipped_topic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert typed(capfd, "topics", "new", "china-ai") == (
        2, "", "sosik: china-ai is a topic that comes with sosik; choose another name.\n")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", [
    "stories --topic ?", "export --topic ?", "topics explain china-ai http://news.example/?", "replay --source ?", "judge ? yes",
    "search ?", "export --press ?", "db backup ?", "crawl ?", "read ?", "alerts test --to ?", "?",
])
def test_what_was_typed_in_another_encoding_is_a_mistake(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    status, out, err = typed(capfd, *(each.replace("?", "\udcb1\udce2") for each in command.split()))
    assert (status, out, "Traceback" in err) == (2, "", False)


def test_a_file_may_have_a_name_in_another_encoding(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert typed(capfd, "export", "-o", f"{tmp_path}/\udcb1\udce2.jsonl")[0] == 0
    assert typed(capfd, "topics", "explain", "china-ai", f"{tmp_path}/\udcb1\udce2.jsonl")[0] == 0


@pytest.mark.parametrize("option", ["--config", "--db"])
def test_an_option_of_sosik_behind_the_verb_is_told_where_it_stands(option: str, capfd: pytest.CaptureFixture[str]) -> None:
    for verb in (("status",), ("alerts", "list")):
        status, _, err = typed(capfd, *verb, option, "x")
        assert (status, f"Error: {option} stands before the verb: sosik {option} …\n" in err) == (2, True)
