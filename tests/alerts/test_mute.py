"""Stories that the desk wants to hear no more of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.config import Reader
from crawler.policy import alert_policy
from pipelines.store import alert_book
from tests.alerts.desk import NOON, NewsDesk
from tests.alerts.office import MINUTE, Office
from tests.mailroom import Mailroom

AT_ONCE = Reader(to="a@example.org")
DAILY = Reader(to="a@example.org", mode="digest", digest_at="18:00")


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
    desk: NewsDesk, room: Mailroom, wish: Reader, undone: timedelta, expected: timedelta | None
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
