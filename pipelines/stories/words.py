"""The word lists of words.toml, read once when first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pipelines.stories.terms import stem
from pipelines.tomlfile import TomlFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    empty: frozenset[str]  # stems that weigh nothing
    common: frozenset[str]  # stems that weigh little
    series: dict[str, str]  # headline tag, letters and digits only → sort of recurring item
    tags: frozenset[str]  # headline tags of ordinary news, letters and digits only


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weights:
    empty: str
    common: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tags:
    news: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    weights: _Weights
    series: dict[str, str]
    tags: _Tags


@cache
def words() -> Words:
    file = TomlFile(files("pipelines.stories").joinpath("words.toml").read_text(encoding="utf-8"), "words.toml").record(_File)
    return Words(
        empty=frozenset(map(stem, file.weights.empty.split())),
        common=frozenset(map(stem, file.weights.common.split())),
        series={tag: sort for sort, tags in file.series.items() for tag in tags.split()},
        tags=frozenset(file.tags.news.split()),
    )
