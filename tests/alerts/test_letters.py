"""Digests: by topic and sub-topic, each story once, newest first, with what is usual."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from pipelines.alerts.card import Letterhead, card
from pipelines.alerts.compose import Letter
from pipelines.alerts.letters import digest_letter
from pipelines.alerts.policy import AlertPolicy, Recipient
from pipelines.store.ledger import DigestRow
from pipelines.store.telling import telling, usual_stories
from pipelines.story import Relation
from pipelines.wording import Language, Wording
from tests.alerts.desk import NOON, NewsDesk

DAY = timedelta(days=1)
LABELS = {"china-ai": "중국 AI", "china-ai/chips": "반도체", "china-ai/models": "모델"}
HEAD = Letterhead(say=Wording("ko"), sender="sosik@example.org", labels=LABELS)
POLICY = AlertPolicy(recipients=(Recipient(address="reader@example.org"),))


def digest(desk: NewsDesk, *, kind: str = "daily", usual: dict[str, float | None] | None = None) -> Letter:
    row = DigestRow(digest_id=1, kind=kind, message_id="<d@example.org>", since=NOON - DAY, made_at=NOON)
    ids = [int(str(row[0])) for row in desk.rows("SELECT id FROM alert ORDER BY id")]
    return digest_letter(row, [telling(desk.store.db.conn, each) for each in ids], usual or {}, HEAD)


def test_stories_stand_by_subtopic_the_fullest_first_and_newest_first(desk: NewsDesk) -> None:
    stories = (("칩 하나", ("chips",), 3), ("모델 헌 것", ("models",), 5), ("모델 새 것", ("models",), 1), ("모름", (), 2))
    for title, subtopics, hours in stories:
        desk.tell(*desk.file(title, subtopics=subtopics, published=NOON - timedelta(hours=hours)), POLICY)
    text = digest(desk).text
    order = ("== 모델 2 ==", "모델 새 것", "모델 헌 것", "== 반도체 1 ==", "칩 하나", "== 그 밖 1 ==", "모름")
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_a_story_and_its_update_stand_there_once(desk: NewsDesk) -> None:
    article, story = desk.file("첫 보도")
    desk.tell(article, story, POLICY)
    update, _ = desk.file("다음 보도", story=story, text="화웨이가 칩을 공개했다. 내년 봄 30만 개를 양산한다. 값은 모른다.")
    desk.tell(update, story, POLICY, relation=Relation.UPDATE)
    letter = digest(desk)
    assert letter.subject == "중국 AI: 3월 1일 12:00~3월 2일 12:00 소식 1건"
    assert "다음 보도" in letter.text
    assert "첫 보도" not in letter.text
    assert "*30만 개*" in letter.text


@pytest.mark.parametrize(("usual", "words"), [(None, "비교할 기록이 아직 없음"), (4.0, "평소 4건"), (2.53, "평소 2.5건")])
def test_the_number_is_compared_with_the_usual(desk: NewsDesk, usual: float | None, words: str) -> None:
    desk.tell(*desk.file(), POLICY)
    assert words in digest(desk, usual={"china-ai": usual}).text


def usual(desk: NewsDesk, *, since: datetime, until: datetime, address: str = "reader@example.org") -> float | None:
    return usual_stories(
        desk.store.db.conn, "china-ai", channel="mail", recipient=address, mode="instant", since=since, until=until)


def test_the_usual_is_the_average_of_four_weeks(desk: NewsDesk) -> None:
    for days in (2, 3, 3, 11):
        desk.tell(*desk.file(), POLICY, now=NOON - days * DAY)
    assert usual(desk, since=NOON - DAY, until=NOON) == 4 / 10
    assert usual(desk, since=NOON - 14 * DAY, until=NOON - 13 * DAY) is None


def test_the_usual_is_what_this_reader_was_told(desk: NewsDesk) -> None:
    picky = Recipient(address="picky@example.org", subtopics=frozenset({"models"}))
    policy = AlertPolicy(recipients=(*POLICY.recipients, picky))
    for days in range(2, 12):
        desk.tell(*desk.file(subtopics=("models",) if days in (3, 11) else ("chips",)), policy, now=NOON - days * DAY)
    assert usual(desk, since=NOON - DAY, until=NOON) == 10 / 10
    assert usual(desk, since=NOON - DAY, until=NOON, address="picky@example.org") == 2 / 10
    assert usual(desk, since=NOON - DAY, until=NOON, address="nobody@example.org") is None


def test_the_usual_of_a_week_is_that_of_weeks(desk: NewsDesk) -> None:
    for days in range(7, 28):
        desk.tell(*desk.file(), POLICY, now=NOON - days * DAY - timedelta(hours=1))
    assert usual(desk, since=NOON - 7 * DAY, until=NOON) == pytest.approx(21 / (20 / 7 + 1 / 168))


def test_a_story_told_twice_in_a_time_is_usual_once(desk: NewsDesk) -> None:
    article, story = desk.file()
    desk.tell(article, story, POLICY, now=NOON - 11 * DAY)
    update, _ = desk.file(story=story, text="화웨이가 칩을 공개했다. 내년 봄 30만 개를 양산한다. 값은 모른다.")
    desk.tell(update, story, POLICY, relation=Relation.UPDATE, now=NOON - 11 * DAY + timedelta(hours=2))
    assert usual(desk, since=NOON - DAY, until=NOON) == 1 / 10


def test_several_topics_stand_apart(desk: NewsDesk) -> None:
    desk.tell(*desk.file("하나"), POLICY)
    desk.tell(*desk.file("둘", topic="robots"), POLICY, topic="robots")
    letter = digest(desk)
    assert letter.subject == "중국 AI: 3월 1일 12:00~3월 2일 12:00 소식 1건 · robots: 3월 1일 12:00~3월 2일 12:00 소식 1건"
    assert letter.topics == ("china-ai", "robots")


def test_a_storm_says_why_it_is_one_message(desk: NewsDesk) -> None:
    desk.tell(*desk.file(), POLICY)
    assert "한 통으로 묶었습니다" in digest(desk, kind="storm").text


def test_no_message_quotes_more_than_its_share_of_a_short_update(desk: NewsDesk) -> None:
    article, story = desk.file()
    desk.tell(article, story, POLICY)
    body = "화웨이가 5일 새 AI 칩을 공개했다.\n내년 봄 30만 개를 양산한다고 밝혔다."
    update, _ = desk.file("다음 보도", story=story, text=body, sentence=body.split("\n")[0])
    desk.tell(update, story, POLICY, relation=Relation.UPDATE)
    shown = card(telling(desk.store.db.conn, 2), HEAD)
    assert 0 < sum(len(each.text) for each in shown.quotes) <= len(body) * 0.6 + len("……")


def test_a_story_in_a_digest_says_briefly_why_it_is_there_who_else_has_it_and_what_else_it_is_about(desk: NewsDesk) -> None:
    article, story = desk.file(subtopics=("chips", "models"), terms=("화웨이", "AI 칩", "선전", "양산"))
    desk.tell(article, story, POLICY)
    for press in ("다라신문", "마바경제", "사아방송", "자차일보", "카타통신"):
        desk.file(story=story, press=press, relation="copy")
    letter = digest(desk)
    assert "함께 보도: 다라신문, 마바경제, 사아방송 외 2곳\n" in letter.text
    assert "걸린 말: ‘화웨이’ (본문), ‘AI 칩’ (본문), ‘선전’ (본문) · 다른 분야: 모델\n" in letter.text
    assert letter.html.count(">원문 보기</a>") == 1, "a headline without a line under it does not look like a link"
    for words in ("다라신문</a>, ", " 외 2곳<br>", "‘선전’ (본문) · 다른 분야: 모델<br>"):
        assert words in letter.html


@pytest.mark.parametrize(("language", "count", "heading"), [
    ("ko", 1, "중국 AI: 한 주(2월 23일~3월 2일) 소식 1건"), ("en", 1, "중국 AI: 1 story in the week from 23 Feb to 2 Mar"),
    ("en", 2, "중국 AI: 2 stories in the week from 23 Feb to 2 Mar"),
])
def test_a_digest_names_the_span_that_it_covers(desk: NewsDesk, language: Language, count: int, heading: str) -> None:
    for _ in range(count):
        desk.tell(*desk.file(), POLICY)
    row = DigestRow(digest_id=1, kind="weekly", message_id="<d@example.org>", since=NOON - 7 * DAY, made_at=NOON)
    head = replace(HEAD, say=Wording(language))
    tellings = [telling(desk.store.db.conn, each) for each in range(1, count + 1)]
    assert digest_letter(row, tellings, {}, head).subject == heading
