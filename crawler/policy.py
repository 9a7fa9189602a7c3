"""The settings → who is told of what. Sends nothing: crawls need it, too."""

from __future__ import annotations

from datetime import timedelta

from crawler.config import Config, Wishes
from pipelines.alerts.policy import AlertPolicy, Mode, Recipient
from pipelines.alerts.times import WEEKDAYS, DigestTimes, QuietHours, read_span, read_time
from pipelines.errors import FileProblem
from pipelines.tomlfile import suggestion
from pipelines.topics import Topics


def alert_policy(config: Config) -> AlertPolicy:
    """Who is told of what. An address of `mail.to` that has entries of its own gets what those ask for, and nothing else.

    Without any reader, mails are kept for the sender: nothing is lost before the settings are there.
    """
    own = {reader.to for reader in config.recipient if reader.channel == "mail"}
    readers = [Recipient(address=address) for address in config.mail.to if address not in own]
    readers += [recipient(reader, config.alerts.timezone) for reader in config.recipient]
    return AlertPolicy(
        recipients=tuple(readers) or (Recipient(address=config.mail.sender),),
        tells_mentions=config.alerts.mentions,
        old_after=timedelta(days=config.alerts.old_days) if config.alerts.old_days else None,
        domain=config.mail.sender.rpartition("@")[2] or "sosik.localhost",
    )


def check_wishes(config: Config, topics: Topics) -> None:
    """Raise FileProblem for a reader who wants a topic or sub-topic that there is not, and so would never hear anything."""
    known = [topic.name for topic in topics.topics]
    parts = [part.id for topic in topics.topics for part in topic.file.subtopic]
    for reader in config.recipient:
        for key, wanted, there in (("topics", reader.topics, known), ("subtopics", reader.subtopics, parts)):
            for name in wanted:
                if name not in there:
                    raise FileProblem(
                        f"{name!r} is not watched{suggestion(name, there)}; there are: {', '.join(there)}",
                        file=config.path or "sosik.toml", key=f"recipient.{key}",
                    )


def recipient(wishes: Wishes, zone: str) -> Recipient:
    span = read_span(wishes.quiet_hours) if wishes.quiet_hours else None
    return Recipient(
        channel=wishes.channel, address=wishes.to, topics=frozenset(wishes.topics), subtopics=frozenset(wishes.subtopics),
        minimum_score=wishes.minimum_score, breaking_only=wishes.breaking_only, mode=Mode(wishes.mode),
        digest=DigestTimes(
            at=read_time(wishes.digest_at), zone=zone,
            weekday=None if wishes.digest_on == "daily" else WEEKDAYS.index(wishes.digest_on),
        ),
        quiet=QuietHours(start=span[0], end=span[1], zone=zone) if span else None,
    )
