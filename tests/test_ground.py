"""The ground floor: times, TOML records, settings."""

from datetime import UTC, datetime

import pytest

from pipelines import clock


def test_times_are_stored_in_utc_and_come_back_the_same() -> None:
    moment = datetime(2025, 2, 3, 14, 5, tzinfo=clock.KST)
    assert clock.stored(moment) == "2025-02-03T05:05:00Z"
    assert clock.loaded(clock.stored(moment)) == moment


def test_a_naive_time_is_never_stored() -> None:
    with pytest.raises(ValueError, match="naive"):
        clock.stored(datetime(2025, 2, 3))  # noqa: DTZ001  # the mistake under test


def test_now_is_aware() -> None:
    assert clock.now().tzinfo is UTC
