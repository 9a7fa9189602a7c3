"""The settings → the channels; one round of sending. For the daemon, `sosik alerts send` and the demo."""

from __future__ import annotations

import logging
import os
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from email.utils import make_msgid
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import cast

from crawler.alert_feeds import write_feeds
from crawler.channels import KeptMail, MailChannel, NotifyChannel, WebhookChannel, notify_variable
from crawler.config import Config, secret
from crawler.mail import MailConnection, MailServer
from crawler.outbox import CHANNELS, outbox_lock, side_by_side
from crawler.policy import alert_policy
from pipelines.alerts.card import Letterhead
from pipelines.alerts.compose import Letter
from pipelines.alerts.deliver import Channel, SendReport, deliver, is_due, make_ready, never
from pipelines.alerts.letters import notice_letter
from pipelines.errors import UserError
from pipelines.store.database import SMALL_CACHE_KIB, Store, open_store
from pipelines.store.telling import Notice
from pipelines.tomlfile import mtime
from pipelines.wording import Language, Wording
from pipelines.wording.deliveries import noted

logger = logging.getLogger(__name__)

PATIENCE_S = 15.0  # of a round with a channel; then the next round begins without it. Chosen by hand


def send_due(
    store: Store,
    config: Config,
    now: datetime,
    *,
    environment: Mapping[str, str] = os.environ,
    should_stop: Callable[[], bool] = never,
    patience_s: float | None = PATIENCE_S,
) -> SendReport:
    """One round: send all that is due, mark it, write the feeds. A channel on which someone else sends is left out.

    A channel that takes longer than `patience_s` (None: as long as it takes) goes on beside us, and keeps its lock until it has
    ended. Raises UserError when a channel's settings are wrong, after the others have sent.
    """
    with ExitStack() as held:
        locks = {name: ExitStack() for name in CHANNELS}
        for lock in locks.values():
            held.push(lock)
        ours = [name for name, lock in locks.items() if lock.enter_context(outbox_lock(store.path, name))]
        recovered = make_ready(store, ours, alert_policy(config), now=now, storm=config.mail.storm)
        rounds = {
            name: partial(_send, name, locks[name].pop_all(), store.path, config, now, environment, should_stop)
            for name in used_channels(config) if name in ours and is_due(store, name, now)
        }
    trouble = ""
    try:
        report = side_by_side(rounds, patience_s)
    finally:  # by now a story may be told by its original
        if config.alerts.feeds_dir:
            trouble = _write_feeds(store, config, now)
    report.recovered = recovered
    if trouble:
        report.note(trouble)
    return report


def _send(
    name: str, lock: ExitStack, database: Path, config: Config, now: datetime, environment: Mapping[str, str],
    should_stop: Callable[[], bool],
) -> SendReport:
    """One channel's part of a round; gives its lock back."""
    with (
        lock, open_store(database, cache_kib=SMALL_CACHE_KIB) as store,
        open_channel(name, config, environment, should_stop) as channel,
    ):
        return deliver(store, name, channel, letterheads(config), now=now, should_stop=should_stop)


def _write_feeds(store: Store, config: Config, now: datetime) -> str:
    """What went wrong; "" when nothing did."""
    try:
        home = config.sosik.data_dir
        write_feeds(store, home / config.alerts.feeds_dir, letterheads(config)(""), now, home=home)
    except OSError as error:
        return noted("feeds-unwritten", error=error.strerror or "")
    return ""


def used_channels(config: Config) -> list[str]:
    """Mail is always among them: without a server or a reader it is kept as files."""
    used = {"mail", *(reader.channel for reader in config.recipient)}
    return [name for name in CHANNELS if name in used]


@contextmanager
def open_channel(
    name: str, config: Config, environment: Mapping[str, str], should_stop: Callable[[], bool] = never
) -> Iterator[Channel]:
    """The channel as the settings want it; its connection is closed at the end. Raises UserError."""
    if name == "notify":
        names = {reader.to for reader in config.recipient if reader.channel == "notify"}
        urls = {each: secret(notify_variable(each), environment) for each in names}
        yield NotifyChannel(urls=urls, should_stop=should_stop)
    elif name == "webhook":
        yield WebhookChannel(secret=secret("SOSIK_WEBHOOK_SECRET", environment), should_stop=should_stop)
    elif config.sends_mail:
        with MailConnection(mail_server(config), should_stop) as connection:
            yield MailChannel(connection=connection)
    else:
        yield KeptMail(folder=config.sosik.data_dir / "outbox")


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
    def labels(language: Language) -> dict[str, str]:
        return topic_labels(config, language)

    def head(address: str) -> Letterhead:
        language = cast(Language, languages.get(address, config.sosik.language))
        return Letterhead(
            say=Wording(language), sender=config.mail.sender, reply_to=config.mail.reply_to, labels=labels(language))

    return head


def trial_letter(head: Letterhead, now: datetime) -> Letter:
    """A message that says that messages arrive."""
    notice = Notice(
        notice_id=0, message_id=make_msgid(idstring="sosik-test", domain=head.sender.rpartition("@")[2]), born_at=now,
        subject=head.say("alerts.test_subject"), body=head.say("alerts.test_body"),
    )
    return notice_letter(notice, head)


def topic_labels(config: Config, language: Language) -> dict[str, str]:
    """`topic` and `topic/sub-topic` → what readers of this language call them. Empty when a topic file is broken: mails go out
    all the same."""
    from pipelines.topics import path_of

    paths = [path_of(name, config.beside(".")) for name in config.sosik.topics]
    try:
        return _labels(config.sosik.topics, config.beside("."), language, tuple(map(mtime, paths)))
    except UserError as error:
        logger.warning("topics=unreadable error=%s", error)
        return {}


@lru_cache(maxsize=8)  # a round of sending loads no topic again: that takes a tenth of a second and some MiB
def _labels(names: tuple[str, ...], folder: Path, language: Language, mtimes: tuple[float, ...]) -> dict[str, str]:  # noqa: ARG001
    """`mtimes` of the files, so that changed ones are read again."""
    from pipelines.topics import load_topics

    topics = load_topics(names, folder).topics
    subtopics = {f"{topic.name}/{each.id}": each.titled(language) for topic in topics for each in topic.file.subtopic}
    return {topic.name: topic.titled(language) for topic in topics} | subtopics
