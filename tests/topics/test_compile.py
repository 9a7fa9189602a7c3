"""Topic files: what is wrong is named by file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import FileProblem, UserError
from pipelines.tomlfile import TomlFile
from pipelines.topics import compile_topics, load_topics, shipped
from tests.topics.conftest import topic, verdict

ANCHORS = '[anchor.ai]\nwords = ["인공지능"]\n'


@pytest.mark.parametrize(("text", "line", "message"), [
    ('name = "mine"\n', 0, "needs either one query"),
    ('name = "Mine!"\nquery = "딥시크"\n', 1, "small letters"),
    ('name = "mine"\nquery = "(딥시크"\n', 2, "never closed"),
    ('name = "mine"\nquery = "@bigtec"\n', 2, 'did you mean "bigtech"'),
    ('name = "mine"\nquery = "a"\n', 2, "single letter"),
    ('name = "mine"\nqueri = "딥시크"\n', 2, 'did you mean "query"'),
    (f'name = "mine"\n{ANCHORS}[[entity]]\nid = "x"\nweak = ["키미"]\nneeds = ["al"]\n', 7, 'no anchor "al"'),
    ('name = "mine"\n[[entity]]\nid = "x"\nweak = ["키미"]\n', 2, "weak names need context"),
    ('name = "mine"\n[[entity]]\nid = "x"\n', 2, "has no names"),
    ('name = "mine"\n[[entity]]\nid = "x"\nstrong = ["딥시크", "a"]\n', 4, "single letter"),
    ('name = "mine"\n[[entity]]\nid = "x"\nstrong = "딥시크"\n', 4, "must be a list"),
    ('name = "mine"\n[[entity]]\nid = "x"\nstrong = ["딥시크"]\nsubtopic = "models"\n', 5, 'no subtopic "models"'),
    ('name = "mine"\n[[entity]]\nid = "x"\nstrong = ["딥시크"]\n[[entity]]\nid = "x"\nstrong = ["큐원"]\n', 6, "used twice"),
    (f'name = "mine"\n{ANCHORS}[[rule]]\nid = "r"\nall = ["ai", "china"]\n', 6, 'no anchor "china"'),
    (f'name = "mine"\n{ANCHORS}[[rule]]\nid = "r"\nall = ["ai"]\nstrength = "strongly"\n', 7, 'did you mean "strong"'),
    (f'name = "mine"\n{ANCHORS}[[rule]]\nid = "r"\nall = ["ai"]\n[[veto]]\nid = "v"\ndrops = ["a1"]\n', 9, "no anchor or entity"),
    ('name = "mine"\nquery = "딥시크"\n[levels]\nmatch = 5\n', 4, "between 0 and 1"),
    ('name = "mine"\nquery = "딥시크\n', 2, "not valid TOML"),
])
def test_a_fault_is_named_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(FileProblem) as caught:
        compile_topics([TomlFile(text, "mine.toml")])
    assert message in str(caught.value)
    assert caught.value.line == line
    assert "mine.toml" in str(caught.value)


def test_an_unknown_name_tells_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(UserError, match='did you mean "china-ai"'):
        load_topics(["chinaai"], tmp_path)


def test_a_caret_stands_under_the_fault_of_a_query_also_behind_hangul() -> None:
    with pytest.raises(FileProblem) as caught:
        compile_topics([TomlFile('name = "mine"\nquery = "딥시크 (큐원"\n', "mine.toml")])
    assert str(caught.value).endswith("\n  딥시크 (큐원\n         ^"), "Hangul takes two columns"


def test_two_topics_may_not_share_a_name(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text('name = "same"\nquery = "딥시크"\n', encoding="utf-8")
    with pytest.raises(FileProblem, match="two topics"):
        load_topics(["a.toml", "b.toml"], tmp_path)


def test_the_shipped_topic_loads_beside_the_users_own(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('name = "mine"\nquery = "푸바오"\n', encoding="utf-8")
    loaded = load_topics(["china-ai", "mine.toml"], tmp_path)
    assert [t.name for t in loaded.topics] == ["china-ai", "mine"]
    assert shipped() == ("china-ai",)


def test_sets_are_shared_and_the_users_own_lie_beside(tmp_path: Path) -> None:
    (tmp_path / "sets.toml").write_text('[sets]\npandas = ["푸바오", "루이바오"]\n', encoding="utf-8")
    (tmp_path / "mine.toml").write_text('name = "mine"\nquery = "@pandas OR @bigtech"\n', encoding="utf-8")
    loaded = load_topics(["mine.toml"], tmp_path)
    assert verdict(loaded, "루이바오 돌잔치") is not None
    assert verdict(loaded, "텐센트 실적 발표") is not None
    assert verdict(loaded, "날씨 맑음") is None


def test_every_subtopic_of_the_issue_is_shipped() -> None:
    names = {s.id for s in load_topics(["china-ai"], Path.cwd()).topics[0].file.subtopic}
    assert names == {"models", "bigtech", "chips", "policy", "security", "robotics", "autonomous", "investment", "talent"}


def test_topics_do_not_disturb_one_another() -> None:
    both = compile_topics([
        TomlFile('name = "one"\nquery = "딥시크"\n', "one.toml"), TomlFile('name = "two"\nquery = "푸바오"\n', "two.toml")])
    alone = topic('query = "딥시크"\n', "one")
    assert verdict(both, "딥시크 공개") == verdict(alone, "딥시크 공개")


def test_a_phrase_takes_in_a_set(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'name = "mine"\n[sets]\nland = ["중국", "^US"]\nfair = ["@land 박람회", "만국 박람회"]\n'
        '[[entity]]\nid = "fair"\nstrong = ["국제 @fair 개막", "@land과의 교역"]\n', encoding="utf-8")
    words = {each.written for each in load_topics(["mine"], tmp_path).index.words}
    assert words == {"국제 중국 박람회 개막", "국제 US 박람회 개막", "국제 만국 박람회 개막", "중국과의 교역", "US과의 교역"}


def test_a_set_that_names_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'name = "mine"\nquery = "@one"\n[sets]\none = ["@two"]\ntwo = ["큐원", "새 @one"]\n', encoding="utf-8")
    with pytest.raises(FileProblem, match="names itself"):
        load_topics(["mine"], tmp_path)
