"""Every recorded page, field by field, and the floors under which reading must not sink."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from pipelines.read.families import Families
from pipelines.read.page import read
from tests.read.pages import NAMES, expected, found, recorded, stated_fields, wrong_fields

CASES = [(name, field) for name in NAMES for field in stated_fields(name)]


@cache
def wrong(name: str) -> dict[str, tuple[object, object]]:
    return wrong_fields(name)


@pytest.mark.parametrize(("name", "field"), CASES, ids=[f"{name}-{field}" for name, field in CASES])
def test_a_recorded_page_is_read_field_by_field(name: str, field: str) -> None:
    got, stated = wrong(name).get(field, (None, None))
    assert got == stated


def test_forty_pages_and_twenty_outlets_are_recorded() -> None:
    articles = [name for name in NAMES if expected(name)["status"] == "article"]
    assert len(articles) >= 40
    assert len({expected(name).get("press") for name in articles}) >= 20


# Shares of the recorded pages read right when no family is known: what an unknown site may expect. Measured 2026-11-22; raise
# them when reading gets better, lower one only with a sentence here that says why.
GENERAL_FLOORS = {"status": 1.0, "title": 1.0, "paragraphs": 1.0, "published": 0.98, "byline": 1.0, "reason": 1.0}


def test_pages_of_no_known_family_stay_above_the_floors() -> None:
    right: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for name in NAMES:
        stated = expected(name)
        got = found(read(recorded(name), Families(families=())), stated)
        for field in GENERAL_FLOORS:
            if stated.get(field) is not None:
                asked[field] += 1
                right[field] += got.get(field) == stated[field]
    shares = {field: round(right[field] / asked[field], 3) for field in GENERAL_FLOORS}
    assert all(shares[field] >= floor for field, floor in GENERAL_FLOORS.items()), shares
