"""The settings → who is told and how; one round of sending. For the daemon, `sosik alerts send` and the demo."""

from __future__ import annotations

import fcntl
import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import cast

from crawler.channels import KeptMail, MailChannel
from crawler.config import Config, Reader
from crawler.mail import MailLine, MailServer
from pipelines.alerts.birth import AlertPolicy, Mode, Recipient
from pipelines.alerts.card import Letterhead
from pipelines.alerts.deliver import Channel, SendReport, deliver, never
from pipelines.alerts.times import WEEKDAYS, DigestTimes, QuietHours, read_span, read_time
from pipelines.errors import UserError
from pipelines.store.database import Store
from pipelines.wording import Language, Wording


def alert_policy(config: Config) -> AlertPolicy:
    """Who is told of what. Without any reader, mails are kept for the sender: nothing is lost before the settings are there."""
    readers = [Recipient(address=address) for address in config.mail.to]
    readers += [recipient(reader, config.alerts.timezone) for reader in config.recipient]
    return AlertPolicy(
        recipients=tuple(readers) or (Recipient(address=config.mail.sender),),
        domain=config.mail.sender.rpartition("@")[2] or "sosik.localhost",
    )


def recipient(reader: Reader, zone: str) -> Recipient:
    span = read_span(reader.quiet_hours) if reader.quiet_hours else None
    return Recipient(
        channel=reader.channel, address=reader.to, topics=frozenset(reader.topics), subtopics=frozenset(reader.subtopics),
        minimum_score=reader.minimum_score, breaking_only=reader.breaking_only, mode=Mode(reader.mode),
        digest=DigestTimes(
            at=read_time(reader.digest_at), zone=zone,
            weekday=None if reader.digest_on == "daily" else WEEKDAYS.index(reader.digest_on),
        ),
        quiet=QuietHours(start=span[0], end=span[1], zone=zone) if span else None,
    )


def send_due(store: Store, config: Config, now: datetime, *, should_stop: Callable[[], bool] = never) -> SendReport:
    """One round: send all that is due, mark it, write the feeds. Does nothing while another process sends."""
    with outbox_lock(config.sosik.data_dir) as is_ours:
        if not is_ours:
            return SendReport()
        with open_channels(config) as channels:
            return deliver(
                store, channels, alert_policy(config), now=now, storm=config.mail.storm, should_stop=should_stop
            )


@contextmanager
def open_channels(config: Config) -> Iterator[dict[str, Channel]]:
    """The channels by name; connections are closed at the end."""
    with ExitStack() as stack:
        heads = letterheads(config)
        if config.mail.server:
            line = stack.enter_context(MailLine(mail_server(config)))
            yield {"mail": MailChannel(line=line, heads=heads)}
        else:
            yield {"mail": KeptMail(folder=config.sosik.data_dir / "outbox", heads=heads)}


def mail_server(config: Config) -> MailServer:
    """Raises UserError when the file of certificates cannot be used."""
    trust = None
    if config.mail.ca_file:
        try:
            trust = ssl.create_default_context(cafile=str(config.beside(config.mail.ca_file)))
        except (OSError, ssl.SSLError) as error:
            raise UserError(f"mail.ca_file: {config.beside(config.mail.ca_file)} holds no certificates: {error}") from error
    return MailServer(
        host=config.mail.server, port=config.mail.port, security=config.mail.security, user=config.mail.user,
        password=config.smtp_password, timeout_s=config.mail.timeout_s, trust=trust,
    )


def letterheads(config: Config) -> Callable[[str], Letterhead]:
    """recipient → the language that its first entry asks for, else the general one."""
    languages = {reader.to: reader.language for reader in reversed(config.recipient) if reader.language}

    def head(address: str) -> Letterhead:
        language = cast(Language, languages.get(address, config.sosik.language))
        return Letterhead(say=Wording(language), sender=config.mail.sender, reply_to=config.mail.reply_to)

    return head


@contextmanager
def outbox_lock(folder: Path) -> Iterator[bool]:
    """Whether we are the only ones who send from this folder; given back by the kernel when we die."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / "outbox.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
