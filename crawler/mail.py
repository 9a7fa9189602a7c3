"""Handing a message to an SMTP server: encrypted, verified, with a deadline. The only file that imports smtplib.

Total over what a server can do: a message is sent, or a DeliveryError says why not. Which answer means what:

    cannot connect, no or broken TLS, login refused, 421, sender refused    ChannelDown: the message is not to blame
    4xx, connection lost before the message was out                         DeliveryLater
    connection lost after the message was out, no answer                    DeliveryUnknown
    5xx for the recipient or the message                                    DeliveryNever
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_address
from types import TracebackType
from typing import TypeVar

from crawler.threads import within
from pipelines.errors import ChannelDown, ChannelUnset, DeliveryLater, DeliveryNever, DeliveryUnknown
from pipelines.wording.deliveries import noted

T = TypeVar("T")

ACKNOWLEDGE_S = 600.0  # RFC 5321, 4.5.3.2.6: a server may take ten minutes over the final dot, and hanging up makes a duplicate
OUR_NAME = "localhost"  # in EHLO: a lookup of our own name would need DNS, and would tell it to all readers
CONNECT_S = 10.0  # for the connection alone: a program that is told to stop cannot interrupt it; chosen by hand
CONVERSATION = 5  # a server that drips its answers gets so many times the time-out for a step, and for all; chosen by hand
SLOWEST_BYTES_S = 1000  # of a line that carries the text; chosen by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where and how to hand mail over."""

    host: str
    port: int
    security: str = "starttls"  # starttls, tls, or none: only for a server on this machine
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_s: float = 60.0
    acknowledge_s: float = ACKNOWLEDGE_S
    trust: ssl.SSLContext | None = field(default=None, repr=False)  # None: the system's authorities

    @property
    def is_local(self) -> bool:
        """By its literal address or name only: what a name resolves to may change."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost" or self.host.endswith(".localhost")


class MailConnection:
    """One connection, kept for several messages. Made when first used; made anew after a fault."""

    def __init__(self, server: MailServer, should_stop: Callable[[], bool] = lambda: False) -> None:
        """`should_stop` is asked while a server keeps us waiting; then the conversation ends at once."""
        self.server = server
        self.should_stop = should_stop
        self._client: smtplib.SMTP | None = None
        self._ends_at = 0.0  # the conversation up to the final dot, then the wait for its answer; by the monotonic clock

    def send(self, sender: str, recipient: str, content: bytes) -> None:
        """Hand one message to one recipient. Returns when the server took it; raises DeliveryError, also when all of it takes too
        long."""
        self._ends_at = time.monotonic() + CONVERSATION * self.server.timeout_s + len(content) / SLOWEST_BYTES_S
        try:
            client = self._ready()
            self._envelope(client, sender, recipient)
            self._text(client, content)
        except DeliveryNever:
            raise  # a clear answer: the connection is as good as before
        except BaseException:
            self.close()  # whatever went wrong: the next message starts on a clean connection
            raise

    def close(self) -> None:
        """Leave politely if the server listens, at once if it does not."""
        client, self._client = self._client, None
        if client is None:
            return
        try:
            if client.sock is not None:
                client.sock.settimeout(1.0)
                client.quit()
        except (OSError, smtplib.SMTPException, ValueError):
            pass
        finally:
            client.close()

    def __enter__(self) -> MailConnection:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _ready(self) -> smtplib.SMTP:
        """A client that may send: greeted, encrypted, logged in. Raises ChannelDown."""
        if self._client is not None:
            try:
                if self._within(self.server.timeout_s, self._client, self._client.rset)[0] == 250:
                    return self._client
            except (OSError, smtplib.SMTPException, ValueError):
                pass  # it left while nothing was said: connect again
            self.close()
        try:
            self._client = self._connect()
        except ChannelDown:
            raise
        except ssl.SSLError as error:
            raise ChannelDown(self._why("no-trust", error=_reason(error))) from error
        except smtplib.SMTPResponseException as error:
            raise ChannelDown(self._why("refuses-us", answer=_answer(error.smtp_code, error.smtp_error))) from error
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise ChannelDown(self._why("unreached", error=_reason(error))) from error
        return self._client

    def _why(self, why: str, **facts: str | float) -> str:
        return noted(f"mail-{why}", server=f"{self.server.host}:{self.server.port}", **facts)

    def _connect(self) -> smtplib.SMTP:
        server = self.server
        if server.security == "none" and not server.is_local:
            raise ChannelUnset(self._why("not-local"))
        context = server.trust or ssl.create_default_context()
        client = smtplib.SMTP(timeout=server.timeout_s, local_hostname=OUR_NAME)
        vars(client)["_host"] = server.host  # STARTTLS checks the certificate against it; set only when the constructor connects
        try:
            client.sock = self._call(context)
            code, answer = self._within(server.timeout_s, client, client.getreply)
            if code != 220:
                raise ChannelDown(self._why("refuses-us", answer=_answer(code, answer)))
            self._within(server.timeout_s, client, partial(self._greet, client, context))
        except BaseException:
            client.close()
            raise
        return client

    def _call(self, context: ssl.SSLContext) -> socket.socket:
        """The connection, encrypted already when TLS comes first."""
        server = self.server
        link = socket.create_connection((server.host, server.port), min(CONNECT_S, server.timeout_s))
        if server.security == "tls":
            link = context.wrap_socket(link, server_hostname=server.host)  # closes the link when it fails
        link.settimeout(server.timeout_s)
        return link

    def _greet(self, client: smtplib.SMTP, context: ssl.SSLContext) -> None:
        client.ehlo_or_helo_if_needed()
        if self.server.security == "starttls":
            if not client.has_extn("starttls"):
                raise ChannelUnset(self._why("no-starttls"))
            client.starttls(context=context)  # forgets all that was said in plain text, and raises when refused
            client.ehlo()
        if self.server.user:
            self._log_in(client)

    def _log_in(self, client: smtplib.SMTP) -> None:
        """Only ever inside TLS, or to this machine."""
        if not isinstance(client.sock, ssl.SSLSocket) and not self.server.is_local:
            raise ChannelUnset(self._why("plain"))
        if not self.server.password:
            raise ChannelUnset(self._why("no-password"))
        try:
            client.login(self.server.user, self.server.password)
        except smtplib.SMTPAuthenticationError as error:
            refused = ChannelUnset if error.smtp_code >= 500 else ChannelDown
            raise refused(self._why("refuses-login", user=self.server.user, code=error.smtp_code)) from None
        except smtplib.SMTPNotSupportedError as error:
            raise ChannelDown(self._why("no-login", error=_reason(error))) from None

    def _envelope(self, client: smtplib.SMTP, sender: str, recipient: str) -> None:
        """MAIL, RCPT and DATA, up to the server's 354."""

        def ask() -> None:
            code, answer = client.mail(sender)
            if code != 250:
                self._refuse(code, answer, "sender", sender=sender, never=ChannelDown if code != 552 else DeliveryNever)
            code, answer = client.rcpt(recipient)
            if code not in (250, 251):
                self._refuse(code, answer, "recipient")
            code, answer = client.docmd("DATA")
            if code != 354:
                self._refuse(code, answer, "message")

        with self._lost_is(DeliveryLater):
            self._within(self.server.timeout_s, client, ask)

    def _text(self, client: smtplib.SMTP, content: bytes) -> None:
        """The message and its final dot. From the last byte on, silence means that it may have arrived."""
        with self._lost_is(DeliveryLater):
            self._within(self.server.timeout_s + len(content) / SLOWEST_BYTES_S, client, partial(client.send, _dotted(content)))
        assert client.sock is not None
        client.sock.settimeout(self.server.acknowledge_s)
        self._ends_at = time.monotonic() + self.server.acknowledge_s
        with self._lost_is(DeliveryUnknown):
            code, answer = self._within(self.server.acknowledge_s, client, client.getreply)
        client.sock.settimeout(self.server.timeout_s)
        if code != 250:
            self._refuse(code, answer, "message")

    def _refuse(
        self, code: int, answer: bytes, what: str, *, never: type[ChannelDown | DeliveryNever] = DeliveryNever, **facts: str
    ) -> None:
        said = self._why(f"refuses-{what}", answer=_answer(code, answer), **facts)
        if code == 421:
            raise ChannelDown(said)
        raise (never if 500 <= code < 600 else DeliveryLater)(said)

    @contextmanager
    def _lost_is(self, kind: type[DeliveryLater]) -> Iterator[None]:
        try:
            yield
        except smtplib.SMTPResponseException as error:
            raise kind(self._why("nonsense", answer=_answer(error.smtp_code, error.smtp_error))) from error
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise kind(self._why("silent", error=_reason(error))) from error

    def _within(self, seconds: float, client: smtplib.SMTP, step: Callable[[], T]) -> T:
        """What the step gives. It is cut off when we should stop, or when it or the message takes too long in all."""
        left = min(seconds * CONVERSATION, self._ends_at - time.monotonic())
        return within(left, step, cut=partial(_hang_up, client), should_stop=self.should_stop)


def _hang_up(client: smtplib.SMTP) -> None:
    try:
        if client.sock is not None:
            client.sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def _dotted(content: bytes) -> bytes:
    """The message as SMTP carries it: lines end in CRLF, leading dots are doubled, a lone dot ends it (RFC 5321, 4.5.2)."""
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    return b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines) + b".\r\n"


def _answer(code: int, text: bytes | str) -> str:
    """The server's words, fit for a log: printable, one line, bounded."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    shown = "".join(letter if letter.isprintable() else " " for letter in words)
    return f"{code} {' '.join(shown.split())[:200]}".strip()


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    words = str(getattr(error, "verify_message", "") or getattr(error, "reason", "") or getattr(error, "strerror", "") or error)
    return _answer(0, words).removeprefix("0 ") or type(error).__name__
