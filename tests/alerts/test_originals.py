"""A story that a copy set off is told by its original."""

from __future__ import annotations

from crawler.policy import alert_policy
from tests.alerts.desk import NOON, NewsDesk
from tests.alerts.office import MINUTE, Office


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
