"""Who is told of what: readers with their wishes, and what is only stored. Pure; crawler.policy makes it of the settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from pipelines.alerts.times import DAILY, DigestTimes, QuietHours
from pipelines.store.outbox import Trigger

BREAKING_TAGS = frozenset({"속보", "긴급", "긴급속보", "1보"})  # what Korean desks put before a first report


class Mode(StrEnum):
    INSTANT = "instant"
    DIGEST = "digest"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One reader, and what that reader wants to hear. The same address may stand here several times, with different wishes."""

    channel: str = "mail"  # mail, notify or webhook
    address: str  # a mail address, the name of an Apprise URL, or the address of a webhook: never a secret
    topics: frozenset[str] = frozenset()  # empty: all
    subtopics: frozenset[str] = frozenset()  # empty: all
    minimum_score: float = 0.0
    breaking_only: bool = False
    mode: Mode = Mode.INSTANT
    digest: DigestTimes = DAILY
    quiet: QuietHours | None = None

    def wants(self, trigger: Trigger) -> bool:
        return (
            (not self.topics or trigger.topic in self.topics)
            and (not self.subtopics or not self.subtopics.isdisjoint(trigger.subtopics))
            and trigger.score >= self.minimum_score
            and (not self.breaking_only or is_breaking(trigger))
        )

    def brings(self, mode: str) -> bool:
        """Whether messages come so: `instant`, `daily` or `weekly`."""
        if mode == "instant":
            return self.mode is not Mode.DIGEST
        return self.mode is not Mode.INSTANT and self.digest.rhythm == mode


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPolicy:
    """Who is told, and what is only stored. Small, frozen, and picklable."""

    recipients: tuple[Recipient, ...] = ()
    is_silent: bool = False  # all is stored, nothing told: pages that are read again
    tells_mentions: bool = False  # also articles that only mention the topic
    old_after: timedelta | None = None  # what was published longer before we saw it is no news: stored, not told
    domain: str = "sosik.localhost"  # right side of every Message-ID


def is_breaking(trigger: Trigger) -> bool:
    return trigger.stage in BREAKING_TAGS or not BREAKING_TAGS.isdisjoint(trigger.tags)


def is_old(trigger: Trigger, policy: AlertPolicy) -> bool:
    return policy.old_after is not None and trigger.age is not None and trigger.age > policy.old_after
