"""The labelled corpus beside the project: the floors under which reading must not sink."""

from __future__ import annotations

import gzip
import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from pipelines.article import Article, Page
from pipelines.read.families import Families, shipped
from pipelines.read.page import read
from tests.read.pages import page

# Measured 2026-11-22 on 17 pages and 10 lists.
FLOORS = {"first": 1.0, "last": 1.0, "clean": 1.0, "title": 1.0, "date": 1.0, "byline": 1.0, "refused": 1.0}


@pytest.mark.corpus
@pytest.mark.parametrize("families", [shipped(), Families(families=())], ids=["known structures", "no known structure"])
def test_the_corpus_stays_above_its_floors(corpus: Path, families: Families) -> None:
    score = _score(corpus)
    right: dict[str, list[bool]] = {field: [] for field in FLOORS}
    for row in _rows(corpus / "pages.jsonl"):
        result = read(_page(corpus, row), families).result
        text = score.fold(result.text) if isinstance(result, Article) else ""
        right["first"].append(score.fold(row["first_sentence"]) in text and bool(text))
        right["last"].append(score.fold(row["last_sentence"]) in text and bool(text))
        right["clean"].append(bool(text) and not any(score.fold(s) in text for s in row["must_not_appear"]))
        right["title"].append(isinstance(result, Article) and score.fold(result.title) == score.fold(row["title"]))
        if row["date"]:
            stamp = result.published if isinstance(result, Article) else None
            right["date"].append(stamp is not None and score.kst(stamp.at.isoformat()) == row["date"][:16])
        if row["byline"]:
            right["byline"].append(isinstance(result, Article) and row["byline"] in str(result.byline))
    for row in _rows(corpus / "listings.jsonl"):
        right["refused"].append(not isinstance(read(_page(corpus, row), families).result, Article))
    shares = {field: sum(flags) / len(flags) for field, flags in right.items()}
    assert all(shares[field] >= floor for field, floor in FLOORS.items()), json.dumps(shares)


def _rows(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def _score(corpus: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("corpus_score", corpus / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _page(corpus: Path, row: dict[str, str]) -> Page:
    body = gzip.decompress((corpus / row["file"]).read_bytes())
    return page(row["url"], body, row.get("content_type", "text/html"))
