"""Which figures raise which alarm."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.health import due_alarms
from pipelines.store.alarms import AlarmKind
from pipelines.store.health import SourceHealth

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=30)
WELL = SourceHealth(
    source="yna", last_success_at=NOW - timedelta(minutes=5), last_article_at=NOW - timedelta(minutes=20),
    longest_gap=timedelta(hours=5), tried=200, has_article=180, suspect=3, fresh=180, usual=(170, 200, 190, 185),
)


def kinds(*healths: SourceHealth) -> list[AlarmKind]:
    return [alarm.kind for alarm in due_alarms(healths, SINCE, NOW)]


def test_a_source_that_does_well_raises_nothing() -> None:
    assert kinds(WELL) == []


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"last_article_at": NOW - timedelta(hours=13)}, AlarmKind.SILENT),
        ({"has_article": 0}, AlarmKind.NO_ARTICLES),
        ({"suspect": 91}, AlarmKind.NO_BODIES),
        ({"fresh": 20, "suspect": 0}, AlarmKind.VOLUME),
        ({"fresh": 1000}, AlarmKind.VOLUME),
        ({"is_robots_closed": True}, AlarmKind.ROBOTS),
        ({"last_success_at": NOW - timedelta(hours=4)}, AlarmKind.STOPPED),
    ],
)
def test_each_fault_raises_its_alarm(change: dict[str, object], kind: AlarmKind) -> None:
    assert kinds(replace(WELL, **change)) == [kind]


@pytest.mark.parametrize(
    "change",
    [
        {"last_article_at": NOW - timedelta(hours=11)},  # a weekend night
        {"longest_gap": timedelta(hours=30), "last_article_at": NOW - timedelta(hours=50)},  # a weekly that is always like that
        {"longest_gap": None, "last_article_at": NOW - timedelta(days=3)},  # too new to have a rhythm
        {"tried": 9, "has_article": 0},
        {"usual": (5, 6, 4), "fresh": 0},  # a small source has quiet days
        {"usual": (200,), "fresh": 20, "suspect": 0},  # one week is no habit
    ],
)
def test_what_only_looks_like_a_fault_raises_nothing(change: dict[str, object]) -> None:
    assert kinds(replace(WELL, **change)) == []


def test_when_nothing_comes_in_there_is_one_alarm_and_not_one_a_source() -> None:
    dead = replace(WELL, last_success_at=NOW - timedelta(hours=20), last_article_at=NOW - timedelta(hours=20))
    assert kinds(dead, replace(dead, source="kbs")) == [AlarmKind.STOPPED]
