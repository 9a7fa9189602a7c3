"""The ways to a reader: mail, mail kept as files, Apprise, webhook. Each hands over a Letter or raises DeliveryError."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from crawler.mail import MailConnection
from crawler.threads import Overdue, within
from crawler.webhook import post_signed, signing_key
from pipelines import clock
from pipelines.alerts.card import Letterhead
from pipelines.alerts.compose import Letter, mail
from pipelines.alerts.text import header_text
from pipelines.alerts.wire import payload
from pipelines.disk import write_whole
from pipelines.errors import ChannelDown, ChannelUnset, DeliveryLater, DeliveryUnknown
from pipelines.wording.deliveries import noted

POST_S = 20.0  # for one webhook, all in all; standardwebhooks.com asks for 15 to 30
CHAT_S = 60.0  # for one chat message: Apprise may try several addresses of one service; chosen by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class MailChannel:
    """Mail through a server."""

    connection: MailConnection

    def send(self, letter: Letter, head: Letterhead, recipient: str) -> str:
        self.connection.send(head.sender, recipient, mail(letter, head, recipient).as_bytes())
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMail:
    """Mail as .eml files in a folder, for as long as no server or no reader is configured. Any mail program opens them."""

    folder: Path

    def send(self, letter: Letter, head: Letterhead, recipient: str) -> str:
        """One file for each message and recipient; the same message again takes the same name. Gives its path inside the data
        folder, which may move."""
        identity = hashlib.sha256(f"{letter.message_id} {recipient}".encode()).hexdigest()[:12]
        path = self.folder / f"{letter.at.strftime('%Y%m%dT%H%M%SZ')}-{identity}.eml"
        try:
            write_whole(path, mail(letter, head, recipient).as_bytes())
        except OSError as error:
            raise ChannelDown(noted("unwritten", path=str(path), error=error.strerror or "")) from error
        return str(path.relative_to(self.folder.parent))


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyChannel:
    """Chats and phones by Apprise. The recipient is a name, its URL a secret that never leaves this object."""

    urls: Mapping[str, str] = field(repr=False)  # name → Apprise URL
    should_stop: Callable[[], bool] = lambda: False

    def send(self, letter: Letter, head: Letterhead, recipient: str) -> str:  # noqa: ARG002  # mails alone show it
        try:
            import apprise  # an extra
        except ModuleNotFoundError as error:
            raise ChannelUnset(noted("notify-no-apprise")) from error
        url = self.urls.get(recipient, "")
        if not url:
            is_alone = not any(self.urls.values())
            raise (ChannelUnset if is_alone else DeliveryLater)(
                noted("notify-no-url", recipient=recipient, variable=notify_variable(recipient)))
        service = apprise.Apprise()
        if not service.add(url):
            raise DeliveryLater(noted("notify-bad-url", recipient=recipient, variable=notify_variable(recipient)))

        def notify() -> bool:
            return bool(
                service.notify(title=header_text(letter.subject), body=letter.text, body_format=apprise.NotifyFormat.TEXT))

        try:
            is_taken = within(CHAT_S, notify, should_stop=self.should_stop)
        except Overdue as error:
            raise DeliveryUnknown(noted("notify-silent", recipient=recipient, seconds=CHAT_S)) from error
        if not is_taken:
            raise DeliveryLater(noted("notify-refused", recipient=recipient))
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChannel:
    """JSON by POST, signed as standardwebhooks.com asks for. The recipient is the address."""

    secret: str = field(repr=False)
    deadline_s: float = POST_S
    now: Callable[[], datetime] = clock.now  # a message signed when it was born would be refused after quiet hours
    should_stop: Callable[[], bool] = lambda: False

    def send(self, letter: Letter, head: Letterhead, recipient: str) -> str:  # noqa: ARG002  # mails alone show it
        if not self.secret:
            raise ChannelUnset(noted("webhook-no-secret"))
        post_signed(
            recipient, payload(letter), identity=letter.message_id.strip("<>"), at=self.now(), key=signing_key(self.secret),
            deadline_s=self.deadline_s, should_stop=self.should_stop,
        )
        return ""


def notify_variable(name: str) -> str:
    return f"SOSIK_NOTIFY_{name.upper()}"
