"""Stories that the desk wants to hear no more of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.config import Wishes
from crawler.policy import alert_policy
from pipelines.store import alert_book, ledger
from tests.alerts.desk import NOON, NewsDesk
from tests.alerts.office import MINUTE, Office
from tests.mailroom import Mailroom

AT_ONCE = Wishes(to="a@example.org")
DAILY = Wishes(to="a@example.org", mode="digest", digest_at="18:00")


@pytest.mark.parametrize(
    ("wish", "undone", "expected"),
    [
        (AT_ONCE, timedelta(hours=23), timedelta(hours=23)),
        (AT_ONCE, timedelta(hours=25), None),
        (DAILY, timedelta(hours=2), timedelta(hours=6)),
        (DAILY, timedelta(hours=7), timedelta(hours=30)),
        (DAILY, timedelta(hours=25), None),
        (replace(DAILY, digest_on="fri"), timedelta(days=3), timedelta(days=4, hours=6)),
        (replace(DAILY, digest_on="mon"), timedelta(days=6), timedelta(days=7, hours=6)),
    ],
)
def test_what_a_mute_dropped_is_told_after_all_while_it_is_news(
    desk: NewsDesk, room: Mailroom, wish: Wishes, undone: timedelta, expected: timedelta | None
) -> None:
    office = Office(desk, room, readers=(), recipient=(wish,))
    article, story = desk.file()
    desk.tell(article, story, alert_policy(office.config))
    with desk.store.transaction() as connection:
        assert alert_book.mute(connection, story, NOON + MINUTE) == 1
    assert not office.send(NOON + undone)
    with desk.store.transaction() as connection:
        assert alert_book.unmute(connection, story, NOON + undone) == (0 if expected is None else 1)
    if expected is None:
        assert not office.send(NOON + timedelta(days=8))
        return
    assert expected == undone or not office.send(NOON + expected - MINUTE)
    assert office.send(NOON + expected).sent == 1


def mute(desk: NewsDesk, story: int, *, undo: bool = False) -> int | None:
    with desk.store.transaction() as connection:
        return (alert_book.unmute if undo else alert_book.mute)(connection, story, NOON + MINUTE)


def test_a_muted_story_is_left_out_of_a_digest_that_waits_for_its_second_try(desk: NewsDesk, room: Mailroom) -> None:
    office = Office(desk, room, readers=(), recipient=(Wishes(to="a@example.org", mode="digest", digest_at="12:05"),))
    room.answers["TEXT"] = ["451 4.3.0 later"]
    stories = []
    for title in ("화웨이 하나", "유니트리 둘"):
        article, story = desk.file(title)
        desk.tell(article, story, alert_policy(office.config))
        stories.append(story)
    assert office.send(NOON + 5 * MINUTE).later == 1
    assert mute(desk, stories[0]) == 1
    assert office.send(NOON + 7 * MINUTE).sent == 1
    text = room.messages[0].message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert ("화웨이 하나" in text, "유니트리 둘" in text) == (False, True)
    assert mute(desk, stories[0], undo=True) == 1
    assert office.send(NOON + timedelta(days=1, minutes=5)).sent == 1, "in the next digest"


def test_a_digest_of_muted_stories_alone_is_not_sent(desk: NewsDesk, room: Mailroom) -> None:
    office = Office(desk, room, readers=(), recipient=(Wishes(to="a@example.org", mode="digest", digest_at="12:05"),))
    room.answers["TEXT"] = ["451 4.3.0 later"]
    article, story = desk.file()
    desk.tell(article, story, alert_policy(office.config))
    office.send(NOON + 5 * MINUTE)
    mute(desk, story)
    assert not office.send(NOON + 7 * MINUTE)
    assert room.messages == []


def test_a_story_that_was_muted_while_it_was_being_sent_does_not_go_again(desk: NewsDesk, room: Mailroom) -> None:
    office = Office(desk, room, readers=("a@example.org",))
    office.news()
    with desk.store.transaction() as connection:
        ledger.claim(connection, [1], NOON)
    mute(desk, 1)
    office.send(NOON + MINUTE)
    assert (office.states(), room.messages) == (["dropped"], [])
