"""The states of a delivery stand in one place; what SQL and texts say of them agrees with it."""

from __future__ import annotations

import re

import pytest

from pipelines.delivery import IS_OPEN, SETTLED, TRIED, WAITING, State
from pipelines.wording import texts
from tests.alerts.desk import NewsDesk


def schema(desk: NewsDesk, kind: str, name: str) -> str:
    ((text,),) = desk.rows("SELECT sql FROM sqlite_master WHERE type = ? AND name = ?", kind, name)
    return str(text)


def test_the_table_allows_these_states_and_no_others(desk: NewsDesk) -> None:
    allowed = re.search(r"CHECK \(state IN \(([^)]+)\)\)", schema(desk, "table", "delivery"))
    assert allowed
    assert re.findall(r"'(\w+)'", allowed[1]) == list(State)


@pytest.mark.parametrize("index", ["delivery_due", "delivery_open"])
def test_the_indexes_of_what_waits_say_it_word_for_word(desk: NewsDesk, index: str) -> None:
    assert schema(desk, "index", index).endswith(f"WHERE {IS_OPEN}")


def test_a_settled_delivery_does_not_wait() -> None:
    assert not {*SETTLED} & {*WAITING, *TRIED, State.HELD, State.SENDING}
    assert {*SETTLED, *WAITING, *TRIED, State.HELD, State.SENDING} == {*State}


def test_each_state_has_its_words() -> None:
    assert {name for name in texts("alerts") if name.startswith("state_")} == {f"state_{state}" for state in State}
