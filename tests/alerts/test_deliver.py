"""The ledger at work against a real mail server that fails in each way: nothing lost, nothing told twice."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawler.config import Config, General, Mail, Reader
from crawler.policy import alert_policy
from crawler.sending import outbox_lock, send_due
from pipelines.alerts.deliver import SendReport
from pipelines.alerts.notices import give_notice
from pipelines.store import alert_book, ledger
from pipelines.store.notices import NoticeKind
from pipelines.store.tally import Waiting, oldest_waiting
from pipelines.story import Relation
from tests.alerts.desk import NOON, NewsDesk
from tests.mailroom import Fault, Mailroom

MINUTE = timedelta(minutes=1)
DROPS = [Fault.DROP_AT_MAIL, Fault.DROP_BEFORE_DOT, Fault.DROP_AFTER_DOT]


class Office:
    """A news desk, a mail server, and the settings between them."""

    def __init__(self, desk: NewsDesk, room: Mailroom, *, readers: tuple[str, ...], recipient: tuple[Reader, ...] = ()) -> None:
        self.desk = desk
        self.room = room
        self.config = Config(
            sosik=General(data_dir=desk.store.path.parent),
            mail=Mail(to=readers, server=room.host, port=room.port, security="none", sender="sosik@example.org", timeout_s=5),
            recipient=recipient,
        )

    def news(self, count: int = 1, *, now: datetime = NOON) -> None:
        for _ in range(count):
            self.desk.tell(*self.desk.file(now=now, published=now), alert_policy(self.config), now=now)

    def send(self, now: datetime = NOON) -> SendReport:
        return send_due(self.desk.store, self.config, now)

    def states(self) -> list[str]:
        return [str(row[0]) for row in self.desk.rows("SELECT state FROM delivery ORDER BY id")]

    def arrived(self) -> list[str]:
        return [str(taken.message["Message-ID"]) for taken in self.room.messages]


@pytest.fixture
def room() -> Iterator[Mailroom]:
    with Mailroom() as made:
        yield made


@pytest.fixture
def office(desk: NewsDesk, room: Mailroom) -> Office:
    return Office(desk, room, readers=("reader@example.org",))


def test_what_was_sent_is_never_sent_again(office: Office) -> None:
    office.news(3)
    assert office.send().sent == 3
    assert not office.send(), "a second round has nothing to do"
    assert office.states() == ["sent"] * 3
    assert len(set(office.arrived())) == 3


def test_messages_go_in_the_order_of_their_birth(office: Office) -> None:
    office.news(5)
    office.send()
    born = [str(row[0]) for row in office.desk.rows("SELECT message_id FROM alert ORDER BY id")]
    assert office.arrived() == born


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "TEXT"])
def test_a_temporary_refusal_is_tried_again_after_a_minute(office: Office, stage: str) -> None:
    office.room.answers[stage] = ["451 4.7.1 greylisted, try later"]
    office.news()
    assert office.send().later == 1
    assert (office.states(), office.send().sent) == (["retry"], 0)
    assert office.send(NOON + MINUTE).sent == 1
    assert len(office.room.messages) == 1


def test_a_final_refusal_is_dead_and_says_why(office: Office) -> None:
    office.room.answers["RCPT"] = ["550 5.1.1 no such user"]
    office.news()
    assert office.send().dead == 1
    ((state, trouble),) = office.desk.rows("SELECT state, trouble FROM delivery")
    assert state == "dead"
    assert "550 5.1.1 no such user" in str(trouble)


def test_a_temporary_refusal_for_three_days_is_dead(office: Office) -> None:
    office.room.answers["RCPT"] = ["450 4.2.0 mailbox busy"] * 100
    office.news()
    now, tries = NOON, 0
    while office.states() == ["retry"] or not tries:
        office.send(now)
        tries += 1
        ((at,),) = office.desk.rows("SELECT next_try_at FROM delivery")
        now = max(now + MINUTE, datetime.fromisoformat(str(at)))
    assert office.states() == ["dead"]
    assert timedelta(days=3) <= now - NOON < timedelta(days=3, hours=12)
    assert 15 < tries < 25


def test_one_refused_reader_does_not_hurt_the_others(desk: NewsDesk, room: Mailroom) -> None:
    room.refused = {"gone@example.org": "550 5.1.1 no such user"}
    office = Office(desk, room, readers=("a@example.org", "gone@example.org", "z@example.org"))
    office.news(2)
    report = office.send()
    assert (report.sent, report.dead) == (4, 2)
    assert sorted(taken.recipients[0] for taken in room.messages) == ["a@example.org"] * 2 + ["z@example.org"] * 2


def test_readers_do_not_see_one_another(desk: NewsDesk, room: Mailroom) -> None:
    office = Office(desk, room, readers=("a@example.org", "b@example.org"))
    office.news()
    office.send()
    assert [taken.message["To"] for taken in room.messages] == ["a@example.org", "b@example.org"]


def test_accepted_but_unacknowledged_goes_again_with_the_same_message_id(office: Office) -> None:
    office.room.fault, office.room.fault_times = Fault.DROP_AFTER_DOT, 1
    office.news()
    assert office.send().unknown == 1
    assert office.states() == ["unknown"]
    assert office.send(NOON + MINUTE).sent == 1
    assert len(office.arrived()) == 2
    assert len(set(office.arrived())) == 1


def test_killed_while_sending_is_unknown_and_goes_again_at_once(office: Office) -> None:
    office.news()
    ((message_id,),) = office.desk.rows("SELECT message_id FROM alert")
    with office.desk.store.transaction() as connection:
        ledger.claim(connection, [1], NOON)  # and the process dies here
    report = office.send()
    assert (report.recovered, report.sent) == (1, 1)
    assert office.arrived() == [message_id]


def test_a_day_without_the_server_loses_nothing_and_keeps_the_order(office: Office) -> None:
    office.room.__exit__(None, None, None)
    now = NOON
    for _ in range(24):
        office.news(now=now)
        office.send(now)
        now += timedelta(hours=1)
    assert set(office.states()) <= {"retry", "pending"}
    office.room.__enter__()
    assert office.send(now).sent == 24
    born = [str(row[0]) for row in office.desk.rows("SELECT message_id FROM alert ORDER BY id")]
    assert office.arrived() == born


def test_a_server_that_is_down_is_asked_once_a_round_and_rests(office: Office) -> None:
    office.news(3)
    office.room.answers["MAIL"] = ["421 4.3.2 shutting down"] * 2
    assert office.send().troubles
    assert not office.send(NOON + timedelta(seconds=30)), "it rests"
    assert len([c for c in office.room.commands if c.startswith("MAIL")]) == 1
    office.send(NOON + MINUTE)
    assert office.send(NOON + 3 * MINUTE).sent == 3


def test_a_pause_beyond_any_of_ours_is_a_clock_that_was_set_back(office: Office) -> None:
    office.news()
    office.room.answers["MAIL"] = ["421 4.3.2 shutting down"]
    office.send(NOON)
    assert office.send(NOON - timedelta(days=3650)).sent == 1


def test_a_clock_set_forward_by_years_kills_nothing(office: Office) -> None:
    office.news()
    office.room.answers["RCPT"] = ["451 4.7.1 later"] * 2
    office.send()
    office.send(NOON + timedelta(days=3650))
    assert office.states() == ["retry"]


def test_later_messages_wait_a_while_behind_a_refused_one(office: Office) -> None:
    office.room.answers["RCPT"] = ["451 4.7.1 greylisted"]
    office.news(2)
    office.send()
    assert office.states() == ["retry", "pending"]
    office.send(NOON + MINUTE)
    born = [str(row[0]) for row in office.desk.rows("SELECT message_id FROM alert ORDER BY id")]
    assert office.arrived() == born


def test_a_stubborn_message_does_not_hold_up_the_others_for_ever(office: Office) -> None:
    office.news()
    office.room.answers["TEXT"] = ["451 4.3.0 not this one"] * 4
    now = NOON
    for _ in range(4):
        office.send(now)
        now += timedelta(minutes=15)
    office.desk.rows("UPDATE delivery SET next_try_at = '2026-03-03T00:00:00Z'")
    office.news(now=now)
    assert office.send(now).sent == 1
    assert office.states() == ["retry", "sent"]


def test_while_another_process_sends_this_one_does_not(office: Office) -> None:
    office.news()
    with outbox_lock(office.desk.store.path) as is_ours:
        assert is_ours
        assert not office.send()
    assert office.send().sent == 1


def test_a_reader_who_was_removed_gets_nothing_more(office: Office) -> None:
    office.news()
    office.config = replace(office.config, mail=replace(office.config.mail, to=("new@example.org",)))
    office.send()
    assert (office.states(), office.room.messages) == (["dropped"], [])


def test_a_reader_who_was_removed_gets_no_digest_that_must_go_again(office: Office) -> None:
    office.room.answers["RCPT"] = ["451 4.7.1 greylisted"]
    office.news(21)
    office.send()
    office.config = replace(office.config, mail=replace(office.config.mail, to=("new@example.org",)))
    office.send(NOON + MINUTE)
    assert (set(office.states()), office.room.messages) == ({"dropped"}, [])


def test_without_a_server_mails_are_kept_as_files(desk: NewsDesk, tmp_path: Path) -> None:
    config = Config(sosik=General(data_dir=tmp_path))
    desk.tell(*desk.file(), alert_policy(config))
    assert send_due(desk.store, config, NOON).sent == 1
    (kept,) = (tmp_path / "outbox").iterdir()
    assert kept.suffix == ".eml"
    assert kept.stat().st_mode & 0o777 == 0o600
    ((state, note),) = desk.rows("SELECT state, trouble FROM delivery")
    assert (state, note) == ("sent", f"outbox/{kept.name}")


def test_more_than_twenty_at_once_become_one_digest(office: Office) -> None:
    office.news(21)
    assert office.send().sent == 1
    (taken,) = office.room.messages
    assert "21" in taken.message["Subject"]
    assert office.states() == ["sent"] * 21


def test_twenty_at_once_are_twenty(office: Office) -> None:
    office.news(20)
    assert office.send().sent == 20


def test_of_a_busy_feed_each_alert_comes_once_and_few_of_them_singly(office: Office) -> None:
    for seconds in range(0, 45 * 60, 10):
        now = NOON + timedelta(seconds=seconds)
        office.news(13 * (seconds < 45) + (seconds % 120 == 0), now=now)
        office.send(now)
    sizes = [len(alerts) for alerts in told(office)]
    assert sizes == [1] * 14 + [13 * 4 + 5, 4] + [1] * 13, "at once; after ten minutes; after ten more, in which it grew calm"
    assert sorted(alert for alerts in told(office) for alert in alerts) == list(range(1, 13 * 5 + 23 + 1))


def told(office: Office) -> list[tuple[int, ...]]:
    """The alerts of each message, in the order in which they came."""
    rows = office.desk.rows(
        """SELECT coalesce(digest.message_id, alert.message_id) AS message, group_concat(alert.id)
           FROM delivery JOIN alert ON alert.id = alert_id LEFT JOIN digest ON digest.id = digest_id GROUP BY message""")
    alerts = {str(row[0]): tuple(map(int, str(row[1]).split(","))) for row in rows}
    return [alerts[each] for each in office.arrived()]


def test_a_digest_that_must_go_again_is_the_same_digest(office: Office) -> None:
    office.news(21)
    office.room.fault, office.room.fault_times = Fault.DROP_AFTER_DOT, 1
    office.send()
    office.news()
    office.send(NOON + MINUTE)
    office.send(NOON + 11 * MINUTE)
    first, again, later = office.room.messages
    assert first.message["Message-ID"] == again.message["Message-ID"] != later.message["Message-ID"]
    assert first.message["Subject"] == again.message["Subject"]


def test_quiet_hours_put_off_until_they_end(desk: NewsDesk, room: Mailroom) -> None:
    office = Office(desk, room, readers=(), recipient=(Reader(to="night@example.org", quiet_hours="11:00-13:00"),))
    office.news()
    assert not office.send()
    assert not office.send(NOON + timedelta(minutes=59))
    assert office.send(NOON + timedelta(hours=1)).sent == 1


BREAKING = Reader(to="night@example.org", breaking_only=True)
QUIET = Reader(to="night@example.org", quiet_hours="11:00-13:00")


@pytest.mark.parametrize("wishes", [(BREAKING, QUIET), (QUIET, BREAKING)])
def test_of_two_entries_the_one_that_asks_for_an_alert_has_its_quiet_hours(
    desk: NewsDesk, room: Mailroom, wishes: tuple[Reader, ...]
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


def test_a_daily_digest_comes_at_its_hour_and_once(desk: NewsDesk, room: Mailroom) -> None:
    office = Office(desk, room, readers=(), recipient=(Reader(to="slow@example.org", mode="digest", digest_at="18:00"),))
    office.news(2)
    assert not office.send(NOON + timedelta(hours=5, minutes=59))
    assert office.send(NOON + timedelta(hours=6)).sent == 1
    assert not office.send(NOON + timedelta(hours=30))


def test_a_weekly_digest_tells_its_number_against_the_usual(desk: NewsDesk, room: Mailroom) -> None:
    wish = Reader(to="slow@example.org", mode="digest", digest_at="09:00", digest_on="mon")
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
    office = Office(desk, room, readers=(), recipient=(Reader(to="slow@example.org", mode="digest", digest_at="12:00"),))
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
        Reader(to="two@example.org", topics=("china-ai",)),
        Reader(to="two@example.org", topics=("robots",), mode="digest", digest_at="18:00"),
    )
    office = Office(desk, room, readers=(), recipient=wishes)
    for topic in ("china-ai", "robots"):
        desk.tell(*desk.file(topic, topic=topic), alert_policy(office.config), topic=topic)
    assert office.send().sent == 1
    assert office.send(NOON + timedelta(hours=6)).sent == 1
    assert ["robots" in taken.message["Subject"] for taken in room.messages] == [False, True]


def test_a_digest_keeps_quiet_too_also_when_it_must_go_again(desk: NewsDesk, room: Mailroom) -> None:
    wish = Reader(to="night@example.org", mode="digest", digest_at="12:30", quiet_hours="12:00-14:00")
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
    office = Office(desk, room, readers=(), recipient=(Reader(to="night@example.org", quiet_hours="11:00-17:00"),))
    office.news()
    office.send()
    assert oldest_waiting(desk.store, NOON + timedelta(hours=3)) is None
    assert oldest_waiting(desk.store, NOON + timedelta(hours=6)) == Waiting(since=NOON + timedelta(hours=5), trouble="")


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


def test_both_modes_are_two_deliveries_of_one_alert(desk: NewsDesk, room: Mailroom) -> None:
    office = Office(desk, room, readers=(), recipient=(Reader(to="both@example.org", mode="both", digest_at="18:00"),))
    office.news()
    assert office.send().sent == 1
    assert office.send(NOON + timedelta(hours=6)).sent == 1


def test_a_defect_in_one_message_does_not_stop_the_others(office: Office) -> None:
    office.news(2)
    office.desk.rows("UPDATE alert SET news = 'no JSON' WHERE id = 1")
    report = office.send()
    assert (report.later, report.sent) == (1, 0), "the second waits behind the first, for order's sake"
    office.desk.rows("UPDATE delivery SET tries = 5 WHERE id = 1")
    assert office.send().sent == 1


def test_reader_is_told_in_the_language_of_its_entry(desk: NewsDesk, room: Mailroom) -> None:
    office = Office(desk, room, readers=("ko@example.org",), recipient=(Reader(to="en@example.org", language="en"),))
    office.news()
    office.send()
    bodies = {taken.recipients[0]: taken.message.get_body(("plain",)).get_content() for taken in room.messages}  # type: ignore[union-attr]
    assert "Unsubscribe" in bodies["en@example.org"]
    assert "그만 받기" in bodies["ko@example.org"]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_server_does_all_arrives_in_the_end_and_each_alert_has_one_message_id(office: Office, seed: int) -> None:
    chance = random.Random(seed)
    refusals = ["421 4.3.2 closing", "450 4.2.0 greylisted", "451 4.3.0 local error", "452 4.3.1 full"]
    office.news(8)
    now = NOON
    for _ in range(12):
        office.room.fault, office.room.fault_times = chance.choice([None, *DROPS]), chance.randint(1, 2)
        office.room.answers = {chance.choice(["MAIL", "RCPT", "DATA", "TEXT"]): [chance.choice(refusals)]}
        office.send(now)
        now += timedelta(minutes=chance.choice([1, 5, 30]))
    office.room.fault, office.room.answers = None, {}
    office.send(now + timedelta(hours=6))
    born = {str(row[0]) for row in office.desk.rows("SELECT message_id FROM alert")}
    assert set(office.states()) == {"sent"}
    assert set(office.arrived()) == born


def settle_original(desk: NewsDesk, story: int, article: int) -> None:
    with desk.store.transaction() as connection:
        connection.execute("UPDATE story SET canonical_article_id = ? WHERE id = ?", (article, story))


def test_a_story_that_a_portal_set_off_is_told_by_its_original(office: Office) -> None:
    desk, policy = office.desk, alert_policy(office.config)
    copy, story = desk.file(press="다음 뉴스", url="https://portal.example/v/1")
    desk.tell(copy, story, policy)
    original, _ = desk.file(story=story, press="서울경제", url="https://original.example/1")
    desk.tell(original, story, policy)
    settle_original(desk, story, original)
    office.send()
    (taken,) = office.room.messages
    assert "(서울경제)" in str(taken.message["Subject"])
    body = taken.message.get_body(("plain",))
    assert body is not None
    assert "https://original.example/1" in body.get_content()


def test_a_story_that_was_told_keeps_its_subject(office: Office) -> None:
    desk, policy = office.desk, alert_policy(office.config)
    copy, story = desk.file(press="다음 뉴스")
    desk.tell(copy, story, policy)
    office.send()
    original, _ = desk.file(story=story, press="서울경제")
    settle_original(desk, story, original)
    office.send(NOON + MINUTE)
    (row,) = desk.rows("SELECT subject FROM alert")
    assert "(다음 뉴스)" in row[0]
    assert len(office.room.messages) == 1


def test_an_original_that_is_not_about_the_topic_is_not_told_for_its_copy(office: Office) -> None:
    desk, policy = office.desk, alert_policy(office.config)
    copy, story = desk.file(press="다음 뉴스")
    desk.tell(copy, story, policy)
    original, _ = desk.file(story=story, press="서울경제", level="mention")
    settle_original(desk, story, original)
    office.send()
    assert "(다음 뉴스)" in str(office.room.messages[0].message["Subject"])
