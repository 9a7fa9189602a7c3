"""Korean times in text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pipelines.clock import KST
from pipelines.read.dates import Label, is_plausible, moment, moments

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)

FORMS = {
    "입력 2025.02.03 14:05": "2025-02-03T14:05:00",
    "2025. 2. 3. 14:05": "2025-02-03T14:05:00",
    "입력 2025년 4월 23일 03시 00분": "2025-04-23T03:00:00",
    "승인 25.02.03 14:05": "2025-02-03T14:05:00",
    "2025.02.03. 오후 2:05": "2025-02-03T14:05:00",
    "2025.02.03. 오전 12:05": "2025-02-03T00:05:00",
    "20240107101538": "2024-01-07T10:15:38",
    "기사입력 :[ 2018-08-25 15:24 ]": "2018-08-25T15:24:00",
    "2022-01-11 22:16 (화)": "2022-01-11T22:16:00",
    "2025.02.03 (월) [13:22]": "2025-02-03T13:22:00",
    "입력 2026.03.11 (21:14)": "2026-03-11T21:14:00",
    "2025/02/03 15:34 송고": "2025-02-03T15:34:00",
    "등록 2025-02-03 오후 2:05:33": "2025-02-03T14:05:33",
    "2025년 2월 3일 14시 송고": "2025-02-03T14:00:00",
    "작성시간 : 2013.05.14 17:08": "2013-05-14T17:08:00",
    "Mon, 03 Feb 2025 14:05:00 +0900": "2025-02-03T14:05:00",
    "February 3, 2025 2:05 PM": "2025-02-03T14:05:00",
    "Published: 03 Feb. 2025, 14:05": "2025-02-03T14:05:00",
    "All News 14:05 February 03, 2025": "2025-02-03T14:05:00",
    "등록일 | 02/03/2025 14:05:31": "2025-02-03T14:05:31",
}


@pytest.mark.parametrize(("text", "clock"), FORMS.items())
def test_a_form_is_read_to_the_minute_in_korean_time(text: str, clock: str) -> None:
    found = moment(text)
    assert found is not None
    assert found.has_time
    assert found.at.astimezone(KST).strftime("%Y-%m-%dT%H:%M:%S") == clock


def test_a_stated_zone_is_kept() -> None:
    found = moment("2025-02-03T05:05:00Z")
    assert found is not None
    assert found.at == datetime(2025, 2, 3, 5, 5, tzinfo=UTC)
    assert found.has_zone


def test_a_day_without_a_time_says_so() -> None:
    found = moment("2018. 11. 23")
    assert found is not None
    assert not found.has_time


def test_labels_tell_publication_from_change() -> None:
    labels = [m.label for m in moments("입력 2025.02.03 14:05 수정 2025.02.03 15:10")]
    assert labels == [Label.PUBLISHED, Label.MODIFIED]


def test_english_times_carry_their_labels_too() -> None:
    labels = [m.label for m in moments("Published Feb 3, 2025 11:05 am KST Updated 3 Feb 2025, 15:41")]
    assert labels == [Label.PUBLISHED, Label.MODIFIED]


def test_a_label_of_the_next_time_does_not_reach_back() -> None:
    labels = [m.label for m in moments("2025.02.03 14:05 수정 2025.02.03 15:10")]
    assert labels == [Label.NONE, Label.MODIFIED]


@pytest.mark.parametrize("text", [
    "v1.25.02.03", "2025.13.45 99:99", "02-2000-2114", "1588-0000", "금리 2.25.03", "2025-02-03T05:05:00+99:99"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert moment(text) is None


@pytest.mark.parametrize(("text", "age"), [("3분 전", timedelta(minutes=3)), ("2시간 전", timedelta(hours=2))])
def test_relative_times_count_from_the_fetch(text: str, age: timedelta) -> None:
    found = moment(text, NOW)
    assert found is not None
    assert found.at == NOW - age


def test_days_ago_give_a_day_and_no_time() -> None:
    found = moment("3일 전", NOW)
    assert found is not None
    assert (found.at.date().isoformat(), found.has_time) == ("2026-11-19", False)


def test_a_relative_time_without_a_fetch_time_is_none() -> None:
    assert moment("3시간 전") is None


@pytest.mark.parametrize(("at", "is_fine"), [
    (NOW, True), (NOW + timedelta(hours=23), True), (NOW + timedelta(hours=25), False),
    (datetime(1989, 12, 31, tzinfo=UTC), False)])
def test_future_and_ancient_times_are_not_plausible(at: datetime, is_fine: bool) -> None:
    assert is_plausible(at, NOW) is is_fine


@given(some.text(alphabet="0123456789 .:-/년월일시분오전후TZ+[]()입력수정", max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    assert all(m.at.tzinfo for m in moments(text, NOW))


@given(some.integers(min_value=0, max_value=20_000_000))
def test_what_is_written_is_read(minutes: int) -> None:
    at = datetime(2000, 1, 1, tzinfo=KST) + timedelta(minutes=minutes)
    for form in ("%Y-%m-%d %H:%M", "%Y.%m.%d %H:%M", "%Y년 %m월 %d일 %H시 %M분", "%Y. %m. %d. %H:%M", "%Y%m%d%H%M"):
        found = moment(f"입력 {at.strftime(form)}")
        assert found is not None
        assert found.at == at
