"""Each reader has a thread of its own: an update answers what that reader was sent; to who was sent nothing it is a new story."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage

from crawler.config import Wishes
from crawler.policy import alert_policy
from pipelines.story import Relation
from tests.alerts.desk import NOON, NewsDesk
from tests.alerts.office import MINUTE, Office
from tests.mailroom import Fault, Mailroom

HOUR = timedelta(hours=1)
PROOF = "화웨이가 3일 선전에서 새 AI 칩을 공개했다."
NEWS = "생산량은 내년 30만 개, 값은 1,200달러다."
FOLLOWS = "앞서 알린 기사의 후속입니다."


def update(office: Office, story: int, now: datetime, **changes: object) -> None:
    article, _ = office.desk.file(
        "화웨이 30만 개 양산", story=story, text=f"{PROOF}\n{NEWS}", relation="update", published=now, now=now, **changes)  # type: ignore[arg-type]
    office.desk.tell(article, story, alert_policy(office.config), relation=Relation.UPDATE, now=now)


def opened(office: Office, **changes: object) -> int:
    article, story = office.desk.file(**changes)  # type: ignore[arg-type]
    office.desk.tell(article, story, alert_policy(office.config))
    return story


def sent(room: Mailroom, recipient: str) -> list[EmailMessage]:
    return [taken.message for taken in room.messages if taken.recipients == (recipient,)]


def body(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def is_reply(message: EmailMessage, *earlier: EmailMessage) -> bool:
    ids = [each["Message-ID"] for each in earlier]
    return str(message["References"]).split() == ids and message["In-Reply-To"] == ids[-1] and FOLLOWS in body(message)


def is_new(message: EmailMessage) -> bool:
    text = body(message)
    return (
        message["In-Reply-To"] is message["References"] is None and not message["Subject"].startswith("Re:")
        and FOLLOWS not in text and "*화웨이*가 3일 선전에서" in text and "1,200달러" not in text
    )


def test_an_update_answers_the_storm_that_told_of_its_story(office: Office) -> None:
    story = opened(office)
    office.news(21)
    office.send()
    update(office, story, NOON + HOUR)
    office.send(NOON + HOUR)
    storm, reply = (taken.message for taken in office.room.messages)
    assert is_reply(reply, storm)
    assert reply["Subject"] == "Re: 화웨이, 새 AI 칩 공개 (가나일보)"


def test_what_each_reader_was_sent_is_answered(desk: NewsDesk, room: Mailroom) -> None:
    digest = Wishes(to="both@example.org", mode="both", digest_at="12:30")
    office = Office(desk, room, readers=("one@example.org",), recipient=(digest,))
    story = opened(office)
    office.send()
    office.send(NOON + HOUR)
    update(office, story, NOON + 2 * HOUR)
    office.send(NOON + 2 * HOUR)
    first, reply = sent(room, "one@example.org")
    assert is_reply(reply, first)
    at_once, daily, again = sent(room, "both@example.org")
    assert is_reply(again, at_once), "a mail of its own goes before the digest"
    assert daily["In-Reply-To"] is None


def test_who_gets_digests_and_now_wants_all_at_once_has_a_reply_to_the_digest(desk: NewsDesk, room: Mailroom) -> None:
    wish = Wishes(to="slow@example.org", mode="digest", digest_at="12:30")
    office = Office(desk, room, readers=(), recipient=(wish,))
    story = opened(office)
    office.send(NOON + HOUR)
    office.config = replace(office.config, recipient=(replace(wish, mode="instant"),))
    update(office, story, NOON + 2 * HOUR)
    office.send(NOON + 2 * HOUR)
    daily, reply = sent(room, "slow@example.org")
    assert is_reply(reply, daily)


def test_who_joined_later_is_told_an_update_as_a_new_story_and_the_next_as_its_reply(desk: NewsDesk, room: Mailroom) -> None:
    office = Office(desk, room, readers=("old@example.org",))
    story = opened(office)
    office.send()
    office.config = replace(office.config, mail=replace(office.config.mail, to=("old@example.org", "new@example.org")))
    update(office, story, NOON + 30 * HOUR)
    office.send(NOON + 30 * HOUR)
    (told,) = sent(room, "new@example.org")
    assert is_new(told)
    assert told["Subject"] == "화웨이 30만 개 양산 (가나일보)"
    article, _ = desk.file(story=story, text=f"{PROOF}\n{NEWS}\n알리바바는 27억 위안을 더 넣는다.", published=NOON + 40 * HOUR)
    desk.tell(article, story, alert_policy(office.config), relation=Relation.UPDATE, now=NOON + 40 * HOUR)
    office.send(NOON + 40 * HOUR)
    first, second, third = sent(room, "old@example.org")
    assert is_reply(third, first, second)
    told, reply = sent(room, "new@example.org")
    assert is_reply(reply, told)
    assert reply["Subject"] == "Re: 화웨이 30만 개 양산 (가나일보)"


def test_who_wants_breaking_news_alone_is_told_an_update_as_a_new_story(desk: NewsDesk, room: Mailroom) -> None:
    office = Office(desk, room, readers=("all@example.org",), recipient=(Wishes(to="flash@example.org", breaking_only=True),))
    story = opened(office)
    office.send()
    update(office, story, NOON + HOUR, stage="속보")
    office.send(NOON + HOUR)
    assert is_reply(sent(room, "all@example.org")[1], sent(room, "all@example.org")[0])
    (told,) = sent(room, "flash@example.org")
    assert is_new(told)


def test_a_story_and_its_update_that_wait_together_are_one_message(desk: NewsDesk, room: Mailroom) -> None:
    office = Office(desk, room, readers=(), recipient=(Wishes(to="night@example.org", quiet_hours="11:00-13:00"),))
    story = opened(office)
    update(office, story, NOON + MINUTE)
    assert not office.send(NOON + MINUTE)
    assert office.send(NOON + HOUR).sent == 1
    assert is_new(room.messages[0].message)
    assert office.states() == ["dropped", "sent"]
    assert not office.send(NOON + 2 * HOUR)


def test_a_story_that_waits_for_the_morning_is_not_told_after_its_breaking_update(desk: NewsDesk, room: Mailroom) -> None:
    wishes = (Wishes(to="night@example.org", breaking_only=True), Wishes(to="night@example.org", quiet_hours="11:00-13:00"))
    office = Office(desk, room, readers=(), recipient=wishes)
    story = opened(office)
    assert not office.send()
    update(office, story, NOON + MINUTE, stage="속보")
    assert office.send(NOON + MINUTE).sent == 1
    assert is_new(room.messages[0].message)
    assert not office.send(NOON + HOUR)


def test_an_update_of_what_may_have_arrived_is_its_reply(office: Office) -> None:
    office.room.fault, office.room.fault_times = Fault.DROP_AFTER_DOT, 1
    story = opened(office)
    office.send()
    update(office, story, NOON)
    office.send(NOON + MINUTE)
    _, again, reply = (taken.message for taken in office.room.messages)
    assert is_reply(reply, again)


def test_an_update_of_what_was_given_up_is_a_new_story(office: Office) -> None:
    office.room.answers["RCPT"] = ["550 5.1.1 no such user"]
    story = opened(office)
    office.send()
    update(office, story, NOON + HOUR)
    office.send(NOON + HOUR)
    assert is_new(office.room.messages[0].message)


def test_a_digest_calls_follow_up_what_its_reader_was_told_of(desk: NewsDesk, room: Mailroom) -> None:
    office = Office(desk, room, readers=(), recipient=(Wishes(to="slow@example.org", mode="digest", digest_at="18:00"),))
    story = opened(office)
    update(office, story, NOON + HOUR)
    office.send(NOON + 6 * HOUR)
    article, _ = desk.file(story=story, text=f"{PROOF}\n{NEWS}\n알리바바는 27억 위안을 더 넣는다.", published=NOON + 8 * HOUR)
    desk.tell(article, story, alert_policy(office.config), relation=Relation.UPDATE, now=NOON + 8 * HOUR)
    office.send(NOON + 30 * HOUR)
    first, second = (body(taken.message) for taken in room.messages)
    assert "후속" not in first
    assert "· 후속" in second
