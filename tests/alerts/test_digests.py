"""Daily and weekly digests on their way: when they come, how often, and what they are compared with."""

from __future__ import annotations

from datetime import timedelta

from crawler.config import Wishes
from crawler.policy import alert_policy
from tests.alerts.desk import NOON, NewsDesk
from tests.alerts.office import Office
from tests.mailroom import Mailroom


def test_a_daily_digest_comes_at_its_hour_and_once(desk: NewsDesk, room: Mailroom) -> None:
    office = Office(desk, room, readers=(), recipient=(Wishes(to="slow@example.org", mode="digest", digest_at="18:00"),))
    office.news(2)
    assert not office.send(NOON + timedelta(hours=5, minutes=59))
    assert office.send(NOON + timedelta(hours=6)).sent == 1
    assert not office.send(NOON + timedelta(hours=30))


def test_a_weekly_digest_tells_its_number_against_the_usual(desk: NewsDesk, room: Mailroom) -> None:
    wish = Wishes(to="slow@example.org", mode="digest", digest_at="09:00", digest_on="mon")
    office = Office(desk, room, readers=(), recipient=(wish,))
    digests = 0
    for day in range(22):  # NOON is a Monday
        now = NOON + timedelta(days=day)
        digests += office.send(now).sent
        if day % 2:
            office.news(now=now)
    assert digests == len(room.messages) == 3
    text = room.messages[-1].message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "한 주" in room.messages[-1].message["Subject"]
    assert "평소 3.9건" in text, "7 in 12.9 days; this one is of 7.1"


def test_a_digest_after_days_without_a_daemon_is_compared_with_as_many_days(desk: NewsDesk, room: Mailroom) -> None:
    office = Office(desk, room, readers=(), recipient=(Wishes(to="slow@example.org", mode="digest", digest_at="12:00"),))
    for hours in range(0, 14 * 24, 12):
        now = NOON + timedelta(hours=hours)
        if hours <= 10 * 24:
            office.send(now)
        office.news(now=now + timedelta(hours=1))
    office.send(NOON + timedelta(days=14))
    texts = [taken.message.get_body(("plain",)).get_content() for taken in room.messages]  # type: ignore[union-attr]
    assert "평소 2건" in texts[-2]
    assert len(texts) == 11
    assert "평소 8건" in texts[-1], "of four days"


def test_a_topic_may_come_at_once_and_another_in_a_digest(desk: NewsDesk, room: Mailroom) -> None:
    wishes = (
        Wishes(to="two@example.org", topics=("china-ai",)),
        Wishes(to="two@example.org", topics=("robots",), mode="digest", digest_at="18:00"),
    )
    office = Office(desk, room, readers=(), recipient=wishes)
    for topic in ("china-ai", "robots"):
        desk.tell(*desk.file(topic, topic=topic), alert_policy(office.config), topic=topic)
    assert office.send().sent == 1
    assert office.send(NOON + timedelta(hours=6)).sent == 1
    assert ["robots" in taken.message["Subject"] for taken in room.messages] == [False, True]


def test_both_modes_are_two_deliveries_of_one_alert(desk: NewsDesk, room: Mailroom) -> None:
    office = Office(desk, room, readers=(), recipient=(Wishes(to="both@example.org", mode="both", digest_at="18:00"),))
    office.news()
    assert office.send().sent == 1
    assert office.send(NOON + timedelta(hours=6)).sent == 1
