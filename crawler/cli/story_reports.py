"""How stories are shown on the terminal: lines, never prints."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import click

from pipelines.clock import KST, stored
from pipelines.sentences import gone_and_come
from pipelines.store.stories import Entry, Revision, StoryLine
from pipelines.stories.roles import Member, Part, Role, parts
from pipelines.wording import Wording

PRESSES_SHOWN = 4
INDENT = "     "


def list_lines(lines: Iterable[StoryLine], say: Wording) -> list[str]:
    """Three lines a story: headline with its number, who told it and how often, the original link."""
    shown: list[str] = []
    for line in lines:
        shown += [click.style(f"[{line.id}] {_titled(line)}", bold=True), INDENT + _summary(line, say), INDENT + line.url, ""]
    return shown[:-1] or [say("stories.none")]


def show_lines(line: StoryLine, say: Wording, *, why: bool) -> list[str]:
    """The story: the original link first, then each article with its lag."""
    told = parts(map(_member, line.entries))
    broke = next((entry for entry in line.entries if told[entry.article_id].role is Role.FIRST), line.entries[0])
    shown = [click.style(f"[{line.id}] {_titled(line)}", bold=True), line.url, _summary(line, say)]
    shown.append(say("stories.broke", press=_press(broke, say), at=_moment(broke.at)))
    if line.joined:
        shown.append(say("stories.joined", ids=", ".join(map(str, line.joined))))
    by_id = {entry.article_id: entry for entry in line.entries}
    for entry in line.entries:
        part = told[entry.article_id]
        of = by_id[part.of] if part.of is not None else None
        shown += ["", *_entry_lines(entry, part, of, entry.at - broke.at, say, why=why)]
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
    """The story as JSON gives it, without its articles."""
    return {
        "story": line.id, "headline": line.headline, "stage": line.stage, "presses": line.presses, "articles": len(line.entries),
        "copies": _copies(line), "topics": line.topics, "first_at": stored(line.entries[0].at),
        "last_at": stored(line.entries[-1].at), "url": line.url, "joined": line.joined,
    }


def as_entries(line: StoryLine) -> list[dict[str, object]]:
    """Its articles as JSON gives them."""
    told = parts(map(_member, line.entries))
    return [
        {
            "article": entry.article_id, "title": entry.title, "press": entry.press, "origin": entry.origin, "url": entry.url,
            "at": stored(entry.at), "is_published": entry.is_published, "stage": entry.stage,
            "role": part.role, "of": part.of, "containment": part.containment, "reasons": part.reasons,
            "withdrawn_at": stored(entry.withdrawn_at) if entry.withdrawn_at else None, "corrections": entry.corrections,
            "revisions": [_revision_row(revision) for revision in entry.revisions],
        }
        for entry in line.entries
        for part in (told[entry.article_id],)
    ]


def _member(entry: Entry) -> Member:
    return Member(article_id=entry.article_id, filed=entry.filed)


def _copies(line: StoryLine) -> int:
    return sum(part.role is Role.COPY for part in parts(map(_member, line.entries)).values())


def _entry_lines(
    entry: Entry, part: Part, of: Entry | None, behind: timedelta, say: Wording, *, why: bool
) -> list[str]:
    head = (_moment(entry.at), lag(behind, say), _press(entry, say), _role(entry, part, of, say), f"#{entry.article_id}")
    shown = [" · ".join(filter(None, head)), f"{INDENT}{entry.title}", f"{INDENT}{entry.url}"]
    if not entry.is_published:
        shown.append(INDENT + say("stories.first_seen"))
    if entry.withdrawn_at:
        shown.append(INDENT + click.style(say("stories.withdrawn", at=_moment(entry.withdrawn_at)), fg="red"))
    shown += [INDENT + say("stories.corrected", url=url) for url in entry.corrections]
    if why and part.reasons:
        shown.append(INDENT + say("stories.why", reasons=" · ".join(_reason(reason, say) for reason in part.reasons)))
    for revision in entry.revisions:
        shown += _revision_lines(revision, say)
    return shown


def _revision_lines(revision: Revision, say: Wording) -> list[str]:
    gone, come = gone_and_come(revision.before, revision.after)
    shown = [INDENT + say("stories.revised", at=_moment(revision.at))]
    shown += [click.style(f"{INDENT}  - {sentence}", fg="red") for sentence in gone]
    return shown + [click.style(f"{INDENT}  + {sentence}", fg="green") for sentence in come]


def _revision_row(revision: Revision) -> dict[str, object]:
    gone, come = gone_and_come(revision.before, revision.after)
    return {"at": stored(revision.at), "gone": gone, "come": come}


def _role(entry: Entry, part: Part, of: Entry | None, say: Wording) -> str:
    if part.role is Role.COPY and of:
        return f"{say('stories.copy_of', press=_press(of, say))} {part.containment:.0%}"
    role = say(f"stories.{part.role}")
    return say("stories.carried", role=role, origin=entry.origin) if entry.origin not in ("", entry.press) else role


def _reason(reason: str, say: Wording) -> str:
    kind, _, value = reason.partition(": ")
    return say(f"stories.why_{kind}", value=value)


def _summary(line: StoryLine, say: Wording) -> str:
    presses = ", ".join(line.presses[:PRESSES_SHOWN]) or say("stories.unknown_press")
    if len(line.presses) > PRESSES_SHOWN:
        presses = say("stories.more_presses", shown=presses, count=len(line.presses) - PRESSES_SHOWN)
    topics = "".join(f" · {topic}" for topic in line.topics)
    if len(line.entries) == 1:
        return say("stories.line-of-one", presses=presses, at=_moment(line.entries[0].at), topics=topics)
    return say(
        "stories.line", presses=presses, articles=len(line.entries), copies=_copies(line), first=_moment(line.entries[0].at),
        last=_moment(line.entries[-1].at), topics=topics)


def _titled(line: StoryLine) -> str:
    return line.headline if not line.stage or line.stage in line.headline else f"{line.headline} ({line.stage})"


def _press(entry: Entry, say: Wording) -> str:
    return entry.press or say("stories.unknown_press")


def _moment(at: datetime) -> str:
    return at.astimezone(KST).strftime("%Y-%m-%d %H:%M")
