"""Each reader is told in the language of its entry."""

from __future__ import annotations

from crawler.config import Reader
from tests.alerts.desk import NewsDesk
from tests.alerts.office import Office
from tests.mailroom import Mailroom


def test_reader_is_told_in_the_language_of_its_entry(desk: NewsDesk, room: Mailroom) -> None:
    office = Office(desk, room, readers=("ko@example.org",), recipient=(Reader(to="en@example.org", language="en"),))
    office.news()
    office.send()
    bodies = {taken.recipients[0]: taken.message.get_body(("plain",)).get_content() for taken in room.messages}  # type: ignore[union-attr]
    assert "Unsubscribe" in bodies["en@example.org"]
    assert "그만 받기" in bodies["ko@example.org"]
