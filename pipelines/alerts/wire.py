"""Letters for programs: JSON for a webhook, an Atom feed of a topic. Pure; like a mail they never carry a whole body."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree as Tree

from pipelines.alerts.card import Card
from pipelines.alerts.compose import Letter
from pipelines.alerts.text import header_text
from pipelines.clock import stored

ATOM = "http://www.w3.org/2005/Atom"


def payload(letter: Letter) -> bytes:
    """UTF-8 JSON. `id` is the Message-ID: the same when the same message comes again."""
    value = {
        "id": letter.message_id.strip("<>"),
        "at": stored(letter.at),
        "subject": header_text(letter.subject),
        "topics": letter.topics,
        "answers": [each.strip("<>") for each in letter.thread_ids],
        "stories": [_story(card) for card in letter.cards],
        "text": letter.text,
    }
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _story(card: Card) -> dict[str, object]:
    return {
        "alert": card.alert_id, "headline": card.headline, "stage": card.stage, "press": card.press, "at": stored(card.at),
        "link": card.link, "quote": card.quote.text, "terms": [p.text for p in card.quote.pieces if p.is_marked],
        "subtopics": card.subtopics, "score": card.score, "others": [{"press": o.name, "link": o.link} for o in card.others],
        "outlets": card.outlets, "is_withdrawn": bool(card.gone), "is_update": card.is_update,
        "changes": [change.text for change in card.changes],
    }  # fmt: skip


def atom(topic: str, title: str, cards: Sequence[tuple[str, datetime, Card]]) -> bytes:
    """The feed of a topic, with the title that readers know, from (Message-ID, time of the alert, card), newest first."""
    feed = Tree.Element("feed", xmlns=ATOM)
    _add(feed, "id", f"urn:sosik:topic:{topic}")
    _add(feed, "title", title)
    _add(feed, "updated", stored(max((at for _, at, _ in cards), default=datetime.fromtimestamp(0, UTC))))
    _add(_add(feed, "author"), "name", "sosik")
    for message_id, at, card in cards:
        entry = _add(feed, "entry")
        _add(entry, "id", f"urn:sosik:{message_id.strip('<>')}")
        _add(entry, "title", card.headline)
        _add(entry, "published", stored(card.at))
        _add(entry, "updated", stored(at))
        _add(_add(entry, "author"), "name", card.press)
        if card.link:
            _add(entry, "link").set("href", card.link)
        for name in card.subtopics:
            _add(entry, "category").set("term", name)
        _add(entry, "summary", card.quote.text)
    return bytes(Tree.tostring(feed, encoding="utf-8", xml_declaration=True))


def feed_name(topic: str) -> str:
    """A file name of plain letters, whatever the topic is called."""
    return f"{re.sub(r'[^a-z0-9._-]+', '-', topic.lower()).strip('-.') or 'topic'}.atom"


def _add(parent: Tree.Element, name: str, text: str = "") -> Tree.Element:
    child = Tree.SubElement(parent, name)
    child.text = re.sub(r"[^\x09\x0a\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text) or None
    return child
