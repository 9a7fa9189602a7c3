"""An article that its publisher took down before it was told: said, or not told at all when nobody else carries the story."""

from __future__ import annotations

from datetime import timedelta

from crawler.config import Wishes
from crawler.policy import alert_policy
from pipelines.delivery import WITHDRAWN
from pipelines.story import Relation
from tests.alerts.desk import NOON, NewsDesk
from tests.alerts.office import Office
from tests.mailroom import Mailroom

AWAKE = NOON + timedelta(hours=1)


def quiet(desk: NewsDesk, room: Mailroom) -> Office:
    return Office(desk, room, readers=(), recipient=(Wishes(to="night@example.org", quiet_hours="11:00-13:00"),))


def withdraw(desk: NewsDesk, article: int) -> None:
    desk.rows("UPDATE article SET withdrawn_at = '2026-03-02T03:30:00Z' WHERE id = ?", article)


def test_what_nobody_carries_any_more_is_not_told(desk: NewsDesk, room: Mailroom) -> None:
    office = quiet(desk, room)
    article, story = desk.file()
    desk.tell(article, story, alert_policy(office.config))
    withdraw(desk, article)
    assert not office.send(AWAKE)
    assert desk.rows("SELECT state, trouble FROM delivery") == [("dropped", WITHDRAWN)]


def test_what_others_carry_is_told_with_a_link_to_them_and_says_so(desk: NewsDesk, room: Mailroom) -> None:
    office = quiet(desk, room)
    article, story = desk.file(url="https://news.example/gone")
    desk.tell(article, story, alert_policy(office.config))
    desk.file(story=story, press="다라신문", relation="copy", url="https://other.example/there")
    withdraw(desk, article)
    assert office.send(AWAKE).sent == 1
    message = room.messages[0].message
    for part in ("plain", "html"):
        text = message.get_body((part,)).get_content()  # type: ignore[union-attr]
        assert "기사가 삭제됨. 링크는 다라신문 기사입니다." in text
        assert "https://other.example/there" in text
        assert "https://news.example/gone" not in text


def test_an_update_that_was_taken_back_is_not_told_and_the_story_is(desk: NewsDesk, room: Mailroom) -> None:
    office = quiet(desk, room)
    article, story = desk.file()
    desk.tell(article, story, alert_policy(office.config))
    more, _ = desk.file("화웨이 30만 개 양산", story=story, text="화웨이가 칩을 공개했다. 내년 봄 30만 개를 양산한다.")
    desk.tell(more, story, alert_policy(office.config), relation=Relation.UPDATE)
    withdraw(desk, more)
    assert office.send(AWAKE).sent == 1
    assert room.messages[0].message["Subject"] == "화웨이, 새 AI 칩 공개 (가나일보)"


def test_a_digest_goes_without_what_was_withdrawn(desk: NewsDesk, room: Mailroom) -> None:
    office = Office(desk, room, readers=(), recipient=(Wishes(to="a@example.org", mode="digest", digest_at="18:00"),))
    for title in ("화웨이 하나", "유니트리 둘"):
        article, story = desk.file(title)
        desk.tell(article, story, alert_policy(office.config))
    withdraw(desk, article)
    office.send(NOON + timedelta(hours=6))
    text = room.messages[0].message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert ("화웨이 하나" in text, "유니트리 둘" in text) == (True, False)
