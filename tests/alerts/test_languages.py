"""Each reader is told in the language of its entry."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from crawler.config import Wishes
from pipelines.topics import load_topics
from pipelines.topics.topicfile import Subtopic, TopicFile
from pipelines.wording import Wording
from tests.alerts.desk import NOON, NewsDesk
from tests.alerts.office import Office
from tests.mailroom import Mailroom


def test_reader_is_told_in_the_language_of_its_entry(desk: NewsDesk, room: Mailroom) -> None:
    office = Office(desk, room, readers=("ko@example.org",), recipient=(Wishes(to="en@example.org", language="en"),))
    office.news()
    office.send()
    bodies = {taken.recipients[0]: taken.message.get_body(("plain",)).get_content() for taken in room.messages}  # type: ignore[union-attr]
    assert "Unsubscribe" in bodies["en@example.org"]
    assert "그만 받기" in bodies["ko@example.org"]


def test_labels_are_in_the_language_of_the_reader(desk: NewsDesk, room: Mailroom) -> None:
    english = Wishes(to="en@example.org", language="en", mode="digest", digest_at="18:00")
    office = Office(desk, room, readers=(), recipient=(Wishes(to="ko@example.org"), english))
    office.news()
    office.send()
    office.send(NOON + timedelta(hours=6))
    korean, digest = (taken.message.get_body(("plain",)).get_content() for taken in room.messages)  # type: ignore[union-attr]
    assert "분야: 반도체·수출통제" in korean
    assert room.messages[1].message["Subject"] == "China AI: 1 story, 1 Mar 18:00 to 2 Mar 18:00 KST"
    assert "== Chips and export controls 1 ==" in digest


@pytest.mark.parametrize(("texts", "korean", "english"), [
    ({"title": "로봇", "title_en": "Robots"}, "로봇", "Robots"), ({"title": "로봇"}, "로봇", "로봇"),
    ({"title_en": "Robots"}, "Robots", "Robots"), ({}, "robots", "robots"),
])
def test_a_topic_without_a_title_of_a_language_has_its_only_one(texts: dict[str, str], korean: str, english: str) -> None:
    for made in (TopicFile(name="robots", **texts), Subtopic(id="robots", **texts)):
        assert (made.titled("ko"), made.titled("en")) == (korean, english)


def test_the_shipped_topic_has_all_its_titles_in_both_languages() -> None:
    (topic,) = load_topics(("china-ai",), Path()).topics
    titles = [(each.title, each.title_en) for each in (topic.file, *topic.file.subtopic)]
    assert all(korean and english and english.isascii() for korean, english in titles)


@pytest.mark.parametrize(("count", "words"), [(0, "0 stories"), (1, "1 story"), (2, "2 stories")])
def test_english_counts_one_otherwise(count: int, words: str) -> None:
    assert words in Wording("en")("alerts.digest_storm", topic="x", count=count)
