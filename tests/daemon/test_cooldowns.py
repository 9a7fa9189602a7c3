"""What is held back although it is due."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from crawler.cooldowns import COOLDOWN_S, FAILURE_COOLDOWN_MAX_S, REVISITS, REVISITS_COOLDOWN_S, TOGETHER_MAX, Cooldowns


def test_all_that_is_due_shares_one_crawl() -> None:
    assert Cooldowns().groups(["yna", "kbs", REVISITS], 0.0) == [("yna", "kbs", REVISITS)]


def test_thousands_of_sources_are_several_crawls() -> None:
    names = [f"source{n}" for n in range(2 * TOGETHER_MAX + 1)]
    groups = Cooldowns().groups(names, 0.0)
    assert [len(group) for group in groups] == [TOGETHER_MAX, TOGETHER_MAX, 1]
    assert [name for group in groups for name in group] == names, "the longest overdue first"


def test_a_source_that_is_always_due_is_started_less_than_once_in_its_cooldown() -> None:
    cooldowns, starts = Cooldowns(), 0
    for second in range(600):
        for names in cooldowns.groups(["yna"], float(second)):
            cooldowns.begun(names, float(second))
            cooldowns.ended(names, float(second), is_well=True)
            starts += 1
    assert starts <= 600 / COOLDOWN_S + 1


def test_a_crawl_that_dies_at_once_is_started_ever_more_rarely() -> None:
    cooldowns, starts = Cooldowns(), []
    for second in range(6 * 3600):
        for names in cooldowns.groups(["yna"], float(second)):
            cooldowns.begun(names, float(second))
            cooldowns.ended(names, float(second), is_well=False)
            starts.append(second)
    assert starts[:5] == [0, 5, 65, 185, 425]
    assert len(starts) < 16
    assert max(later - earlier for earlier, later in pairwise(starts)) <= FAILURE_COOLDOWN_MAX_S


def test_after_a_second_failure_each_goes_alone_so_that_one_does_not_take_the_others_down() -> None:
    cooldowns, names = Cooldowns(), ("yna", "poison", "kbs")
    cooldowns.ended(names, 0.0, is_well=False)
    assert cooldowns.groups(names, 1000.0) == [names]
    cooldowns.ended(names, 1000.0, is_well=False)
    assert cooldowns.groups([*names, "new"], 2000.0) == [("new",), ("yna",), ("poison",), ("kbs",)]
    cooldowns.ended(["yna"], 2000.0, is_well=True)
    assert cooldowns.groups(names, 2000.0) == [("yna",), ("poison",), ("kbs",)]
    cooldowns.ended(["kbs"], 2000.0, is_well=True)
    assert cooldowns.groups(names, 9000.0) == [("yna", "kbs"), ("poison",)]


def test_second_looks_are_collected() -> None:
    cooldowns = Cooldowns()
    cooldowns.begun([REVISITS], 0.0)
    assert cooldowns.groups([REVISITS], REVISITS_COOLDOWN_S - 1) == []
    assert cooldowns.groups([REVISITS], REVISITS_COOLDOWN_S) == [(REVISITS,)]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans(), st.floats(0, 1e6))))
def test_nothing_is_ever_held_back_for_good(history: list[tuple[str, bool, float]]) -> None:
    cooldowns = Cooldowns()
    for name, is_well, at in history:
        cooldowns.begun([name], at)
        cooldowns.ended([name], at, is_well=is_well)
    free = cooldowns.groups(["a", "b", "c"], 1e6 + FAILURE_COOLDOWN_MAX_S)
    assert sorted(name for names in free for name in names) == ["a", "b", "c"]


def test_after_a_change_of_files_what_failed_gets_its_chance_at_once() -> None:
    cooldowns = Cooldowns()
    for _ in range(5):
        cooldowns.ended(["yna", "kbs"], 0.0, is_well=False)
    cooldowns.forgive()
    assert cooldowns.groups(["yna", "kbs"], 0.0) == [("yna", "kbs")]
