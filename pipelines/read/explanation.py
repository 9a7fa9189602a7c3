"""How a page was read: which rule gave each field, and what was cut and why."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.article import Article, Refusal
from pipelines.read.boilerplate import Cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    field: str
    value: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    result: Article | Refusal
    encoding: str
    family: str
    notes: tuple[Note, ...] = ()
    cuts: tuple[Cut, ...] = ()
    left_out: tuple[str, ...] = ()  # parts of the page that were never looked at, by tag, id and class
