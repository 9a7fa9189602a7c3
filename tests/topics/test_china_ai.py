"""The shipped topic, on cases of our own (cases.jsonl) and on the labelled corpus beside the project.

The floors are pinned below what is reached, so that a lexicon can be edited; lowering one needs a sentence in docs/topics.md.
"""

from __future__ import annotations

import gzip
import html
import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

from pipelines.topics import Topics
from tests.topics.conftest import level, verdict

CASES = [json.loads(line) for line in (Path(__file__).parent / "cases.jsonl").read_text(encoding="utf-8").splitlines()]


@dataclass
class Quality:
    precision: float
    recall: float


def quality(topics: Topics, rows: list[dict[str, str]]) -> Quality:
    said = {row["id"]: level(topics, row["title"], row["text"]) == "match" for row in rows}
    right = sum(said[row["id"]] and row["label"] == "match" for row in rows)
    return Quality(right / max(1, sum(said.values())), right / sum(row["label"] == "match" for row in rows))


def test_there_are_cases_of_every_kind() -> None:
    kinds = {case["kind"] for case in CASES}
    assert len(CASES) >= 300
    assert {"models", "bigtech", "chips", "policy", "security", "robotics", "autonomous", "investment", "talent"} <= kinds
    assert {"avian", "brand", "korea_ai", "us_ai", "china_non_ai", "footer", "ads", "stock", "passing"} <= kinds
    assert len({case["id"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", [c for c in CASES if c["label"] == "no"], ids=lambda c: c["id"])
def test_what_is_not_about_it_never_alerts(china_ai: Topics, case: dict[str, str]) -> None:
    assert level(china_ai, case["title"], case["text"]) != "match", case["title"]


def test_cases_as_a_whole(china_ai: Topics) -> None:
    reached = quality(china_ai, CASES)
    assert reached.precision >= 0.97
    assert reached.recall >= 0.97


def test_passing_mentions_are_mentions(china_ai: Topics) -> None:
    passing = [case for case in CASES if case["label"] == "mention"]
    said = [level(china_ai, case["title"], case["text"]) for case in passing]
    assert "match" not in said
    assert said.count("mention") >= 0.9 * len(passing)


def test_sub_topics(china_ai: Topics) -> None:
    named = {s.id for s in china_ai.topics[0].file.subtopic}
    cases = [case for case in CASES if case["label"] == "match" and case["kind"] in named]
    found = [verdict(china_ai, case["title"], case["text"]) for case in cases]
    right = sum(match is not None and case["kind"] in match.subtopics for match, case in zip(found, cases, strict=True))
    assert right >= 0.83 * len(cases)


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["topics_headlines", "topics_excerpts"])
def test_clear_cases_of_the_corpus(china_ai: Topics, corpus: Path, name: str) -> None:
    rows = [json.loads(line) for line in (corpus / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    reached = quality(china_ai, [row for row in rows if not row["borderline"]])
    assert reached.precision >= 0.95
    assert reached.recall >= 0.92


@pytest.mark.corpus
def test_general_news_hardly_ever_alerts(china_ai: Topics, corpus: Path) -> None:
    items = {item for path in sorted((corpus / "feeds").glob("*/*.xml.gz")) for item in feed_items(path)}
    assert len(items) > 1_500
    false_alarms = [title for title, text in items if level(china_ai, title, text) == "match"]
    assert len(false_alarms) <= len(items) / 2_000


def feed_items(path: Path) -> list[tuple[str, str]]:
    root = etree.fromstring(gzip.decompress(path.read_bytes()), etree.XMLParser(recover=True))
    if root is None:
        return []
    return [(plain(item.findtext("title")), plain(item.findtext("description"))) for item in root.iter("item")]


def plain(markup: str | None) -> str:
    return " ".join(re.sub("<[^>]+>", " ", html.unescape(markup or "")).split())
