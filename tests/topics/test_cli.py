"""The commands of topics, as typed."""

from __future__ import annotations

import gzip
import json
import re
import resource
import shlex
import unicodedata
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crawler.cli.main import sosik
from pipelines.errors import SosikError
from pipelines.record import record
from pipelines.store.database import open_store
from tests.store.making import FOREST, NOW, POLICY, article, match, page, reading


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with settings and an archive of two articles; commands are typed there."""
    monkeypatch.chdir(tmp_path)
    Path("sosik.toml").write_text(
        '[sosik]\nlanguage = "en"\ndata_dir = "."\ntopics = ["china-ai", "mine.toml"]\n', encoding="utf-8")
    Path("mine.toml").write_text('name = "mine"\nquery = "설악산"\n', encoding="utf-8")
    with open_store(tmp_path / "sosik.db") as store:
        record(store, reading(article(), page("a1"), matches=(match(),)), now=NOW, policy=POLICY)
        record(store, reading(article("설악산에 큰눈", FOREST), page("a2")), now=NOW, policy=POLICY)
    return tmp_path


def typed(*arguments: str, given: str = "") -> Result:
    done = CliRunner().invoke(sosik, list(arguments), input=given)
    if done.exception and not isinstance(done.exception, SosikError | SystemExit):
        raise done.exception
    return done


def test_list_shows_what_is_watched() -> None:
    done = typed("topics", "list")
    assert "china-ai: China AI · watched" in done.output
    assert "mine: mine · watched" in done.output
    assert "설악산" in done.output


def test_new_writes_a_starter_that_works() -> None:
    assert "Wrote panda.toml" in typed("topics", "new", "panda").output
    Path("text.txt").write_text("딥시크 AI 공개\n", encoding="utf-8")
    assert "panda: match" in typed("topics", "explain", "panda.toml", "text.txt").output


def test_new_never_overwrites() -> None:
    done = typed("topics", "new", "mine")
    assert "exists already" in str(done.exception)
    assert Path("mine.toml").read_text(encoding="utf-8") == 'name = "mine"\nquery = "설악산"\n'


def test_new_leaves_nothing_half_written() -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))  # as a full disk: a file ends there
    try:
        done = typed("topics", "new", "panda")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "panda.toml: cannot be written" in str(done.exception)
    assert not Path("panda.toml").exists()


@pytest.mark.parametrize(("name", "title", "file"), [
    ("반도체 수출통제", "반도체 수출통제", "반도체-수출통제.toml"), ("chip-export", '"칩" 수출', "chip-export.toml"),
    ("A.I. 법", "A.I. 법", "a-i-법.toml"), (unicodedata.normalize("NFD", "로봇"), "로봇", "로봇.toml"),
])
def test_new_takes_a_title_for_a_name(name: str, title: str, file: str) -> None:
    more = () if title == unicodedata.normalize("NFC", name) else ("--title", title)
    assert f"Wrote {file}" in typed("topics", "new", name, *more).output
    Path("sosik.toml").write_text(f'[sosik]\nlanguage = "en"\ntopics = ["{file}"]\n', encoding="utf-8")
    assert f"{Path(file).stem}: {title} · watched" in typed("topics", "list").output


def test_new_refuses_what_is_no_name_before_writing() -> None:
    before = set(Path.cwd().iterdir())
    done = typed("topics", "new", "半導體")
    assert "sosik topics new my-topic --title '半導體'" in str(done.exception)
    assert set(Path.cwd().iterdir()) == before


def test_a_file_beside_the_settings_is_known_without_its_ending() -> None:
    Path("sosik.toml").write_text('[sosik]\nlanguage = "en"\ndata_dir = "."\ntopics = ["mine"]\n', encoding="utf-8")
    assert "mine: mine · watched" in typed("topics", "list").output
    assert "2 articles" in typed("topics", "test", "mine").output


def test_a_topic_that_is_not_there_is_written_with_the_command_that_is_shown() -> None:
    Path("sosik.toml").write_text('[sosik]\nlanguage = "en"\ndata_dir = "."\ntopics = ["반도체 수출"]\n', encoding="utf-8")
    (shown,) = re.findall(r"sosik (topics new .+), and", str(typed("topics", "list").exception))
    assert typed(*shlex.split(shown)).exit_code == 0


@pytest.mark.parametrize("language", ["ko", "en"])
def test_both_starters_are_good(language: str) -> None:
    Path("sosik.toml").write_text(f'[sosik]\nlanguage = "{language}"\ndata_dir = "."\n', encoding="utf-8")
    assert typed("topics", "new", "panda").exit_code == 0


def test_the_starters_second_way_works_once_the_signs_are_taken_away() -> None:
    typed("topics", "new", "panda")
    lines = Path("panda.toml").read_text(encoding="utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("# -- Way 2"))
    groups = [line.removeprefix("# ").removeprefix("#") for line in lines[start + 2 :]]
    Path("panda.toml").write_text("\n".join(['name = "panda"', *groups]), encoding="utf-8")
    Path("text.txt").write_text("딥시크 공개\n", encoding="utf-8")
    assert "panda: match" in typed("topics", "explain", "panda.toml", "text.txt").output


@pytest.mark.parametrize("what", ["1", "https://news.example/a1"])
def test_explain_a_stored_article(what: str) -> None:
    done = typed("topics", "explain", "china-ai", what)
    assert "china-ai: match" in done.output
    assert "딥시크  ← deepseek (strong, 0–3)" in done.output


def test_explain_says_why_a_low_score_is_a_mention() -> None:
    text = "요금제 셋으로 나눈다\n\n" + "새 요금제는 다음 달부터 시행된다. " * 9 + "딥시크 같은 저가 모델도 배경이다.\n"
    Path("text.txt").write_text(text, encoding="utf-8")
    done = typed("topics", "explain", "china-ai", "text.txt")
    assert re.search(r"mention · score 0\.0\d .*; mention from 0\.20, or by a name or one strong hit\)", done.output)


def test_status_counts_matches_not_articles() -> None:
    for name in ("mine", "yours"):
        Path(f"{name}.toml").write_text(f'name = "{name}"\nquery = "설악산"\n', encoding="utf-8")
        typed("topics", "apply", f"{name}.toml")
    assert "2 articles · 2 stories · 3 topic matches" in typed("status").output


SAVED = "<html><head><title>설악산에 큰눈</title></head><body><article><h1>설악산에 큰눈</h1>{}</article></body></html>".format(
    "".join(f"<p>{line}</p>" for line in FOREST))


@pytest.mark.parametrize("name", ["page.html", "page.HTML", "page.html.gz"])
def test_explain_a_saved_page(name: str) -> None:
    body = SAVED.encode()
    Path(name).write_bytes(gzip.compress(body) if name.endswith(".gz") else body)
    assert "mine: match" in typed("topics", "explain", "mine", name).output


def test_explain_reads_a_page_as_the_users_own_structures_say() -> None:
    Path("own.toml").write_text("[[family]]", encoding="utf-8")
    with Path("sosik.toml").open("a", encoding="utf-8") as file:
        file.write('[read]\nstructures_file = "own.toml"\n')
    Path("page.html").write_text(SAVED, encoding="utf-8")
    assert "own.toml" in str(typed("topics", "explain", "mine", "page.html").exception)


@pytest.mark.parametrize(("what", "message"), [
    ("99", "no such article"), ("https://news.example/none", "sosik crawl https"), ("none.txt", "no such file"),
])
def test_explain_says_what_it_cannot_find(what: str, message: str) -> None:
    done = typed("topics", "explain", "china-ai", what)
    assert message in str(done.exception)


def test_test_shows_gains_losses_and_quality() -> None:
    typed("judge", "1", "yes")
    typed("judge", "2", "no", "--topic", "china-ai")
    Path("china-ai.toml").write_text('name = "china-ai"\nquery = "설악산"\n', encoding="utf-8")
    done = typed("topics", "test", "china-ai.toml")
    assert "1 new match, 1 match lost" in done.output
    assert "+ 2 설악산에 큰눈" in done.output
    assert "− 1 딥시크 새 모델에 반도체 업계 긴장 (match → no)" in done.output
    assert "On 2 judged articles: precision 0.0%, recall 0.0% (0 right, 1 wrong, 1 missed)" in done.output


def test_test_against_an_older_file() -> None:
    Path("old.toml").write_text('name = "mine"\nquery = "딥시크"\n', encoding="utf-8")
    done = typed("topics", "test", "mine", "--against", "old.toml")
    assert "1 new match, 1 match lost" in done.output
    assert "No judged articles yet" in done.output


def test_test_changes_nothing_and_apply_does_without_alerts(desk: Path) -> None:
    typed("topics", "test", "mine")
    assert rows(desk, "SELECT count(*) FROM match WHERE topic = 'mine'") == [(0,)]
    alerts = rows(desk, "SELECT count(*) FROM alert")
    assert "2 articles matched again, 1 changed" in typed("topics", "apply", "mine").output
    assert rows(desk, "SELECT article_id, level FROM match WHERE topic = 'mine'") == [(2, "match")]
    assert rows(desk, "SELECT count(*) FROM match WHERE topic = 'china-ai'") == [(1,)]
    assert rows(desk, "SELECT count(*) FROM alert") == alerts
    assert "0 changed" in typed("topics", "apply", "mine").output


def rows(desk: Path, query: str) -> list[tuple[object, ...]]:
    with open_store(desk / "sosik.db") as store, store.reading() as connection:
        return connection.execute(query).fetchall()


def test_judge_takes_the_topic_of_the_match() -> None:
    assert "Article 1 belongs to china-ai" in typed("judge", "1", "yes").output
    assert "Article 1 does not belong to mine" in typed("judge", "https://news.example/a1", "no", "--topic", "mine").output


def test_judge_says_what_it_cannot_find() -> None:
    assert "no such article" in str(typed("judge", "99", "yes").exception)


def test_judge_asks_when_several_topics_are_possible() -> None:
    assert "may belong to china-ai, mine: name one" in str(typed("judge", "2", "yes").exception)


def test_judge_refuses_a_topic_that_is_not_watched() -> None:
    done = typed("judge", "1", "yes", "--topic", "chinaai")
    assert 'did you mean "china-ai"' in str(done.exception)


def test_a_broken_topic_file_is_named_with_its_line() -> None:
    Path("mine.toml").write_text('name = "mine"\nquery = "(설악산"\n', encoding="utf-8")
    done = typed("topics", "list")
    assert "mine.toml:2: query" in str(done.exception)


def test_match_answers_every_line() -> None:
    lines = [
        json.dumps({"id": 1, "title": "딥시크 공개", "text": None}), json.dumps({"id": 2, "title": "날씨"}), "{", "[]", "",
        json.dumps({"id": 3, "title": 7}), '{"id": 4, "title": "\\ud800 딥시크"}', json.dumps({"id": 5}),
    ]
    done = typed("match", "--jsonl", given="\n".join(lines))
    answers = [json.loads(line) for line in done.output.splitlines()]
    assert [(a["id"], a.get("level", "error")) for a in answers] == [
        (1, "match"), (2, "no"), (None, "error"), (None, "error"), (3, "error"), (4, "match"), (5, "no")]
    assert answers[0]["evidence"] == [{"field": "title", "start": 0, "end": 3, "text": "딥시크", "rule": "deepseek"}]


def test_match_with_a_topic_of_ones_own() -> None:
    done = typed("match", "--jsonl", "--topic", "mine", given='{"id": 1, "title": "설악산 눈"}\n')
    assert json.loads(done.output)["level"] == "match"
