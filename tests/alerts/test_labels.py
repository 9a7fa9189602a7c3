"""What topics are called in messages: read once, and again when a file has changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crawler.config import Config, load_config
from crawler.sending import topic_labels
from pipelines import topics


def written(folder: Path, title: str, *, at: int) -> Config:
    file = folder / "mine.toml"
    file.write_text(f'name = "mine"\ntitle = "{title}"\nquery = "가나"\n', encoding="utf-8")
    os.utime(file, (at, at))
    settings = folder / "sosik.toml"
    settings.write_text('[sosik]\ntopics = ["mine.toml", "china-ai"]\n', encoding="utf-8")
    return load_config(settings)


def test_changed_titles_are_read_again_and_others_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = written(tmp_path, "옛 이름", at=1)
    assert topic_labels(config, "ko")["mine"] == "옛 이름"
    assert topic_labels(config, "en")["china-ai"] == "China AI"
    assert topic_labels(written(tmp_path, "새 이름", at=2), "ko")["mine"] == "새 이름"
    monkeypatch.delattr(topics, "load_topics")
    assert topic_labels(config, "ko")["mine"] == "새 이름", "loaded a second time"


def test_a_broken_topic_file_stops_no_message(tmp_path: Path) -> None:
    config = written(tmp_path, "이름", at=3)
    (tmp_path / "mine.toml").write_text("name = ", encoding="utf-8")
    assert topic_labels(config, "ko") == {}
