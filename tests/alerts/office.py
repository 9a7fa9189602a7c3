"""A news desk, a mail server, and the settings between them: for tests of what goes out."""

from __future__ import annotations

from datetime import datetime, timedelta

from crawler.config import Config, General, Mail, Wishes
from crawler.policy import alert_policy
from crawler.sending import send_due
from pipelines.alerts.deliver import SendReport
from tests.alerts.desk import NOON, NewsDesk
from tests.mailroom import Mailroom

MINUTE = timedelta(minutes=1)


class Office:
    """A news desk, a mail server, and the settings between them."""

    def __init__(self, desk: NewsDesk, room: Mailroom, *, readers: tuple[str, ...], recipient: tuple[Wishes, ...] = ()) -> None:
        self.desk = desk
        self.room = room
        self.config = Config(
            sosik=General(data_dir=desk.store.path.parent),
            mail=Mail(to=readers, server=room.host, port=room.port, security="none", sender="sosik@example.org", timeout_s=5),
            recipient=recipient,
        )

    def news(self, count: int = 1, *, now: datetime = NOON) -> None:
        for _ in range(count):
            self.desk.tell(*self.desk.file(now=now, published=now), alert_policy(self.config), now=now)

    def send(self, now: datetime = NOON) -> SendReport:
        return send_due(self.desk.store, self.config, now)

    def states(self) -> list[str]:
        return [str(row[0]) for row in self.desk.rows("SELECT state FROM delivery ORDER BY id")]

    def arrived(self) -> list[str]:
        return [str(taken.message["Message-ID"]) for taken in self.room.messages]
