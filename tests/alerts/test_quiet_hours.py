"""Nothing goes out in the hours in which a reader wants quiet, and nothing of it is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.config import Wishes
from crawler.policy import alert_policy
from pipelines.alerts.notices import give_notice
from pipelines.store.notices import NoticeKind
from pipelines.store.tally import WaitingDelivery, oldest_waiting
from pipelines.story import Relation
from tests.alerts.desk import NOON, NewsDesk
from tests.alerts.office import MINUTE, Office
from tests.mailroom import Mailroom


def test_quiet_hours_put_off_until_they_end(desk: NewsDesk, room: Mailroom) -> None:
    office = Office(desk, room, readers=(), recipient=(Wishes(to="night@example.org", quiet_hours="11:00-13:00"),))
    office.news()
    assert not office.send()
    assert not office.send(NOON + timedelta(minutes=59))
    assert office.send(NOON + timedelta(hours=1)).sent == 1


BREAKING = Wishes(to="night@example.org", breaking_only=True)
QUIET = Wishes(to="night@example.org", quiet_hours="11:00-13:00")


@pytest.mark.parametrize("wishes", [(BREAKING, QUIET), (QUIET, BREAKING)])
def test_of_two_entries_the_one_that_asks_for_an_alert_has_its_quiet_hours(
    desk: NewsDesk, room: Mailroom, wishes: tuple[Wishes, ...]
) -> None:
    office = Office(desk, room, readers=(), recipient=wishes)
    office.news()
    desk.tell(*desk.file("화웨이 화재", tags=("속보",)), alert_policy(office.config))
    assert office.send().sent == 1
    assert "화웨이 화재" in room.messages[0].message["Subject"]
    room.answers = {"RCPT": ["451 4.7.1 greylisted"]}
    office.news(now=NOON - 2 * MINUTE)
    office.send(NOON + timedelta(hours=1))
    assert office.send(NOON + timedelta(hours=23, minutes=30)).sent == 0, "a second try keeps them, too"
    assert office.send(NOON + timedelta(hours=25)).sent == 2


def test_an_alert_that_a_later_report_makes_breaking_news_does_not_wait(desk: NewsDesk, room: Mailroom) -> None:
    office = Office(desk, room, readers=("day@example.org",), recipient=(BREAKING, QUIET))
    article, story = desk.file()
    desk.tell(article, story, alert_policy(office.config))
    assert office.send().sent == 1
    copy, _ = desk.file(story=story, press="다라신문")
    desk.tell(copy, story, alert_policy(office.config), now=NOON + MINUTE)
    assert not office.send(NOON + MINUTE)
    flash, _ = desk.file(story=story, press="나라통신", stage="속보")
    desk.tell(flash, story, alert_policy(office.config), now=NOON + 2 * MINUTE)
    assert office.send(NOON + 2 * MINUTE).sent == 1
    assert [taken.recipients[0] for taken in room.messages] == ["day@example.org", "night@example.org"]


def test_an_update_of_breaking_news_is_none_by_that(desk: NewsDesk, room: Mailroom) -> None:
    office = Office(desk, room, readers=(), recipient=(BREAKING, QUIET))
    flash, story = desk.file(stage="속보", text="화웨이가 3일 선전에서 새 AI 칩을 공개했다.")
    desk.tell(flash, story, alert_policy(office.config))
    assert office.send().sent == 1
    more, _ = desk.file(story=story, stage="종합", text="화웨이가 3일 선전에서 새 AI 칩을 공개했다. 내년 봄 30만 개를 양산한다.")
    desk.tell(more, story, alert_policy(office.config), relation=Relation.UPDATE)
    assert not office.send(NOON + MINUTE)
    assert office.send(NOON + timedelta(hours=1)).sent == 1


def test_a_message_about_sosik_itself_keeps_the_quiet_hours_of_all_entries(desk: NewsDesk, room: Mailroom) -> None:
    office = Office(desk, room, readers=(), recipient=(BREAKING, QUIET))
    with desk.store.transaction() as connection:
        give_notice(connection, NoticeKind.BACKUP, {"why": "busy"}, policy=alert_policy(office.config), now=NOON)
    assert not office.send()
    assert office.send(NOON + timedelta(hours=1)).sent == 1


def test_an_alert_that_lost_its_match_keeps_the_quiet_hours_of_all_entries(desk: NewsDesk, room: Mailroom) -> None:
    office = Office(desk, room, readers=(), recipient=(BREAKING, QUIET))
    office.news()
    desk.rows("DELETE FROM match")
    assert not office.send()
    assert office.send(NOON + timedelta(hours=1)).sent == 1


def test_an_address_with_an_entry_of_its_own_gets_what_that_asks_for(desk: NewsDesk, room: Mailroom) -> None:
    office = Office(desk, room, readers=("night@example.org", "day@example.org"), recipient=(QUIET,))
    office.news()
    assert office.send().sent == 1
    assert room.messages[0].recipients == ("day@example.org",)
    assert office.send(NOON + timedelta(hours=1)).sent == 1


def test_a_digest_keeps_quiet_too_also_when_it_must_go_again(desk: NewsDesk, room: Mailroom) -> None:
    wish = Wishes(to="night@example.org", mode="digest", digest_at="12:30", quiet_hours="12:00-14:00")
    office = Office(desk, room, readers=(), recipient=(wish,))
    office.news(2)
    assert not office.send(NOON + timedelta(minutes=30))
    assert office.send(NOON + timedelta(hours=2)).sent == 1
    wish = replace(wish, digest_at="11:58")
    office.config = replace(office.config, recipient=(wish,))
    office.news(2)
    room.answers = {"MAIL": ["451 4.3.0 later"]}
    day = NOON + timedelta(days=1)
    office.send(day - timedelta(minutes=2))
    assert not office.send(day + MINUTE), "the second try falls into the quiet hours"
    assert office.send(day + timedelta(hours=2)).sent == 1


def test_a_message_that_waits_for_the_end_of_quiet_hours_is_not_stuck(desk: NewsDesk, room: Mailroom) -> None:
    office = Office(desk, room, readers=(), recipient=(Wishes(to="night@example.org", quiet_hours="11:00-17:00"),))
    office.news()
    office.send()
    assert oldest_waiting(desk.store, NOON + timedelta(hours=3)) is None
    assert oldest_waiting(desk.store, NOON + timedelta(hours=6)) == WaitingDelivery(since=NOON + timedelta(hours=5), trouble="")
