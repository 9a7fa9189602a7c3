"""What the figures of the sources mean: which alarms are due, and which are over. Pure; the daemon acts on it.

Each kind of alarm has two questions. Whether it is due, it asks of what was seen while we watched. Whether it is over, it asks of
what came after it was raised: that the figures have nothing to say any more is no sign that a source is well.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median

from pipelines.rhythm import DENIED, SHUT_OUT
from pipelines.store.alarms import Alarm, AlarmKind, OpenAlarm
from pipelines.store.health import SourceHealth
from pipelines.store.notices import Facts

QUIET_AT_LEAST = timedelta(hours=12)  # no source is called silent sooner: papers sleep. Chosen by hand
GAP_TIMES = 2  # its own longest gap of four weeks, doubled. Chosen by hand
NO_ANSWER_AFTER = timedelta(hours=6)  # servers do not sleep; a night's maintenance is shorter. Chosen by hand
FAILURES_AT_LEAST = 3  # crawls without an answer: a source that is asked once a day may miss one
TRIED_AT_LEAST = 10  # fewer tries or articles say nothing
WELL_AT_LEAST = 5  # articles since the alarm, of its newest ten, that show that texts come again; chosen by hand
SUSPECT_SHARE = 0.5
CLOSED_SHARE = 0.5
VOLUME_LOW, VOLUME_HIGH = 0.2, 5.0  # of the median of the same weekdays. Chosen by hand
VOLUME_USUAL_AT_LEAST = 20
VOLUME_WATCHED = timedelta(days=1)  # the span that is counted
STOPPED_AFTER = timedelta(hours=3)  # no poll of any source worked


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One source as it is seen now."""

    health: SourceHealth
    since: datetime  # when we began to watch without a gap: a daemon that was off, or slept, proves nothing of a source
    now: datetime
    alarm: OpenAlarm | None = None  # the one that is asked about, when that is whether it is over

    def quiet(self, last: datetime | None) -> timedelta:
        """For how long we have watched in vain for what came last then."""
        return self.now - max(filter(None, (self.since, last)))

    def has_come(self, at: datetime | None) -> bool:
        """Whether that was after the alarm was raised."""
        return bool(at and self.alarm and at >= self.alarm.raised_at)

    @property
    def usual(self) -> float:
        """Articles in such 24 hours; 0 when that cannot be said."""
        is_watched = self.now - self.since >= VOLUME_WATCHED and self.health.is_watched
        return median(self.health.usual) if is_watched and len(self.health.usual) >= 2 else 0

    @property
    def unanswered(self) -> timedelta | None:
        """For how long crawls have been in vain; None while that may pass."""
        health = self.health
        if not health.trouble or not health.failing_since or health.failures < FAILURES_AT_LEAST:
            return None
        quiet = self.quiet(health.failing_since)  # not since its last success: some are asked at certain hours only
        return quiet if quiet > NO_ANSWER_AFTER else None


@dataclass(frozen=True, slots=True)
class Rule:
    kind: AlarmKind
    due: Callable[[Look], Facts | None]  # what its words are filled in with; None: not due
    is_over: Callable[[Look], bool]


def due_alarm(look: Look) -> Alarm | None:
    """What is wrong with a source: of several signs of one fault the one that says most."""
    found = ((rule.kind, rule.due(look)) for rule in RULES)
    return next((Alarm(source=look.health.source, kind=kind, facts=facts) for kind, facts in found if facts is not None), None)


def is_over(alarm: OpenAlarm, look: Look) -> bool:
    """Whether the source has shown that it is well again."""
    (rule,) = (rule for rule in RULES if rule.kind is alarm.kind)
    return rule.is_over(replace(look, alarm=alarm))


def says_more(kind: AlarmKind, other: AlarmKind) -> bool:
    kinds = [rule.kind for rule in RULES]
    return kinds.index(kind) < kinds.index(other)


def stop_alarm(healths: Collection[SourceHealth], since: datetime, now: datetime, *, is_disk_low: bool) -> Alarm | None:
    """When nothing at all comes in, which is one fault and not one of each source; also when nothing ever has."""
    asked = [health.first_asked_at for health in healths if health.first_asked_at]
    came = [health.last_success_at for health in healths if health.last_success_at]
    quiet = now - max([since, *came, *sorted(asked)[:1]])
    if not healths or quiet <= STOPPED_AFTER:
        return None
    case = {"case": "disk"} if is_disk_low else {}
    return Alarm(source="", kind=AlarmKind.STOPPED, facts={"quiet_s": _seconds(quiet), **case})


def is_stop_over(alarm: OpenAlarm, healths: Iterable[SourceHealth]) -> bool:
    return any(health.last_success_at and health.last_success_at >= alarm.raised_at for health in healths)


# ---------------------------------------------------------------- one source

def _robots(look: Look) -> Facts | None:
    pages = look.health.pages
    if look.health.is_robots_closed:
        return {}
    is_most = pages.closed > CLOSED_SHARE * (pages.closed + pages.read + pages.unread)
    return {"case": "articles", "count": pages.closed} if pages.closed >= TRIED_AT_LEAST and is_most else None


def _is_robots_over(look: Look) -> bool:
    is_of_articles = look.alarm and look.alarm.facts and look.alarm.facts.get("case") == "articles"
    return _robots(look) is None and look.has_come(
        look.health.pages.last_read_at if is_of_articles else look.health.answered_at)


def _no_answer(look: Look) -> Facts | None:
    if not look.unanswered or look.health.trouble == DENIED:
        return None
    return {"quiet_s": _seconds(look.unanswered), "trouble": look.health.trouble}


def _is_no_answer_over(look: Look) -> bool:
    return look.has_come(look.health.last_success_at) or look.has_come(look.health.answered_at)


def _no_pages(look: Look) -> Facts | None:
    pages = look.health.pages
    why = DENIED if look.health.trouble == DENIED and look.unanswered else ""
    if pages.unread >= TRIED_AT_LEAST and not pages.read:
        why = pages.why_unread
    return {"end": "shut-out" if why in SHUT_OUT - {"challenge"} else why} if why else None


def _is_no_pages_over(look: Look) -> bool:
    return look.has_come(look.health.pages.last_read_at)


def _no_articles(look: Look) -> Facts | None:
    pages = look.health.pages
    return {"read": pages.read} if pages.read >= TRIED_AT_LEAST and not pages.has_article else None


def _is_no_articles_over(look: Look) -> bool:
    return look.has_come(look.health.pages.last_stored_at) or look.has_come(look.health.last_article_at)


def _no_bodies(look: Look) -> Facts | None:
    suspect, fresh = look.health.suspect, look.health.fresh
    return {"suspect": suspect, "fresh": fresh} if fresh >= TRIED_AT_LEAST and suspect > SUSPECT_SHARE * fresh else None


def _is_no_bodies_over(look: Look) -> bool:
    after = [seen for seen in look.health.newest if look.has_come(seen.at)]
    return sum(not seen.is_suspect for seen in after) >= max(WELL_AT_LEAST, (1 - SUSPECT_SHARE) * len(after))


def _silent(look: Look) -> Facts | None:
    last, gap = look.health.last_article_at, look.health.longest_gap
    if not last or gap is None or look.quiet(last) <= max(QUIET_AT_LEAST, GAP_TIMES * gap):
        return None
    return {"quiet_s": _seconds(look.quiet(last)), "usual_s": _seconds(gap)}


def _is_silence_over(look: Look) -> bool:
    return look.has_come(look.health.last_article_at)


def _volume(look: Look) -> Facts | None:
    is_usual = look.usual < VOLUME_USUAL_AT_LEAST or _is_volume_over(look)
    return None if is_usual else {"fresh": look.health.fresh, "usual": int(look.usual)}


def _is_volume_over(look: Look) -> bool:
    return look.usual >= 1 and VOLUME_LOW * look.usual <= look.health.fresh <= VOLUME_HIGH * look.usual


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())


# of several that are due the first is told: it says why the others are
RULES = (
    Rule(AlarmKind.ROBOTS, _robots, _is_robots_over),
    Rule(AlarmKind.NO_ANSWER, _no_answer, _is_no_answer_over),
    Rule(AlarmKind.NO_PAGES, _no_pages, _is_no_pages_over),
    Rule(AlarmKind.NO_ARTICLES, _no_articles, _is_no_articles_over),
    Rule(AlarmKind.NO_BODIES, _no_bodies, _is_no_bodies_over),
    Rule(AlarmKind.SILENT, _silent, _is_silence_over),
    Rule(AlarmKind.VOLUME, _volume, _is_volume_over),
)
