"""What happened to sosik or to a source → words in a reader's language. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from pipelines.store.notices import Facts, NoticeKind
from pipelines.store.telling import Notice
from pipelines.wording import Wording, texts
from pipelines.wording.spans import span
from pipelines.wording.troubles import end_in_words, in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeWords:
    subject: str
    lines: tuple[str, ...]


def notice_words(notice: Notice, say: Wording) -> NoticeWords:
    facts = notice.facts
    match notice.kind:
        case NoticeKind.ALARM:
            source = str(facts["source"])
            look = (say("health.look", source=source),) if source else ()
            about, lines = alarm_name(source, facts, say), (alarm_reason(str(facts["alarm"]), facts, say), *look)
        case NoticeKind.ALARM_OVER:
            about = alarm_name(str(facts["source"]), facts, say)
            lines = (say(f"health.over-{facts['alarm']}"), say("health.lasted", lasted=_filled(facts, say)["lasted"]))
        case NoticeKind.BACKUP:
            about, lines = say("health.backup"), (say("health.no_backup", reason=backup_reason(str(facts["why"]), say)),)
        case NoticeKind.BACKUP_OVER:
            about, lines = say("health.backup"), (say("health.over-backup"),)
        case NoticeKind.WORDED:
            return NoticeWords(subject=notice.subject, lines=tuple(line for line in notice.body.splitlines() if line.strip()))
    is_over = notice.kind in (NoticeKind.ALARM_OVER, NoticeKind.BACKUP_OVER)
    return NoticeWords(subject=say("health.subject-over" if is_over else "health.subject", source=about), lines=lines)


def alarm_name(source: str, facts: Facts, say: Wording) -> str:
    """What readers call the source; "" is all of them."""
    return str(facts.get("title") or source or say("health.everything"))


def alarm_reason(kind: str, facts: Facts, say: Wording) -> str:
    """What is wrong. Some kinds have cases, each with words of its own."""
    return say(f"health.{kind}-{facts['case']}" if "case" in facts else f"health.{kind}", **_filled(facts, say))


def backup_reason(why: str, say: Wording) -> str:
    """Why there is no backup; what an earlier version wrote stays as it is."""
    return say(f"health.backup-{why}") if f"backup-{why}" in texts("health") else why


def _filled(facts: Facts, say: Wording) -> dict[str, object]:
    """The facts as words: spans, and the keys of troubles and ends."""
    values: dict[str, object] = dict(facts)
    for name, value in facts.items():
        if name.endswith("_s"):
            values[name.removesuffix("_s")] = span(timedelta(seconds=int(value)), say)
    if "trouble" in facts:
        values["trouble"] = in_words(str(facts["trouble"]), say)
    if "end" in facts:
        values["end"] = end_in_words(str(facts["end"]), say)
    return values
