"""Word lists as data (words.toml): surnames, cities, what is no name, what names a site."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pipelines.tomlfile import shipped_toml


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    surnames: frozenset[str]
    long_surnames: frozenset[str]
    not_names: frozenset[str]
    cities: frozenset[str]
    site_words: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    surnames: str
    long_surnames: str
    not_names: str
    cities: str
    site_words: str


@cache
def words() -> Words:
    read = shipped_toml("pipelines.read", "words.toml").record(_File)
    return Words(
        surnames=frozenset("".join(read.surnames.split())), long_surnames=frozenset(read.long_surnames.split()),
        not_names=frozenset(read.not_names.split()), cities=frozenset(read.cities.split()),
        site_words=frozenset(read.site_words.split()))
