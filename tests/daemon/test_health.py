"""Which figures raise which alarm, and which end it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.health import Look, due_alarm, is_over, is_stop_over, stop_alarm
from pipelines.store.alarms import AlarmKind, OpenAlarm
from pipelines.store.health import Pages, Seen, SourceHealth
from pipelines.store.notices import Facts

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=30)
HOUR = timedelta(hours=1)
WELL = SourceHealth(
    source="yna", first_asked_at=SINCE, last_success_at=NOW - timedelta(minutes=5), answered_at=NOW - timedelta(minutes=5),
    last_article_at=NOW - timedelta(minutes=20), longest_gap=timedelta(hours=5),
    pages=Pages(read=190, last_read_at=NOW - timedelta(minutes=20), has_article=180, unread=10, closed=5),
    suspect=3, fresh=180, newest=tuple(Seen(at=NOW - n * HOUR / 6, is_suspect=False) for n in range(10)),
    usual=(170, 200, 190, 185),
)
SHUT = {"last_success_at": NOW - 8 * HOUR, "failing_since": NOW - 7 * HOUR, "failures": 6}


def kind_of(health: SourceHealth, since: datetime = SINCE) -> AlarmKind | None:
    alarm = due_alarm(Look(health=health, since=since, now=NOW))
    return alarm.kind if alarm else None


def ended(kind: AlarmKind, health: SourceHealth, raised_at: datetime, facts: Facts | None = None) -> bool:
    alarm = OpenAlarm(id=1, source="yna", kind=kind, facts=facts or {}, reason="", raised_at=raised_at, notice_id=None)
    return is_over(alarm, Look(health=health, since=SINCE, now=NOW))


def test_a_source_that_does_well_raises_nothing() -> None:
    assert kind_of(WELL) is None


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"last_article_at": NOW - 13 * HOUR}, AlarmKind.SILENT),
        ({"pages": Pages(read=10)}, AlarmKind.NO_ARTICLES),
        ({"pages": Pages(unread=10, why_unread="http-403")}, AlarmKind.NO_PAGES),
        ({"pages": Pages(read=9, has_article=9, closed=10)}, AlarmKind.ROBOTS),
        ({"suspect": 91}, AlarmKind.NO_BODIES),
        ({"fresh": 20, "suspect": 0}, AlarmKind.VOLUME),
        ({"fresh": 1000}, AlarmKind.VOLUME),
        ({"is_robots_closed": True}, AlarmKind.ROBOTS),
        ({**SHUT, "trouble": "dns"}, AlarmKind.NO_ANSWER),
        ({**SHUT, "trouble": "denied"}, AlarmKind.NO_PAGES),
        # several signs of one fault
        ({**SHUT, "trouble": "dns", "last_article_at": NOW - 13 * HOUR, "fresh": 0}, AlarmKind.NO_ANSWER),
        ({"pages": Pages(read=10), "last_article_at": NOW - 13 * HOUR, "fresh": 0}, AlarmKind.NO_ARTICLES),
        ({"pages": Pages(closed=30), "last_article_at": NOW - 13 * HOUR, "fresh": 0}, AlarmKind.ROBOTS),
    ],
)
def test_each_fault_raises_its_alarm(change: dict[str, object], kind: AlarmKind) -> None:
    assert kind_of(replace(WELL, **change)) is kind


@pytest.mark.parametrize(
    "change",
    [
        {"last_article_at": NOW - 11 * HOUR},  # a weekend night
        {"longest_gap": timedelta(hours=30), "last_article_at": NOW - 50 * HOUR},  # a weekly that is always like that
        {"longest_gap": None, "last_article_at": NOW - timedelta(days=3)},  # too new to have a rhythm
        {"pages": Pages(read=9)},
        {"pages": Pages(unread=9)},
        {"pages": Pages(read=1, has_article=1, unread=50)},  # some pages come
        {"pages": Pages(read=20, has_article=20, closed=20)},  # a part of the site is closed
        {**SHUT, "trouble": "dns", "failing_since": NOW - 5 * HOUR},  # a night's maintenance
        {**SHUT, "trouble": "dns", "failures": 2},  # asked once a day, and missed twice
        {"usual": (5, 6, 4), "fresh": 0},  # a small source has quiet days
        {"usual": (200,), "fresh": 20, "suspect": 0},  # one week is no habit
    ],
)
def test_what_only_looks_like_a_fault_raises_nothing(change: dict[str, object]) -> None:
    assert kind_of(replace(WELL, **change)) is None


def test_what_was_not_watched_is_not_held_against_a_source() -> None:
    for change in ({"last_article_at": NOW - 40 * HOUR}, {**SHUT, "trouble": "dns"}, {"fresh": 20, "suspect": 0}):
        assert kind_of(replace(WELL, **change), since=NOW - HOUR) is None


def test_a_source_that_never_answered_is_told_once_it_was_asked_for_long_enough() -> None:
    never = SourceHealth(source="yna", first_asked_at=NOW - 7 * HOUR, failing_since=NOW - 7 * HOUR, failures=6, trouble="gone")
    assert kind_of(never) is AlarmKind.NO_ANSWER
    assert kind_of(replace(never, failing_since=NOW - 5 * HOUR)) is None


NOTHING = SourceHealth(source="yna", first_asked_at=SINCE)
RAISED = NOW - 2 * HOUR
BAD, GOOD = (tuple(Seen(at=NOW - n * HOUR / 10, is_suspect=is_suspect) for n in range(5)) for is_suspect in (True, False))


@pytest.mark.parametrize("kind", [kind for kind in AlarmKind if kind is not AlarmKind.STOPPED])
def test_no_alarm_is_over_because_there_is_nothing_to_judge_it_by(kind: AlarmKind) -> None:
    before = replace(
        NOTHING, last_success_at=RAISED - HOUR, answered_at=RAISED - HOUR, last_article_at=RAISED - HOUR,
        pages=Pages(read=5, has_article=5, last_read_at=RAISED - HOUR), newest=(Seen(at=RAISED - HOUR, is_suspect=False),) * 10,
    )
    assert not ended(kind, NOTHING, RAISED)
    assert not ended(kind, before, RAISED), "that was before it was raised"


@pytest.mark.parametrize(("kind", "facts", "sign"), [
    (AlarmKind.SILENT, {}, {"last_article_at": NOW}),
    (AlarmKind.NO_ARTICLES, {}, {"last_article_at": NOW}),
    (AlarmKind.NO_ARTICLES, {}, {"pages": Pages(read=3, has_article=1, last_stored_at=NOW)}),
    (AlarmKind.NO_BODIES, {}, {"newest": GOOD}),
    (AlarmKind.NO_BODIES, {}, {"newest": (*GOOD, *BAD)}),
    (AlarmKind.NO_PAGES, {}, {"pages": Pages(read=1, last_read_at=NOW)}),
    (AlarmKind.NO_ANSWER, {}, {"last_success_at": NOW}),
    (AlarmKind.ROBOTS, {}, {"answered_at": NOW}),
    (AlarmKind.ROBOTS, {"case": "articles"}, {"pages": Pages(read=1, last_read_at=NOW)}),
    (AlarmKind.VOLUME, {}, {"fresh": 150, "usual": (170, 200)}),
])
def test_an_alarm_is_over_when_the_source_shows_it(kind: AlarmKind, facts: Facts, sign: dict[str, object]) -> None:
    assert ended(kind, replace(NOTHING, **sign), RAISED, facts)


@pytest.mark.parametrize(("kind", "facts", "sign"), [
    (AlarmKind.SILENT, {}, {"last_success_at": NOW, "answered_at": NOW}),
    (AlarmKind.NO_ARTICLES, {}, {"pages": Pages(read=3, last_read_at=NOW)}),
    (AlarmKind.NO_BODIES, {}, {"newest": GOOD[:4]}),
    (AlarmKind.NO_BODIES, {}, {"newest": (*GOOD[:4], *BAD)}),
    (AlarmKind.ROBOTS, {}, {"answered_at": NOW, "is_robots_closed": True}),
    (AlarmKind.ROBOTS, {"case": "articles"}, {"answered_at": NOW}),
    (AlarmKind.ROBOTS, {"case": "articles"}, {"pages": Pages(read=1, last_read_at=NOW, closed=40)}),
    (AlarmKind.VOLUME, {}, {"fresh": 150}),
    (AlarmKind.VOLUME, {}, {"fresh": 0, "usual": (0, 0)}),
])
def test_half_a_sign_ends_nothing(kind: AlarmKind, facts: Facts, sign: dict[str, object]) -> None:
    assert not ended(kind, replace(NOTHING, **sign), RAISED, facts)


def stop_of(*healths: SourceHealth, since: datetime = SINCE, is_disk_low: bool = False) -> Facts | None:
    alarm = stop_alarm(healths, since, NOW, is_disk_low=is_disk_low)
    return alarm.facts if alarm else None


def test_when_nothing_comes_in_there_is_one_alarm_and_not_one_a_source() -> None:
    dead = replace(WELL, last_success_at=NOW - 4 * HOUR)
    assert stop_of(dead, replace(dead, source="kbs")) == {"quiet_s": 4 * 3600}
    assert stop_of(dead, replace(WELL, source="kbs")) is None
    assert stop_of(dead, is_disk_low=True) == {"quiet_s": 4 * 3600, "case": "disk"}


def test_a_beginning_in_which_nothing_ever_works_is_a_stop() -> None:
    assert stop_of(replace(NOTHING, first_asked_at=NOW - 4 * HOUR)) == {"quiet_s": 4 * 3600}
    assert stop_of(replace(NOTHING, first_asked_at=NOW - 2 * HOUR)) is None, "the first sources were entered late"
    assert stop_of(SourceHealth(source="yna"), since=NOW - 4 * HOUR) == {"quiet_s": 4 * 3600}, "crawls do not even begin"
    assert stop_of() is None


def test_a_stop_is_over_when_anything_came() -> None:
    alarm = OpenAlarm(id=1, source="", kind=AlarmKind.STOPPED, facts={}, reason="", raised_at=RAISED, notice_id=None)
    assert is_stop_over(alarm, [NOTHING, WELL])
    assert not is_stop_over(alarm, [NOTHING, replace(WELL, last_success_at=RAISED - HOUR)])
