"""Retry-After and the pauses of a host."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.fetch.backoff import BACK_OFF_S, breaker_s, pause_s, retry_after_s
from pipelines.store.hosts import PAUSE_S_MAX

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(("value", "seconds"), [
    ("120", 120.0),
    (" 0 ", 0.0),
    ("Sun, 22 Nov 2026 07:10:00 GMT", 600.0),
    ("Sunday, 22-Nov-26 07:10:00 GMT", 600.0),
    ("Sun, 22 Nov 2026 16:10:00 +0900", 600.0),
    ("Sun, 22 Nov 2026 06:00:00 GMT", -3600.0),
])  # fmt: skip
def test_both_forms_are_read(value: str, seconds: float) -> None:
    assert retry_after_s(value, NOW) == seconds


@pytest.mark.parametrize("value", ["", "soon", "-5", "1.5", "12 34", "99999999999999", "٣", "Sun, 99 Nov 2026 07:10 GMT", "\x00"])
def test_junk_says_nothing(value: str) -> None:
    assert retry_after_s(value, NOW) is None


@given(st.text())
def test_no_header_breaks_the_reader(value: str) -> None:
    wish = retry_after_s(value, NOW)
    assert BACK_OFF_S[0] <= pause_s(0, wish) <= PAUSE_S_MAX


@pytest.mark.parametrize(("failures", "wish", "pause"), [
    (0, None, 120.0), (0, 1.0, 120.0), (0, 900.0, 900.0), (0, 1e9, 86400.0), (1, 1.0, 600.0), (9, None, 86400.0),
    (0, -5.0, 120.0),
])  # fmt: skip
def test_a_wish_is_kept_between_our_own_back_off_and_a_day(failures: int, wish: float | None, pause: float) -> None:
    assert pause_s(failures, wish) == pause


def test_the_fifth_failure_in_a_row_pauses_and_each_further_one_for_longer() -> None:
    assert [breaker_s(n, "http-500") for n in range(11)] == [0, 0, 0, 0, 0, 120, 600, 3600, 21600, 86400, 86400]


def test_a_host_that_could_not_be_reached_is_tried_again_soon_since_the_network_may_be_ours() -> None:
    assert [breaker_s(n, "dns") for n in (4, 5, 6, 7, 99)] == [0, 120, 600, 600, 600]
    assert breaker_s(99, "timeout") == 3600
