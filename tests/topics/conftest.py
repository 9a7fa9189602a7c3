"""Topics and articles that tests make from a few words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.article import Article
from pipelines.match import Match
from pipelines.tomlfile import TomlFile
from pipelines.topics import Topics, compile_topics, load_topics, match_article

Matching = Callable[..., Match | None]


@pytest.fixture(scope="session")
def china_ai() -> Topics:
    return load_topics(["china-ai"], Path.cwd())


def topic(text: str, name: str = "mine") -> Topics:
    """A topic file's text, its name added."""
    return compile_topics([TomlFile(f'name = "{name}"\n{text}', f"{name}.toml")])


def article(title: str = "", text: str = "", **more: object) -> Article:
    return Article(url="https://news.example.kr/1", title=title, paragraphs=tuple(text.splitlines()), **more)  # type: ignore[arg-type]


def verdict(topics: Topics, title: str = "", text: str = "", **more: object) -> Match | None:
    found = match_article(topics, article(title, text, **more))
    return found[0] if found else None


def level(topics: Topics, title: str = "", text: str = "", **more: object) -> str:
    found = verdict(topics, title, text, **more)
    return found.level.value if found else "no"
