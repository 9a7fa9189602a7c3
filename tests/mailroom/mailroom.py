"""The sink: aiosmtpd with faults at each stage of a conversation. Listens on 127.0.0.1 only."""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from enum import StrEnum
from types import TracebackType
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Fault(StrEnum):
    """What the server does wrong, each time, unless it is limited by `fault_times`."""

    DROP_BEFORE_DOT = "drop-before-dot"  # closes after DATA, before the text has ended
    DROP_AFTER_DOT = "drop-after-dot"  # keeps the message, then closes without an answer
    DROP_AT_MAIL = "drop-at-mail"
    SLOW_ACKNOWLEDGEMENT = "slow-acknowledgement"  # answers the final dot after `delay_s`
    STARTTLS_LIES = "starttls-lies"  # offers STARTTLS, says 220, then talks on in plain text
    STARTTLS_REFUSED = "starttls-refused"  # offers STARTTLS, answers 454
    STARTTLS_INJECTED = "starttls-injected"  # sends more plain answers in the same packet as the 220
    AUTH_REFUSED = "auth-refused"
    NO_EXTENSIONS = "no-extensions"  # neither 8BITMIME nor SMTPUTF8


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    sender: str
    recipients: tuple[str, ...]
    content: bytes
    is_encrypted: bool = False
    user: str = ""

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.content, policy=email.policy.default)  # type: ignore[return-value]


@dataclass(kw_only=True)
class Mailroom:
    """One server for the length of a `with`. Everything it heard and took can be looked at afterwards."""

    answers: dict[str, list[str]] = field(default_factory=dict)  # verb → answers given first: {"RCPT": ["451 later"]}
    refused: Mapping[str, str] = field(default_factory=dict)  # recipient → answer, always
    fault: Fault | None = None
    fault_times: int = 10**6
    delay_s: float = 0.0
    starttls: bool = False
    implicit_tls: bool = False
    password: str | None = None  # asks for a login
    hostname: str = "127.0.0.1"
    certified: str = "127.0.0.1"  # the name in its certificate
    port: int = 0
    messages: list[Delivered] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)  # as heard: "TLS MAIL FROM:<…>" when encrypted
    connections: int = 0

    def __post_init__(self) -> None:
        self.authority = trustme.CA()
        self.lock = threading.Lock()
        self.news = threading.Condition()
        self._controller: _Controller | None = None

    @property
    def host(self) -> str:
        return self.hostname

    @property
    def trust(self) -> ssl.SSLContext:
        """A client's context that trusts this server and verifies as usual."""
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        return context

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(self.certified).configure_cert(context)
        return context

    def __enter__(self) -> Mailroom:
        self._controller = _Controller(self)
        self._controller.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._controller is not None
        self._controller.stop()
        self._controller = None

    def take(self, message: Delivered) -> None:
        with self.news:
            self.messages.append(message)
            self.news.notify_all()

    def wait_for(self, count: int, *, timeout_s: float = 30.0) -> bool:
        """Whether so many messages have arrived, at the latest after `timeout_s`."""
        with self.news:
            return self.news.wait_for(lambda: len(self.messages) >= count, timeout_s)

    def strikes(self, *faults: Fault) -> bool:
        """Whether one of these faults happens now; counts it."""
        with self.lock:
            if self.fault not in faults or self.fault_times <= 0:
                return False
            self.fault_times -= 1
            return True

    def scripted(self, verb: str) -> str | None:
        with self.lock:
            waiting = self.answers.get(verb)
            return waiting.pop(0) if waiting else None


class _Controller(Controller):
    def __init__(self, mailroom: Mailroom) -> None:
        self.mailroom = mailroom
        context = mailroom.server_context() if mailroom.implicit_tls else None
        super().__init__(_Handler(mailroom), hostname=mailroom.hostname, port=mailroom.port, ssl_context=context)

    def factory(self) -> SMTP:
        room = self.mailroom
        offers_starttls = room.starttls or str(room.fault).startswith("starttls")
        return _Server(
            self.handler, mailroom=room, hostname="mail.example.org", loop=self.loop,
            tls_context=room.server_context() if offers_starttls else None,
            authenticator=_authenticator(room) if room.password is not None else None,
            auth_require_tls=False,  # offers a login in plain text, too: that is what nobody must follow
            enable_SMTPUTF8=room.fault is not Fault.NO_EXTENSIONS,
        )

    def _trigger_server(self) -> None:
        self.mailroom.port = self.server.sockets[0].getsockname()[1]
        self.port = self.mailroom.port
        super()._trigger_server()
        self.mailroom.connections = 0  # the controller's own try


def _authenticator(room: Mailroom) -> Any:
    def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: LoginPassword) -> AuthResult:
        is_right = login.password.decode() == room.password and room.fault is not Fault.AUTH_REFUSED
        return AuthResult(success=is_right, handled=False, auth_data=login.login.decode())

    return check


class _Server(SMTP):
    """aiosmtpd's server, misbehaving on demand."""

    def __init__(self, handler: object, *, mailroom: Mailroom, **options: Any) -> None:
        self.mailroom = mailroom
        super().__init__(handler, **options)

    def connection_made(self, transport: Any) -> None:
        if self.transport is None:
            self.mailroom.connections += 1
        super().connection_made(transport)

    @property
    def is_encrypted(self) -> bool:
        return self.mailroom.implicit_tls or self._tls_protocol is not None

    def heard(self, verb: str, argument: str | None) -> None:
        self.mailroom.commands.append(f"{'TLS ' if self.is_encrypted else ''}{verb} {argument or ''}".strip())

    async def push(self, status: str | bytes) -> None:
        if self.mailroom.fault is Fault.NO_EXTENSIONS and status == "250-8BITMIME":
            return
        await super().push(status)

    async def smtp_EHLO(self, hostname: str) -> None:
        self.heard("EHLO", hostname)
        if answer := self.mailroom.scripted("EHLO"):
            await self.push(answer)
            return
        await super().smtp_EHLO(hostname)

    async def smtp_STARTTLS(self, arg: str) -> None:
        self.heard("STARTTLS", arg)
        if self.mailroom.strikes(Fault.STARTTLS_REFUSED):
            await self.push("454 TLS not available due to temporary reason")
        elif self.mailroom.strikes(Fault.STARTTLS_LIES):
            await self.push("220 Ready to start TLS")  # and then nothing of the sort
        elif self.mailroom.strikes(Fault.STARTTLS_INJECTED):
            assert self.transport is not None
            self.transport.write(b"220 Ready to start TLS\r\n250-mail.example.org\r\n250 AUTH PLAIN LOGIN\r\n235 welcome\r\n")
        else:
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:
        self.heard("AUTH", arg)
        await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str) -> None:
        self.heard("MAIL", arg)
        if self.mailroom.strikes(Fault.DROP_AT_MAIL):
            self.hang_up()
            return
        if answer := self.mailroom.scripted("MAIL"):
            await self.push(answer)
            return
        if self.mailroom.password is not None and not (self.session and self.session.authenticated):
            await self.push("530 5.7.0 Authentication required")
            return
        await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str) -> None:
        self.heard("RCPT", arg)
        refusal = next((answer for who, answer in self.mailroom.refused.items() if f"<{who}>" in arg), None)
        if answer := refusal or self.mailroom.scripted("RCPT"):
            await self.push(answer)
            return
        await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:
        self.heard("DATA", arg)
        if answer := self.mailroom.scripted("DATA"):
            await self.push(answer)
            return
        if self.mailroom.strikes(Fault.DROP_BEFORE_DOT):
            await self.push("354 go on")
            self.hang_up()
            return
        await super().smtp_DATA(arg)

    def hang_up(self) -> None:
        assert self.transport is not None
        self.transport.abort()


class _Handler:
    def __init__(self, mailroom: Mailroom) -> None:
        self.mailroom = mailroom

    async def handle_DATA(self, server: _Server, session: Session, envelope: Envelope) -> str:
        if answer := self.mailroom.scripted("TEXT"):  # the answer to the final dot
            return answer
        assert isinstance(envelope.content, bytes)
        self.mailroom.take(
            Delivered(
                sender=envelope.mail_from or "", recipients=tuple(map(str, envelope.rcpt_tos)), content=envelope.content,
                is_encrypted=server.is_encrypted, user=str(session.auth_data or ""),
            )
        )
        if self.mailroom.strikes(Fault.SLOW_ACKNOWLEDGEMENT):
            await asyncio.sleep(self.mailroom.delay_s)
        if self.mailroom.strikes(Fault.DROP_AFTER_DOT):
            server.hang_up()
        return "250 OK"
