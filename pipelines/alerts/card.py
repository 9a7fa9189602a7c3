"""Rows of an alert → what is shown of it, in the reader's language. Pure; the templates only lay it out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote as percent

from pipelines.alerts.quote import BODY_SHARE, QUOTE_LENGTH, Quote, quote, without_dateline
from pipelines.alerts.text import cut, header_text, one_line, safe_link
from pipelines.clock import KST
from pipelines.match import Evidence, Field
from pipelines.store.telling import Telling
from pipelines.wording import Wording

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
QUOTE_LEAST = 10  # characters; a shorter piece of a sentence proves nothing, chosen by hand
HEADLINE_LENGTH = 300  # longer ones do not exist; chosen by hand
OTHERS_SHOWN = 8  # more names say nothing; chosen by hand
TERMS_SHOWN = 6  # likewise
BRIEFLY = 3  # names and terms of a story among others; chosen by hand
# 30만 개, 1,200대, 97.6%, 7월: figures with what they count
FIGURE = re.compile(
    r"(?<![\d,.])(?=\d)(?:\d[\d,.]{0,14}[조억만천]{1,2}\s?){0,3}(?:\d[\d,.]{0,14}\s?)?"
    r"(?:%p|%|퍼센트|포인트|달러|위안|유로|개월|개국|개사|시간|[원엔년월일시분초주개명건대곳배회차호톤척위세살])"
)
_LOOSE_QUOTE = re.compile(r"""(?<!\w)['"‘’“”]|['"‘’“”](?!\w)""")  # of a term that begins or ends amid a quotation


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What all messages to one reader have in common."""

    say: Wording
    sender: str
    reply_to: str = ""  # where verdicts and unsubscriptions go; "" is the sender
    labels: Mapping[str, str] = field(default_factory=dict)  # "topic" and "topic/sub-topic" → the names that readers know

    @property
    def answers_to(self) -> str:
        return self.reply_to or self.sender

    def label(self, topic: str, subtopic: str = "") -> str:
        return one_line(self.labels.get(f"{topic}/{subtopic}" if subtopic else topic) or subtopic or topic)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    name: str
    link: str = ""  # "" when there is none that may be clicked


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One story as it is shown. Every text is one line, every link is http, https or mailto."""

    alert_id: int
    topic: str
    headline: str
    stage: str
    press: str
    when: str
    at: datetime
    link: str
    gone: str  # says that the article was withdrawn, and where the link leads instead; "" when it is there
    quote: Quote
    subtopics: tuple[str, ...]
    others: tuple[Named, ...]
    others_left: int
    outlets: int
    why: tuple[str, ...]
    score: float
    is_update: bool
    changes: tuple[Quote, ...]
    judge: tuple[Named, ...]  # a command, and a mail that says the same

    @property
    def others_briefly(self) -> tuple[Named, ...]:
        return self.others[:BRIEFLY]

    @property
    def others_besides(self) -> int:
        """How many presses carry it besides those named briefly."""
        return self.outlets - 1 - len(self.others_briefly)

    @property
    def why_briefly(self) -> tuple[str, ...]:
        return self.why[:BRIEFLY]

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """What a digest shows: the proving sentence, and what came after it, never the same twice."""
        shown = (self.quote, *self.changes) if self.quote.pieces else self.changes
        return tuple({each.text: each for each in shown}.values())


def card(told: Telling, head: Letterhead, *, with_changes: bool = False) -> Card:
    """`with_changes`: also of an update that its reader is told as a new story."""
    link, gone = where(told, head.say)
    others, new = carriers(told), changes(told) if with_changes or told.is_update else ()
    return Card(
        alert_id=told.alert_id, topic=head.label(told.topic), headline=headline(told), stage=one_line(told.stage),
        press=press_line(told, head.say), when=when_line(told, head.say),
        at=told.published_at or told.first_seen_at, link=link, gone=gone,
        quote=proof(told, left=int(len(told.text) * BODY_SHARE) - sum(len(each.text) for each in new)),
        subtopics=tuple(head.label(told.topic, each) for each in told.subtopics),
        others=others[:OTHERS_SHOWN], others_left=max(0, len(others) - OTHERS_SHOWN), outlets=len(others) + 1,
        why=why(told.evidence, head.say), score=told.score, is_update=told.is_update,
        changes=new, judge=judge(told, head),
    )


def headline(told: Telling) -> str:
    """The title without its stage, which is shown beside it: `[속보] 제목`, `제목(종합2보)`."""
    title = cut(one_line(told.title), HEADLINE_LENGTH)
    if not told.stage:
        return title
    marked = rf"[\[(<【〔]\s*{re.escape(one_line(told.stage))}\s*[\])>】〕]"
    return re.sub(rf"^{marked}\s*|\s*{marked}$", "", title) or title


def proof(told: Telling, *, left: int) -> Quote:
    """The sentence that proves the match, in what is left of the body's share once the new sentences are quoted."""
    if not told.sentence or left < QUOTE_LEAST:
        return Quote(pieces=())
    terms = [each.text for each in told.evidence]
    return quote(without_dateline(told.sentence), terms, body=told.text, length=min(QUOTE_LENGTH, left))


def carriers(told: Telling) -> tuple[Named, ...]:
    """The other presses of the story, each once, with the first of its articles."""
    found: dict[str, Named] = {}
    for other in told.others:
        name = one_line(other.press)
        if name and name != one_line(told.press):
            found.setdefault(name, Named(name=name, link=safe_link(other.url)))
    return tuple(found.values())


def where(told: Telling, say: Wording) -> tuple[str, str]:
    """(the link, what is to be said of it). Of an article that was withdrawn: to the first that still tells the story."""
    if not told.is_withdrawn:
        return safe_link(told.url), ""
    for other in told.others:
        if link := safe_link(other.url):
            return link, say("alerts.gone_elsewhere", press=one_line(other.press) or say("alerts.press_unknown"))
    return "", say("alerts.gone")


def press_line(told: Telling, say: Wording) -> str:
    press = one_line(told.press) or say("alerts.press_unknown")
    origin = one_line(told.origin)
    return f"{press} ({say('alerts.origin', origin=origin)})" if origin and origin != press else press


def when_line(told: Telling, say: Wording) -> str:
    if told.published_at is None:
        return say("alerts.time_unknown", when=moment(told.first_seen_at, say))
    return moment(told.published_at, say)


def moment(at: datetime, say: Wording) -> str:
    """In Korean time, to the minute."""
    local = at.astimezone(KST)
    names = say("alerts.weekdays")
    weekday = (names.split() if " " in names else names)[local.weekday()]
    return say(
        "alerts.when", year=local.year, month=local.month, month_name=MONTHS[local.month - 1], day=local.day, weekday=weekday,
        hour=local.hour, minute=local.minute,
    )


def why(evidence: tuple[Evidence, ...], say: Wording) -> tuple[str, ...]:
    """`‘화웨이’ (제목)`: each term once, where it was found first; not the half of another of that place (즈푸, 즈푸AI)."""
    found: dict[str, Field] = {}
    for each in evidence:
        if term := cut(_LOOSE_QUOTE.sub("", one_line(each.text)), 40):
            found.setdefault(term, each.field)
    halves = {one for one in found for other in found if one != other and one in other and found[one] is found[other]}
    shown = [term for term in found if term not in halves][:TERMS_SHOWN]
    return tuple(f"‘{term}’ ({say(f'alerts.in_{found[term]}')})" for term in shown)


def changes(told: Telling) -> tuple[Quote, ...]:
    """The new sentences with their figures marked, and the terms of the topic."""
    terms = [each.text for each in told.evidence]
    return tuple(quote(without_dateline(sentence), [*terms, *FIGURE.findall(sentence)], body=told.text) for sentence in told.news)


def judge(told: Telling, head: Letterhead) -> tuple[Named, ...]:
    """The commands that tell sosik whether it was right, each with a mail that says the same."""
    return tuple(
        Named(name=command, link=mailto(head.answers_to, command))
        for command in (f"sosik judge {told.article_id} {word} --topic {told.topic}" for word in ("yes", "no"))
    )


def mailto(address: str, subject: str) -> str:
    return f"mailto:{percent(header_text(address), safe='@.+-_')}?subject={percent(header_text(subject))}"
