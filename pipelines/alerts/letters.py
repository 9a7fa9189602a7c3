"""What there is to say → a Letter: an alert, a digest of several, a notice about sosik itself. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipelines.alerts.card import MONTHS, Card, Letterhead, card
from pipelines.alerts.compose import Letter, render
from pipelines.alerts.notice_words import notice_words
from pipelines.alerts.text import header_text
from pipelines.clock import KST
from pipelines.store.ledger import DigestRow
from pipelines.store.telling import Notice, Telling
from pipelines.wording import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The stories of one sub-topic, newest first."""

    name: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicDigest:
    heading: str
    usual: str
    groups: tuple[Group, ...]


def alert_letter(told: Telling, head: Letterhead) -> Letter:
    """One story. An update has its thread's subject: some mail programs thread by that alone."""
    shown = card(told, head)
    text, html = render("alert", head=head, title=told.title, card=shown)
    return Letter(
        message_id=told.message_id, at=told.born_at, subject=f"Re: {told.subject}" if told.is_update else told.subject,
        topics=(told.topic,), text=text, html=html, thread_ids=told.thread_ids, cards=(shown,),
    )


def digest_letter(row: DigestRow, tellings: Sequence[Telling], usual: Mapping[str, float | None], head: Letterhead) -> Letter:
    """Several stories, by topic and sub-topic. `usual` is what the topic brings the reader in such a time, None when unknown."""
    latest = {(told.topic, told.story_id): told for told in tellings}.values()  # a story stands here once, as it was told last
    names = sorted({told.topic for told in latest})
    topics = tuple(_topic(row, name, [t for t in latest if t.topic == name], usual.get(name), head) for name in names)
    subject = " · ".join(topic.heading for topic in topics)
    text, html = render("digest", head=head, title=subject, topics=topics)
    return Letter(
        message_id=row.message_id, at=row.made_at, subject=subject, topics=tuple(names), text=text, html=html,
        cards=tuple(each for topic in topics for group in topic.groups for each in group.cards),
    )


def notice_letter(notice: Notice, head: Letterhead) -> Letter:
    words = notice_words(notice, head.say)
    text, html = render("notice", head=head, title=words.subject, lines=words.lines)
    return Letter(
        message_id=notice.message_id, at=notice.born_at, subject=header_text(words.subject), topics=(), text=text, html=html,
        thread_ids=notice.thread_ids,
    )


def _topic(
    row: DigestRow, name: str, tellings: Sequence[Telling], usual: float | None, head: Letterhead
) -> TopicDigest:
    say = head.say
    if row.kind == "storm":
        heading = say("alerts.digest_storm", topic=head.label(name), count=len(tellings))
        compared = say("alerts.storm_why", count=len(tellings))
    else:
        since, until = (_end(at, row.kind, say) for at in (row.since, row.made_at))
        heading = say(f"alerts.digest_{row.kind}", topic=head.label(name), since=since, until=until, count=len(tellings))
        compared = say("alerts.usual_unknown") if usual is None else say("alerts.usual", usual=f"{usual:.1f}".removesuffix(".0"))
    cards = [card(told, head, with_changes=True) for told in tellings]
    return TopicDigest(heading=heading, usual=compared, groups=_groups(cards, say("alerts.other_subtopic")))


def _end(at: datetime, kind: str, say: Wording) -> str:
    """One end of the span that a digest covers: to the minute for a day, to the day for a week. In Korean time."""
    local = at.astimezone(KST)
    return say(
        f"alerts.end_{kind}", month=local.month, month_name=MONTHS[local.month - 1], day=local.day, hour=local.hour,
        minute=local.minute,
    )


def _groups(cards: Sequence[Card], other: str) -> tuple[Group, ...]:
    """By first sub-topic, the fullest group first; what has none comes last."""
    found: dict[str, list[Card]] = {}
    for each in sorted(cards, key=lambda c: c.at, reverse=True):
        found.setdefault(each.subtopics[0] if each.subtopics else other, []).append(each)
    order = sorted(found, key=lambda name: (name == other, -len(found[name]), name))
    return tuple(Group(name=name, cards=tuple(found[name])) for name in order)
