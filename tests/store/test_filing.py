"""A story's own row: whose headline it bears, its stage, its count."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.record import record
from pipelines.store.database import Store, open_store
from pipelines.store.filing import latest, refresh
from tests.store.making import NOW, POLICY, article, page, reading

ROW = "SELECT canonical_article_id, headline, stage, articles, first_seen_at, last_seen_at FROM story WHERE joined_into IS NULL"


def test_a_story_has_the_latest_stage_that_the_wire_sent() -> None:
    wire = ["", "속보", "1보", "2보", "3보", "상보", "종합", "종합2보", "종합3보"]
    for pair in permutations(wire, 2):
        assert latest(pair) == max(pair, key=wire.index)


@pytest.mark.parametrize(("first", "second", "expected"), [
    ({"press": "다음", "origin": "연합뉴스"}, {"press": "연합뉴스"}, "둘째 제목"),  # the portal's copy came first
    ({"press": "연합뉴스"}, {"press": "한국일보", "origin": "연합뉴스"}, "첫 제목"),
    ({"press": "연합뉴스"}, {"press": "뉴시스"}, "첫 제목"),
])
def test_the_original_publisher_gives_the_headline(
    store: Store, first: dict[str, str], second: dict[str, str], expected: str
) -> None:
    record(store, reading(article("첫 제목", **first), page("a")), now=NOW, policy=POLICY)
    record(store, reading(article("둘째 제목", **second), page("b")), now=NOW, policy=POLICY)
    assert [headline for (headline,) in store.db.execute("SELECT headline FROM story")] == [expected]


def test_the_latest_stage_stays_whatever_comes_after(store: Store) -> None:
    for number, tag in enumerate(("[속보] {}", "{}(종합2보)", "{}(종합)", "{}")):
        moment = NOW + timedelta(minutes=number)
        made = article(tag.format("딥시크 새 모델에 반도체 업계 긴장"))
        record(store, reading(made, page(f"n{number}")), now=moment, policy=POLICY)
    assert store.db.execute("SELECT stage, articles FROM story").fetchall() == [("종합2보", 4)]


@settings(max_examples=15)
@given(order=st.permutations([("연합뉴스", ""), ("다음", "연합뉴스"), ("한국일보", "연합뉴스"), ("뉴시스", "")]))
def test_a_row_that_grew_is_the_row_made_anew(tmp_path_factory: pytest.TempPathFactory, order: list[tuple[str, str]]) -> None:
    with open_store(tmp_path_factory.mktemp("db") / "sosik.db") as store:
        for number, (press, origin) in enumerate(order):
            moment = NOW + timedelta(minutes=number)
            made = article(f"{press} 제목", press=press, origin=origin, published=NOW + timedelta(minutes=len(press)))
            record(store, reading(made, page(f"n{number}")), now=moment, policy=POLICY)
        grown = store.db.execute(ROW).fetchall()
        with store.transaction() as connection:
            refresh(connection, 1)
        assert store.db.execute(ROW).fetchall() == grown
        assert len(grown) == 1
