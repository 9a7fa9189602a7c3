"""Patterns: useful ones pass, and none that passes can be slow."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.query.pattern import LENGTH_MAX, TEXT_MAX, check_pattern, compiled

SLOW_S = 1.0  # twenty times the promised 50 ms: this machine may be busy. Without the bounds these patterns take hours


@pytest.mark.parametrize(("pattern", "text", "found"), [
    ("AI.{0,15}(칩|반도체)", "새 ai 가속 칩", "ai 가속 칩"),
    (r"H\d{2,3}", "엔비디아 h200 수출", "h200"),
    (r"\d+조\s?원", "3조원 투자", "3조원"),
    ("[A-C]급", "b급", "b급"),
    ("어센드 ?9[1-5]0C?", "어센드 910c", "어센드 910c"),
    ("(?:중국|美中).*?AI", "중국의 새 ai", "중국의 새 ai"),
    (r"\(주\)|㈜", "(주)가나", "(주)"),
])
def test_what_analysts_write(pattern: str, text: str, found: str) -> None:
    assert check_pattern(pattern) is None
    match = compiled(pattern).search(text)
    assert match is not None
    assert match[0] == found


@pytest.mark.parametrize("pattern", [
    "(a+)+b", "(a|a)*b", "(a|aa)+b", "(.*)(.*)(.*)x", "a*a*a*a*b", "(a?){30}b", "((a|b)*c)*", "(a|b|c|d|e)*x", "[ab]*[ab]*[ab]*c",
])
def test_patterns_that_could_run_for_hours_are_refused(pattern: str) -> None:
    assert check_pattern(pattern) is not None


@pytest.mark.parametrize(("pattern", "position"), [
    ("(가", 0), ("가)", 1), ("*가", 0), ("[가", 0), ("가{3,1}", 0), ("\\b가", 0), ("^가", 0), ("가|", 0), ("", 0), (".*", 0),
    ("(?=가)", 1), ("가\\", 1), ("[z-a]", 0), ("(" * 40, 21), ("가" * (LENGTH_MAX + 1), LENGTH_MAX),
])
def test_what_cannot_be_read_is_refused_with_its_place(pattern: str, position: int) -> None:
    complaint = check_pattern(pattern)
    assert complaint is not None
    assert complaint.position == position


PIECES = st.sampled_from(["a", ".", "[ab]", "a?", "a*", ".{0,9}", "(a|b)", "(a|ab)?", "b", "(aa|a)", "[a-c]{1,4}"])


@given(st.lists(PIECES, min_size=1, max_size=9).map("".join))
@settings(max_examples=60)
def test_no_pattern_that_passes_is_slow(pattern: str) -> None:
    if check_pattern(pattern + "x") is None:
        began = time.process_time()
        compiled(pattern + "x").search("a" * TEXT_MAX)
        assert time.process_time() - began < SLOW_S
