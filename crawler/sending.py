"""The settings → the channels; one round of sending. For the daemon, `sosik alerts send` and the demo."""

from __future__ import annotations

import fcntl
import logging
import os
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from email.utils import make_msgid
from functools import cache
from pathlib import Path
from typing import cast

from crawler.channels import KeptMail, MailChannel, NotifyChannel, WebhookChannel, notify_variable
from crawler.config import Config, secret
from crawler.feeds import write_feeds
from crawler.mail import MailLine, MailServer
from crawler.policy import alert_policy
from pipelines.alerts.card import Letterhead
from pipelines.alerts.compose import Letter
from pipelines.alerts.deliver import Channel, SendReport, deliver, never
from pipelines.alerts.letters import notice_letter
from pipelines.errors import UserError
from pipelines.store.database import Store
from pipelines.store.telling import Notice
from pipelines.wording import Language, Wording

logger = logging.getLogger(__name__)


def send_due(
    store: Store,
    config: Config,
    now: datetime,
    *,
    environment: Mapping[str, str] = os.environ,
    should_stop: Callable[[], bool] = never,
) -> SendReport:
    """One round: send all that is due, mark it, write the feeds. Does nothing while another process sends."""
    with outbox_lock(store.path) as is_ours:
        if not is_ours:
            return SendReport()
        with open_channels(config, environment, should_stop) as channels:
            report = deliver(
                store, channels, alert_policy(config), now=now, storm=config.mail.storm, should_stop=should_stop
            )
        if config.alerts.feeds_dir:
            _write_feeds(store, config, report, now)
        return report


def _write_feeds(store: Store, config: Config, report: SendReport, now: datetime) -> None:
    try:
        write_feeds(store, config.sosik.data_dir / config.alerts.feeds_dir, letterheads(config)(""), now)
    except OSError as error:
        report.note(f"alerts.feeds_dir: the feeds cannot be written: {error.strerror}")


@contextmanager
def open_channels(
    config: Config, environment: Mapping[str, str], should_stop: Callable[[], bool] = never
) -> Iterator[dict[str, Channel]]:
    """The channels that the settings use, by name; connections are closed at the end. Raises UserError."""
    heads, used = letterheads(config), {reader.channel for reader in config.recipient}
    with ExitStack() as stack:
        channels: dict[str, Channel] = {}
        if config.mail.server:
            channels["mail"] = MailChannel(line=stack.enter_context(MailLine(mail_server(config), should_stop)), heads=heads)
        else:
            channels["mail"] = KeptMail(folder=config.sosik.data_dir / "outbox", heads=heads)
        if "notify" in used:
            names = {reader.to for reader in config.recipient if reader.channel == "notify"}
            urls = {name: secret(notify_variable(name), environment) for name in names}
            channels["notify"] = NotifyChannel(urls=urls, heads=heads)
        if "webhook" in used:
            channels["webhook"] = WebhookChannel(secret=secret("SOSIK_WEBHOOK_SECRET", environment), heads=heads)
        yield channels


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

    @cache
    def labels() -> dict[str, str]:
        return topic_labels(config)

    def head(address: str) -> Letterhead:
        language = cast(Language, languages.get(address, config.sosik.language))
        return Letterhead(say=Wording(language), sender=config.mail.sender, reply_to=config.mail.reply_to, labels=labels())

    return head


def trial_letter(head: Letterhead, now: datetime) -> Letter:
    """A message that says that messages arrive."""
    notice = Notice(
        notice_id=0, message_id=make_msgid(idstring="sosik-test", domain=head.sender.rpartition("@")[2]), born_at=now,
        subject=head.say("alerts.test_subject"), body=head.say("alerts.test_body"),
    )
    return notice_letter(notice, head)


def topic_labels(config: Config) -> dict[str, str]:
    """`topic` and `topic/sub-topic` → what readers call them. Empty when a topic file is broken: mails go out all the same."""
    from pipelines.topics import load_topics

    try:
        topics = load_topics(config.sosik.topics, config.beside(".")).topics
    except UserError as error:
        logger.warning("topics=unreadable error=%s", error)
        return {}
    subtopics = {f"{topic.name}/{each.id}": each.title for topic in topics for each in topic.file.subtopic}
    return {topic.name: topic.title for topic in topics} | subtopics


@contextmanager
def outbox_lock(database: Path) -> Iterator[bool]:
    """Whether we are the only ones who send from this database; given back by the kernel when we die."""
    descriptor = os.open(database.with_name(f"{database.name}-outbox.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
