"""The word lists of words.toml, read once when first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pipelines.stories.stems import stem
from pipelines.tomlfile import shipped_toml


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    empty: frozenset[str]  # stems that weigh nothing
    common: frozenset[str]  # stems that weigh little
    series: dict[str, str]  # headline tag, letters and digits only → sort of recurring item
    full_names: dict[str, str]  # short name → full name, both as stems
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
    short_names: dict[str, str]


@cache
def words() -> Words:
    file = shipped_toml("pipelines.stories", "words.toml").record(_File)
    full_names = {stem(short): stem(full) for full, shorts in file.short_names.items() for short in shorts.split()}
    empty, common = (
        frozenset(full_names.get(word, word) for word in map(stem, listed.split()))
        for listed in (file.weights.empty, file.weights.common)
    )
    return Words(
        empty=empty,
        common=common,
        series={tag: sort for sort, tags in file.series.items() for tag in tags.split()},
        full_names=full_names,
        tags=frozenset(file.tags.news.split()),
    )
