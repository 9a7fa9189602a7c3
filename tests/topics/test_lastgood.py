"""A topic that is being edited goes on working."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import FileProblem
from pipelines.topics import load_or_last_good
from tests.topics.conftest import level

GOOD = 'name = "mine"\nquery = "딥시크"\n'


def test_the_last_good_version_is_used_while_the_file_is_broken(tmp_path: Path) -> None:
    mine, kept = tmp_path / "mine.toml", tmp_path / "kept"
    mine.write_text(GOOD, encoding="utf-8")
    load_or_last_good(["mine.toml"], tmp_path, kept)
    mine.write_text('name = "mine"\nquery = "(딥시크"\n', encoding="utf-8")
    topics, (problem,) = load_or_last_good(["mine.toml"], tmp_path, kept)
    assert level(topics, "딥시크 공개") == "match"
    assert (problem.file, problem.line) == (mine, 2)
    mine.write_text('name = "mine"\nquery = "푸바오"\n', encoding="utf-8")
    topics, problems = load_or_last_good(["mine.toml"], tmp_path, kept)
    assert level(topics, "딥시크 공개") == "no"
    assert problems == ()


def test_a_file_that_vanished_is_a_problem_and_the_topic_stays(tmp_path: Path) -> None:
    mine, kept = tmp_path / "mine.toml", tmp_path / "kept"
    mine.write_text(GOOD, encoding="utf-8")
    load_or_last_good(["mine.toml"], tmp_path, kept)
    mine.unlink()
    topics, problems = load_or_last_good(["mine.toml"], tmp_path, kept)
    assert level(topics, "딥시크 공개") == "match"
    assert len(problems) == 1


def test_a_topic_never_good_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('name = "mine"\n', encoding="utf-8")
    with pytest.raises(FileProblem):
        load_or_last_good(["mine.toml"], tmp_path, tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_sets_beside_the_topic_are_kept_with_it(tmp_path: Path) -> None:
    mine, kept = tmp_path / "mine.toml", tmp_path / "kept"
    (tmp_path / "sets.toml").write_text('[sets]\npandas = ["푸바오"]\n', encoding="utf-8")
    mine.write_text('name = "mine"\nquery = "@pandas"\n', encoding="utf-8")
    load_or_last_good(["mine.toml"], tmp_path, kept)
    mine.write_text("name =", encoding="utf-8")
    topics, _ = load_or_last_good(["mine.toml"], tmp_path, kept)
    assert level(topics, "푸바오 돌잔치") == "match"
