"""Digests and quiet hours, by the clock of Seoul and by clocks that change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.alerts.backoff import DEAD_AFTER, next_pause, next_try
from pipelines.alerts.times import DigestTimes, QuietHours, read_span, read_time

ZONES = st.sampled_from(["Asia/Seoul", "Europe/Berlin", "America/New_York", "UTC"])
MOMENTS = st.integers(0, 6 * 365 * 24 * 60).map(lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))
TIMES = st.times().map(lambda t: t.replace(second=0, microsecond=0))


@given(MOMENTS, TIMES, st.one_of(st.none(), st.integers(0, 6)), ZONES)
def test_the_next_digest_is_within_its_period(at: datetime, hour: time, weekday: int | None, zone: str) -> None:
    times = DigestTimes(at=hour, weekday=weekday, zone=zone)
    found = times.next_after(at)
    assert at < found <= at + timedelta(days=1 if weekday is None else 7, hours=1), "an hour for clocks that change"
    local = found.astimezone(ZoneInfo(zone))
    assert weekday in (None, local.weekday()) or local.time() != hour
    if zone in ("Asia/Seoul", "UTC"):
        assert local.time() == hour


@given(MOMENTS, TIMES, TIMES, ZONES)
def test_quiet_hours_end_within_a_day_and_are_over_then(at: datetime, start: time, end: time, zone: str) -> None:
    if start == end:
        return
    quiet = QuietHours(start=start, end=end, zone=zone)
    over = quiet.until(at)
    if over is not None:
        assert at - timedelta(hours=1) < over <= at + timedelta(hours=25)
        if zone in ("Asia/Seoul", "UTC"):
            assert at < over
            assert quiet.until(over) is None


@pytest.mark.parametrize(
    ("hour", "is_quiet"), [("21:59", False), ("22:00", True), ("23:59", True), ("00:00", True), ("06:59", True), ("07:00", False)]
)
def test_quiet_hours_over_midnight(hour: str, *, is_quiet: bool) -> None:
    quiet = QuietHours(start=time(22), end=time(7))
    at = datetime.combine(date(2026, 3, 2), read_time(hour), tzinfo=ZoneInfo("Asia/Seoul"))
    assert (quiet.until(at) is not None) is is_quiet


@pytest.mark.parametrize("text", ["", "24:00", "7", "07:60", "seven", "-1:00"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write it as"):
        read_time(text)


@pytest.mark.parametrize("text", ["", "22:00", "22:00-22:00", "22-7"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write it as"):
        read_span(text)


def test_tries_go_on_for_three_days_with_growing_pauses() -> None:
    first = now = datetime(2026, 3, 2, tzinfo=UTC)
    pauses = []
    tries = 1
    while (at := next_try(tries, first, now)) is not None:
        pauses.append(at - now)
        now, tries = at, tries + 1
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (timedelta(minutes=1), timedelta(hours=6))
    assert now - first >= DEAD_AFTER
    assert next_pause(1) == timedelta(minutes=1) < next_pause(50) == timedelta(minutes=30)
