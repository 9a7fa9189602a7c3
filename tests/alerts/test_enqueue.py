"""Who is told of what, and how often: rows only."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pipelines.alerts.policy import AlertPolicy, Mode, Recipient
from pipelines.record import record
from pipelines.story import Relation
from tests.alerts.desk import NOON, NewsDesk
from tests.store.making import match, page, reading
from tests.stories.pairs import MORNING, events, versions

READER = Recipient(address="reader@example.org")
POLICY = AlertPolicy(recipients=(READER, Recipient(address="other@example.org")))


def deliveries(desk: NewsDesk) -> list[tuple[object, ...]]:
    return desk.rows("SELECT alert_id, recipient, mode, state FROM delivery ORDER BY id")


def test_a_new_story_has_one_alert_and_one_delivery_for_each_recipient(desk: NewsDesk) -> None:
    assert desk.tell(*desk.file(), POLICY) == 1
    assert deliveries(desk) == [(1, "reader@example.org", "instant", "pending"), (1, "other@example.org", "instant", "pending")]


def test_copies_of_a_told_story_are_not_told(desk: NewsDesk) -> None:
    article, story = desk.file()
    desk.tell(article, story, POLICY)
    for press in ("다라신문", "마바경제"):
        copy, _ = desk.file(story=story, press=press, relation="copy")
        assert desk.tell(copy, story, POLICY) == 0
    assert desk.rows("SELECT count(*) FROM alert") == [(1,)]


def test_one_story_is_told_once_for_each_topic(desk: NewsDesk) -> None:
    article, story = desk.file()
    desk.tell(article, story, POLICY)
    other, _ = desk.file(story=story, topic="chips")
    assert desk.tell(other, story, POLICY, topic="chips") == 1
    assert desk.rows("SELECT topic FROM alert") == [("china-ai",), ("chips",)]


def test_an_update_is_told_only_with_new_facts(desk: NewsDesk) -> None:
    article, story = desk.file(stage="속보", text="화웨이가 3일 선전에서 새 AI 칩을 공개했다.")
    desk.tell(article, story, POLICY)
    same, _ = desk.file(story=story, stage="1보", text="화웨이는 새 AI 칩을 3일 중국 선전에서 공개했다.")
    assert desk.tell(same, story, POLICY, relation=Relation.UPDATE) == 0
    more, _ = desk.file(story=story, stage="종합", text="화웨이가 3일 선전에서 새 AI 칩을 공개했다. 내년 봄 30만 개를 양산한다.")
    assert desk.tell(more, story, POLICY, relation=Relation.UPDATE) == 1
    assert desk.rows("SELECT kind, thread_id, news FROM alert WHERE id = 2") == [("update", 1, '["내년 봄 30만 개를 양산한다."]')]


def test_an_earlier_report_that_is_found_later_is_no_update(desk: NewsDesk) -> None:
    article, story = desk.file(stage="종합", text="화웨이가 3일 선전에서 새 AI 칩을 공개했다.", published=NOON)
    desk.tell(article, story, POLICY)
    more = "화웨이가 3일 선전에서 새 AI 칩을 공개했다. 내년 봄 30만 개를 양산한다."
    earlier, _ = desk.file(story=story, stage="1보", text=more, published=NOON - timedelta(hours=1))
    assert desk.tell(earlier, story, POLICY, relation=Relation.UPDATE) == 0
    undated, _ = desk.file(story=story, stage="종합", text=more + " 값은 120만 원이다.", published=None)
    assert desk.tell(undated, story, POLICY, relation=Relation.UPDATE) == 1


def test_an_update_that_matches_first_opens_the_thread(desk: NewsDesk) -> None:
    article, story = desk.file()
    assert desk.tell(article, story, POLICY, relation=Relation.UPDATE) == 1
    assert desk.rows("SELECT kind, thread_id FROM alert") == [("new", None)]


def test_what_a_silent_policy_found_is_stored_and_not_told(desk: NewsDesk) -> None:
    article, story = desk.file()
    assert desk.tell(article, story, AlertPolicy(recipients=(READER,), is_silent=True)) == 0
    copy, _ = desk.file(story=story, source="dara")
    assert desk.tell(copy, story, POLICY) == 0, "a copy found later is no news either"
    assert deliveries(desk) == []


def test_what_a_first_crawl_or_a_back_fill_found_is_stored_and_not_told(desk: NewsDesk) -> None:
    article, story = desk.file()
    desk.store.db.conn.execute("UPDATE address SET is_silent = 1")
    assert desk.tell(article, story, POLICY) == 0
    assert desk.tell(*desk.file(), POLICY) == 1


def test_what_was_published_long_before_it_was_seen_is_stored_and_not_told(desk: NewsDesk) -> None:
    policy = replace(POLICY, old_after=timedelta(days=3))
    assert desk.tell(*desk.file(published=NOON - timedelta(days=3, minutes=1)), policy) == 0
    assert desk.tell(*desk.file(published=NOON - timedelta(days=3)), policy) == 1
    assert desk.tell(*desk.file(published=None), policy) == 1, "nobody says how old it is"
    assert desk.tell(*desk.file(published=NOON - timedelta(days=300)), POLICY) == 1


def test_new_facts_on_a_silent_story_are_told_once_as_a_new_story(desk: NewsDesk) -> None:
    reports = versions(events()[0])
    second = reports["rewrite"].text + " 배에는 연료 1300ℓ가 실려 있었다."
    reports["second"] = replace(reports["wire"], title=reports["rewrite"].title, paragraphs=(second,))
    told = []
    for name in ("wire", "reprint", "portal", "second", "rewrite", "roundup"):
        found, policy = reading(reports[name], page(name), matches=[match()]), replace(POLICY, is_silent=name == "wire")
        receipt = record(desk.store, found, now=MORNING + timedelta(hours=6), policy=policy)
        told.append((name, str(receipt.relation), receipt.alerts))
    assert told == [
        ("wire", "", 0), ("reprint", "copy", 0), ("portal", "copy", 0), ("second", "same-event", 1), ("rewrite", "copy", 0),
        ("roundup", "update", 1),
    ]
    assert desk.rows("SELECT kind, is_silent, thread_id, news <> '[]' FROM alert ORDER BY id") == [
        ("new", 1, None, 0), ("new", 0, None, 0), ("update", 0, 2, 1),
    ]


def test_the_same_event_in_other_words_is_told_of_no_story_that_was_told(desk: NewsDesk) -> None:
    article, story = desk.file()
    desk.tell(article, story, POLICY)
    other, _ = desk.file(story=story, press="다라신문", text="알리바바는 27억 위안을 더 넣는다. 이로써 투자가 갑절이 됐다.")
    assert desk.tell(other, story, POLICY, relation=Relation.SAME_EVENT) == 0


@pytest.mark.parametrize(
    ("wish", "is_told"),
    [
        (Recipient(address="a@b.kr", minimum_score=0.9), False),
        (Recipient(address="a@b.kr", minimum_score=0.8), True),
        (Recipient(address="a@b.kr", topics=frozenset({"semiconductors"})), False),
        (Recipient(address="a@b.kr", subtopics=frozenset({"robotics"})), False),
        (Recipient(address="a@b.kr", subtopics=frozenset({"robotics", "chips"})), True),
        (Recipient(address="a@b.kr", breaking_only=True), False),
    ],
)
def test_wishes(desk: NewsDesk, wish: Recipient, *, is_told: bool) -> None:
    desk.tell(*desk.file(), AlertPolicy(recipients=(wish,)))
    assert bool(deliveries(desk)) is is_told


@pytest.mark.parametrize(("stage", "tags"), [("속보", ()), ("1보", ()), ("", ("긴급",))])
def test_breaking_news_is_what_korean_desks_mark_so(desk: NewsDesk, stage: str, tags: tuple[str, ...]) -> None:
    wish = Recipient(address="a@b.kr", breaking_only=True)
    desk.tell(*desk.file(stage=stage, tags=tags), AlertPolicy(recipients=(wish,)))
    assert len(deliveries(desk)) == 1


def test_a_reader_whose_wishes_only_a_later_copy_meets_hears_of_the_story_then(desk: NewsDesk) -> None:
    policy = AlertPolicy(recipients=(READER, Recipient(address="strict@example.org", minimum_score=0.9)))
    article, story = desk.file(score=0.5)
    desk.tell(article, story, policy)
    better, _ = desk.file(story=story, score=0.95)
    desk.tell(better, story, policy)
    assert [row[1] for row in deliveries(desk)] == ["reader@example.org", "strict@example.org"]


def test_a_reader_who_joins_later_does_not_hear_of_old_stories(desk: NewsDesk) -> None:
    article, story = desk.file()
    desk.tell(article, story, POLICY)
    copy, _ = desk.file(story=story)
    newcomer = AlertPolicy(recipients=(*POLICY.recipients, Recipient(address="new@example.org")))
    desk.tell(copy, story, newcomer, now=NOON + timedelta(days=1))
    assert len(deliveries(desk)) == 2


def test_a_reader_told_of_one_of_two_joined_stories_is_not_told_of_the_other(desk: NewsDesk) -> None:
    article, story = desk.file(score=0.5)
    desk.tell(article, story, AlertPolicy(recipients=(READER,)))
    other, second = desk.file(score=0.9)
    strict = AlertPolicy(recipients=(Recipient(address="strict@example.org", minimum_score=0.8),))
    desk.tell(other, second, strict)
    desk.store.db.conn.execute("UPDATE story SET joined_into = ? WHERE id = ?", (story, second))
    copy, _ = desk.file(story=story, score=0.9)
    desk.tell(copy, story, strict)
    assert [row[1] for row in deliveries(desk)] == ["reader@example.org", "strict@example.org"]


def test_a_digest_waits_for_its_hour_and_both_means_both(desk: NewsDesk) -> None:
    desk.tell(*desk.file(), AlertPolicy(recipients=(Recipient(address="a@b.kr", mode=Mode.BOTH),)))
    rows = desk.rows("SELECT mode, state, next_try_at FROM delivery ORDER BY id")
    assert rows == [("instant", "pending", "2026-03-02T03:00:00Z"), ("daily", "held", "2026-03-02T23:00:00Z")]


def test_a_muted_story_is_not_told_any_more(desk: NewsDesk) -> None:
    article, story = desk.file()
    desk.store.db.conn.execute("INSERT INTO mute VALUES (?, ?)", (story, "2026-03-02T03:00:00Z"))
    assert desk.tell(article, story, POLICY) == 0


def test_stories_that_were_joined_are_one_thread(desk: NewsDesk) -> None:
    article, story = desk.file()
    desk.tell(article, story, POLICY)
    other, second = desk.file()
    desk.store.db.conn.execute("UPDATE story SET joined_into = ? WHERE id = ?", (second, story))
    assert desk.tell(other, second, POLICY) == 0


def test_message_ids_are_distinct_and_fixed_at_birth(desk: NewsDesk) -> None:
    for _ in range(3):
        desk.tell(*desk.file(), AlertPolicy(recipients=(READER,), domain="news.example.org"), now=NOON)
    ids = [str(row[0]) for row in desk.rows("SELECT message_id FROM alert")]
    assert len(set(ids)) == 3
    assert all(each.startswith("<sosik.") and each.endswith("@news.example.org>") for each in ids)
