"""`sosik search`, `export`, `replay`, `db` as they are typed."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from crawler.cli import moment
from crawler.cli.main import main, sosik
from crawler.cli.replay import read_again
from crawler.lock import only_daemon
from pipelines import clock
from pipelines.article import Page, Refusal, RefusalReason
from pipelines.errors import AlreadyRunning
from pipelines.outcome import Outcome
from pipelines.record import record
from pipelines.store.database import open_store
from tests.store.making import DEEPSEEK, FOREST, NOW, POLICY, article, match, page, reading, refusal
from tests.store.test_database import flip

PAGE = """<html lang=ko><head><meta charset=utf-8><title>{title}</title>
<meta property="og:type" content="article"><meta property="og:title" content="{title}">
<meta property="article:published_time" content="2025-02-03T13:00:00+09:00"></head>
<body><article><h1>{title}</h1>{body}</article></body></html>"""


def written(title: str, paragraphs: tuple[str, ...]) -> bytes:
    return PAGE.format(title=title, body="".join(f"<p>{p}</p>" for p in paragraphs)).encode()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a database of two articles and one refusal."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SOSIK_CONFIG", raising=False)
    (tmp_path / "sosik.toml").write_text('[sosik]\nlanguage = "en"\ndata_dir = "."\n')
    made = page("a", body=written("딥시크 새 모델에 반도체 업계 긴장", DEEPSEEK))
    snow = page("b", body=written("대설특보에 탐방로 통제", FOREST))
    with open_store(tmp_path / "sosik.db") as store:
        record(store, reading(article(), made, matches=[match()]), now=NOW, policy=POLICY)
        record(store, reading(article("대설특보에 탐방로 통제", FOREST, press="강원일보"), snow), now=NOW, policy=POLICY)
        record(store, refusal(at=page("c", body=written("눈 그친 산간, 제설 마무리", FOREST[::-1]))), now=NOW, policy=POLICY)
    yield tmp_path  # noqa: PT022  # the folder is left before it goes


@pytest.mark.parametrize(("text", "first", "last"), [
    ("2025-02-03", "2025-02-02T15:00:00Z", "2025-02-03T14:59:59Z"),
    ("2025-02-03T14:00", "2025-02-03T05:00:00Z", "2025-02-03T05:00:00Z"),
    ("2025-02-03 14:00", "2025-02-03T05:00:00Z", "2025-02-03T05:00:00Z"),
    ("2025-02-03T05:00:00Z", "2025-02-03T05:00:00Z", "2025-02-03T05:00:00Z"),
])
def test_a_time_is_korean_and_a_day_is_all_of_it(text: str, first: str, last: str) -> None:
    assert (clock.stored(moment.since(text)), clock.stored(moment.until(text))) == (first, last)


def test_a_span_counts_back_from_now() -> None:
    ago = clock.now() - moment.since("36h")
    assert timedelta(hours=36) <= ago < timedelta(hours=36, minutes=1)


@pytest.mark.parametrize("text", ["soon", "", "24", "1y", "2025-13-01", "h"])
def test_what_is_no_time_is_told(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no time"):
        moment.since(text)


def typed(*arguments: str) -> Result:
    return CliRunner().invoke(sosik, arguments, catch_exceptions=False)


def test_search_shows_title_press_time_place_and_link(folder: Path) -> None:
    lines = typed("search", "대청봉").output.splitlines()
    assert lines[0] == "대설특보에 탐방로 통제"
    assert lines[1].startswith("  강원일보 · 2025-02-03 13:00 · story 2")
    assert "대청봉에는 밤사이" in lines[2]
    assert lines[3] == "  https://news.example/b"


def test_search_as_json(folder: Path) -> None:
    (line,) = typed("search", "딥시크", "--json", "--topic", "china-ai").output.splitlines()
    hit = json.loads(line)
    assert (hit["article"], hit["title_marks"], hit["at"]) == (1, [[0, 3]], "2025-02-03T04:00:00Z")


def test_words_may_be_typed_without_quotes(folder: Path) -> None:
    assert typed("search", "딥시크", "여의도").output.startswith("딥시크 새 모델")


def test_search_without_a_hit_says_so(folder: Path) -> None:
    assert typed("search", "없는말").output == "No article found.\n"


@pytest.mark.parametrize(("arguments", "status", "told"), [
    (["search", "("], 2, "query: "),
    (["search", "딥시크", "--since", "soon"], 2, "is no time; write 24h"),
    (["search"], 2, "Missing argument"),
    (["export", "--format", "xls"], 2, "'xls' is not one of"),
    (["export", "--warc", "--topic", "china-ai"], 2, "--warc takes --since"),
    (["export", "-o", "nowhere/out.csv"], 2, "cannot be written"),
    (["export", "-o", "full"], 2, "cannot be written"),
    (["--db", "typo.db", "search", "딥시크"], 1, "no database yet"),
    (["--db", "typo.db", "db", "stats"], 1, "no database yet"),
    (["--db", "typo.db", "export"], 1, "no database yet"),
    (["--db", "typo.db", "replay"], 1, "no database yet"),
    (["--db", "typo.db", "stories"], 1, "no database yet"),
    (["--db", "typo.db", "judge", "5", "yes"], 1, "no database yet"),
    (["--db", "typo.db", "topics", "test", "china-ai"], 1, "no database yet"),
    (["--db", "typo.db", "topics", "apply", "china-ai"], 1, "no database yet"),
    (["--db", "typo.db", "topics", "explain", "china-ai", "5"], 1, "no database yet"),
    (["--db", "typo.db", "alerts", "list"], 1, "no database yet"),
    (["--db", "typo.db", "alerts", "show", "1"], 1, "no database yet"),
    (["--db", "typo.db", "alerts", "send"], 1, "no database yet"),
    (["--db", "typo.db", "alerts", "retry"], 1, "no database yet"),
    (["--db", "typo.db", "alerts", "mute", "1"], 1, "no database yet"),
    (["--db", "typo.db", "alerts", "preview"], 1, "no database yet"),
    (["--db", "sosik.toml", "db", "check"], 1, "damaged or not a database"),
    (["db", "restore"], 1, "no good backup"),
    (["db", "restore", "sosik.toml"], 1, "damaged"),
    (["db", "prune", "--keep-raw-days", "-1"], 2, "not in the range"),
])
def test_a_mistake_is_one_clear_message(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, told: str
) -> None:
    (folder / "full").symlink_to("/dev/full")
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    shown = capsys.readouterr().err
    assert ended.value.code == status
    assert told in shown
    assert "Traceback" not in shown
    assert not (folder / "typo.db").exists()


@pytest.mark.parametrize(("form", "start"), [
    ("jsonl", b'{"id": 1'), ("csv", b"\xef\xbb\xbfid,"), ("rss", b"<?xml"), ("parquet", b"PAR1"),
])
def test_export_writes_a_file_that_is_there_when_it_is_whole(folder: Path, form: str, start: bytes) -> None:
    assert typed("export", "--format", form, "-o", "out").exit_code == 0
    assert (folder / "out").read_bytes().startswith(start)
    assert not (folder / "out.partial").exists()


@pytest.mark.parametrize(("name", "start"), [("out.CSV", b"\xef\xbb\xbfid,"), ("out.rss", b"<?xml"), ("out", b'{"id": 1')])
def test_without_a_format_the_name_of_the_file_says_it(folder: Path, name: str, start: bytes) -> None:
    assert typed("export", "-o", name).exit_code == 0
    assert (folder / name).read_bytes().startswith(start)


def test_a_dash_is_standard_output(folder: Path) -> None:
    assert typed("export", "-o", "-").stdout_bytes.startswith(b'{"id": 1')
    assert typed("sources", "export", "-o", "-").stdout_bytes.startswith(b"<?xml")
    assert not (folder / "-").exists()


def test_export_writes_into_a_pipe_and_does_not_replace_it(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    reader = os.open(folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert typed("export", "-o", "pipe").exit_code == 0
        assert os.read(reader, 9) == b'{"id": 1,'
    finally:
        os.close(reader)
    assert stat.S_ISFIFO((folder / "pipe").stat().st_mode)


def test_export_through_a_link_leaves_the_link(folder: Path) -> None:
    (folder / "there").mkdir()
    (folder / "link.jsonl").symlink_to(folder / "there" / "out.jsonl")
    assert typed("export", "-o", "link.jsonl").exit_code == 0
    assert (folder / "link.jsonl").is_symlink()
    assert (folder / "there" / "out.jsonl").read_bytes().startswith(b'{"id": 1')


def test_export_writes_to_standard_output(folder: Path) -> None:
    assert [json.loads(line)["id"] for line in typed("export", "--press", "강원일보").output.splitlines()] == [2]


def test_export_of_pages(folder: Path) -> None:
    typed("export", "--warc", "-o", "pages.warc")
    assert (folder / "pages.warc").read_bytes().count(b"WARC-Target-URI") == 3


def test_backup_check_and_restore(folder: Path) -> None:
    assert "checked" in typed("db", "backup").output
    assert "all is well" in typed("db", "check").output
    flip(folder / "sosik.db", "article")
    assert typed("db", "check").exit_code == 1
    restored = typed("db", "restore").output
    assert "What stood there before was moved to" in restored
    assert "all is well" in typed("db", "check").output


def test_a_linked_database_stays_linked_and_its_backups_lie_beside_the_file_itself(folder: Path) -> None:
    (folder / "disk").mkdir()
    (folder / "sosik.db").rename(folder / "disk" / "news.db")
    (folder / "sosik.db").symlink_to("disk/news.db")
    typed("db", "backup")
    assert "What stood there before was moved to" in typed("--db", "sosik.db", "db", "restore").output
    assert (folder / "sosik.db").is_symlink()
    assert len(list((folder / "disk" / "backups").iterdir())) == 1
    assert json.loads(typed("db", "stats", "--json").output)["articles"] == 2


def test_one_daemon_runs_on_a_database_by_whatever_name_and_nothing_is_restored_meanwhile(folder: Path) -> None:
    (folder / "link.db").symlink_to("sosik.db")
    typed("db", "backup")
    (folder / "other.toml").write_text('[sosik]\ndata_dir = "elsewhere"\ndatabase = "../link.db"\n')
    mask = os.umask(0o022)  # the daemon sets its own
    with only_daemon(folder / "sosik.db"):
        for command in (["daemon"], ["--db", "link.db", "daemon"], ["--config", "other.toml", "daemon"], ["db", "restore"]):
            with pytest.raises(AlreadyRunning, match=str(os.getpid())):
                CliRunner().invoke(sosik, command, catch_exceptions=False)
    os.umask(mask)
    assert not list(folder.glob("*replaced*"))


def test_a_backup_by_hand_leaves_as_many_as_the_daemon_does(folder: Path) -> None:
    with (folder / "sosik.toml").open("a") as settings:
        settings.write("[daemon]\nbackups = 9\n")
    (folder / "backups").mkdir()
    old = [folder / "backups" / f"sosik-2024010{day}T000000Z.db" for day in range(1, 10)]
    for each in old:
        each.write_bytes(b"old")
    typed("db", "backup")
    assert [each.exists() for each in old] == [False] + [True] * 8


def test_prune_and_stats(folder: Path) -> None:
    before = json.loads(typed("db", "stats", "--json").output)
    assert (before["articles"], before["raw_pages"]) == (2, 3)
    assert "Deleted 2 pages" in typed("db", "prune", "--compact").output
    shown = typed("db", "stats").output
    assert "articles        2 (0 revisions, 0 withdrawn)" in shown
    assert "raw pages       1" in shown


def test_status_and_stats_say_the_same_of_the_size(folder: Path) -> None:
    (size,) = re.findall(r"\(([\d.]+ [KM]B)\)", typed("status").output)
    assert re.search(rf"size +{re.escape(size)} ", typed("db", "stats").output)


class FailingReader:
    """Fails on one page, as a defect of ours would."""

    async def understand(self, page: Page) -> Refusal:
        if page.url.endswith("/b"):
            raise KeyError("a defect")
        return Refusal(reason=RefusalReason.EMPTY)


def test_replay_goes_on_after_a_page_on_which_sosik_fails() -> None:
    pages = iter([page("a"), page("b"), page("c")])
    told = [(at.url[-1], type(result).__name__) for at, result in read_again(FailingReader(), pages)]  # type: ignore[arg-type]
    assert told == [("a", "Refusal"), ("b", "KeyError"), ("c", "Refusal")]


@pytest.mark.slow
def test_replay_reads_again_reports_and_alerts_no_one(folder: Path) -> None:
    """Article 1 was read by a worse reader, page c was refused by one that knew no better."""
    with open_store(folder / "sosik.db") as store:
        store.db.execute("UPDATE article SET title = '네이버뉴스', text = '딥시크' WHERE id = 1")
    trial = typed("replay", "--dry-run").output
    assert "changed  https://news.example/a" in trial
    assert "new      https://news.example/c" in trial
    with open_store(folder / "sosik.db") as store:
        assert [title for (title,) in store.db.execute("SELECT title FROM article")] == ["네이버뉴스", "대설특보에 탐방로 통제"]
    typed("replay")
    with open_store(folder / "sosik.db") as store:
        rows = store.db.execute("SELECT title, text FROM article ORDER BY id").fetchall()
        assert rows[0] == ("딥시크 새 모델에 반도체 업계 긴장", "\n".join(DEEPSEEK))
        assert rows[2][0] == "눈 그친 산간, 제설 마무리"
        assert store.db["revision"].count == 0
        assert store.db["delivery"].count == 1  # the one from before
        assert store.db.execute("SELECT outcome FROM address WHERE key LIKE '%/c'").fetchone() == (Outcome.STORED,)
    again = typed("replay").output
    assert "3 as before, 0 changed, 0 new, 0 still refused, 0 refused now" in again
    assert "No alerts were sent" in again
