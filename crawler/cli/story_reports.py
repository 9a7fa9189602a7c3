"""How stories are shown on the terminal: lines, never prints."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from pipelines.clock import KST
from pipelines.store.stories import Entry, Revision, StoryLine, Timeline
from pipelines.wording import Wording

PRESSES_SHOWN = 4
INDENT = "     "


def list_lines(lines: tuple[StoryLine, ...], say: Wording) -> list[str]:
    """Three lines a story: headline with its number, who told it and how often, the original link."""
    shown: list[str] = []
    for line in lines:
        shown += [click.style(f"[{line.id}] {_titled(line)}", bold=True), INDENT + _summary(line, say), INDENT + line.url, ""]
    return shown[:-1] or [say("stories.none")]


def show_lines(told: Timeline, say: Wording, *, why: bool) -> list[str]:
    """The timeline: the original link first, then each article with its lag."""
    line, broke = told.line, told.entries[0]
    shown = [click.style(f"[{line.id}] {_titled(line)}", bold=True), line.url, _summary(line, say)]
    shown.append(say("stories.broke", press=broke.press or say("stories.unknown_press"), at=_moment(broke.at)))
    if told.joined:
        shown.append(say("stories.joined", ids=", ".join(map(str, told.joined))))
    for entry in told.entries:
        shown += ["", *_entry_lines(entry, say, why=why)]
    return shown


def lag(span: timedelta, say: Wording) -> str:
    """`+1시간 5분`; nothing for the first article."""
    minutes = int(span.total_seconds()) // 60
    if minutes <= 0:
        return ""
    if minutes < 60:
        return say("stories.lag_minutes", minutes=minutes)
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return say("stories.lag_hours", hours=hours, minutes=minutes)
    return say("stories.lag_days", days=hours // 24, hours=hours % 24)


def as_row(line: StoryLine) -> dict[str, object]:
    """The line as JSON gives it."""
    return {
        "story": line.id, "headline": line.headline, "stage": line.stage, "presses": line.presses, "articles": line.articles,
        "copies": line.copies, "topics": line.topics, "first_at": line.first_at.isoformat(), "last_at": line.last_at.isoformat(),
        "url": line.url,
    }


def as_entry(entry: Entry) -> dict[str, object]:
    return {
        "article": entry.article_id, "title": entry.title, "press": entry.press, "origin": entry.origin, "url": entry.url,
        "at": entry.at.isoformat(), "is_published": entry.is_published, "lag_s": int(entry.lag.total_seconds()),
        "stage": entry.stage, "role": entry.role, "copy_of": entry.copy_of, "copy_of_article": entry.copy_of_id,
        "containment": entry.containment, "reasons": entry.reasons, "is_canonical": entry.is_canonical,
        "withdrawn_at": entry.withdrawn_at.isoformat() if entry.withdrawn_at else None, "corrections": entry.corrections,
        "revisions": [{"at": r.at.isoformat(), "gone": r.gone, "come": r.come} for r in entry.revisions],
    }


def _entry_lines(entry: Entry, say: Wording, *, why: bool) -> list[str]:
    press = entry.press or say("stories.unknown_press")
    head = (_moment(entry.at), lag(entry.lag, say), press, _role(entry, say), f"#{entry.article_id}")
    shown = [" · ".join(filter(None, head)), f"{INDENT}{entry.title}", f"{INDENT}{entry.url}"]
    if not entry.is_published:
        shown.append(INDENT + say("stories.first_seen"))
    if entry.withdrawn_at:
        shown.append(INDENT + click.style(say("stories.withdrawn", at=_moment(entry.withdrawn_at)), fg="red"))
    shown += [INDENT + say("stories.corrected", url=url) for url in entry.corrections]
    if why and entry.reasons:
        shown.append(INDENT + say("stories.why", reasons="; ".join(entry.reasons)))
    for revision in entry.revisions:
        shown += _revision_lines(revision, say)
    return shown


def _revision_lines(revision: Revision, say: Wording) -> list[str]:
    gone = [click.style(f"{INDENT}  - {sentence}", fg="red") for sentence in revision.gone]
    come = [click.style(f"{INDENT}  + {sentence}", fg="green") for sentence in revision.come]
    return [INDENT + say("stories.revised", at=_moment(revision.at)), *gone, *come]


def _role(entry: Entry, say: Wording) -> str:
    if entry.role != "copy":
        role = say(f"stories.{entry.role}")
        return say("stories.carried", role=role, origin=entry.copy_of) if entry.copy_of else role
    share = f" {entry.containment:.0%}" if entry.containment else ""
    return (say("stories.copy_of", press=entry.copy_of) if entry.copy_of else say("stories.copy")) + share


def _summary(line: StoryLine, say: Wording) -> str:
    presses = ", ".join(line.presses[:PRESSES_SHOWN]) or say("stories.unknown_press")
    if len(line.presses) > PRESSES_SHOWN:
        presses = say("stories.more_presses", shown=presses, count=len(line.presses) - PRESSES_SHOWN)
    return say(
        "stories.line", presses=presses, articles=line.articles, copies=line.copies, first=_moment(line.first_at),
        last=_moment(line.last_at), topics="".join(f" · {topic}" for topic in line.topics))


def _titled(line: StoryLine) -> str:
    return line.headline if not line.stage or line.stage in line.headline else f"{line.headline} ({line.stage})"


def _moment(at: datetime) -> str:
    return at.astimezone(KST).strftime("%Y-%m-%d %H:%M")
