"""What the mail connection does with a server that misbehaves: sent, or an error that says what to do with the message."""

from __future__ import annotations

import socket
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest

from crawler.mail import MailConnection, MailServer
from pipelines.errors import ChannelDown, DeliveryLater, DeliveryNever, DeliveryUnknown
from tests.mailroom import Fault, Mailroom

TEXT = b"Subject: =?utf-8?b?7IaM7Iud?=\r\n\r\nhello\r\n.\r\n..two\r\nlast"
PASSWORD = "correct-horse-battery"


def server(room: Mailroom, **changes: object) -> MailServer:
    plain = MailServer(host=room.host, port=room.port, security="none", timeout_s=5, acknowledge_s=5, trust=room.trust)
    return replace(plain, **changes)


def send(room: Mailroom, recipient: str = "reader@example.org", **changes: object) -> None:
    with MailConnection(server(room, **changes)) as connection:
        connection.send("sosik@example.org", recipient, TEXT)


def send_to_port(port: int, *, timeout_s: float) -> None:
    with MailConnection(MailServer(host="127.0.0.1", port=port, security="none", timeout_s=timeout_s)) as connection:
        connection.send("sosik@example.org", "reader@example.org", TEXT)


def test_the_text_arrives_unchanged_dots_and_all() -> None:
    with Mailroom() as room:
        send(room)
        assert room.messages[0].content == TEXT + b"\r\n"


def test_several_messages_go_over_one_connection() -> None:
    with Mailroom() as room, MailConnection(server(room)) as connection:
        for name in ("a", "b", "c"):
            connection.send("sosik@example.org", f"{name}@example.org", TEXT)
        assert (len(room.messages), room.connections) == (3, 1)


def test_starttls_and_implicit_tls_are_verified_and_carry_the_login() -> None:
    for security in ("starttls", "tls"):
        with Mailroom(starttls=security == "starttls", implicit_tls=security == "tls", password=PASSWORD) as room:
            send(room, security=security, user="sosik", password=PASSWORD)
            assert room.messages[0].is_encrypted
            assert room.messages[0].user == "sosik"


def test_a_certificate_of_an_unknown_authority_is_refused() -> None:
    for security in ("starttls", "tls"):
        with Mailroom(starttls=security == "starttls", implicit_tls=security == "tls", password=PASSWORD) as room:
            with pytest.raises(ChannelDown, match="mail-no-trust "):
                send(room, security=security, user="sosik", password=PASSWORD, trust=None)
            assert not any("AUTH" in command for command in room.commands)


def test_a_certificate_for_another_name_is_refused() -> None:
    for security in ("starttls", "tls"):
        with Mailroom(starttls=security == "starttls", implicit_tls=security == "tls", certified="mail.example.org") as room:
            with pytest.raises(ChannelDown, match="mail-no-trust "):
                send(room, security=security)
            assert room.messages == []


@pytest.mark.parametrize("fault", [None, Fault.STARTTLS_REFUSED, Fault.STARTTLS_LIES, Fault.STARTTLS_INJECTED])
def test_without_a_true_starttls_no_password_and_no_mail_leave_us(fault: Fault | None) -> None:
    with Mailroom(fault=fault, password=PASSWORD) as room:
        with pytest.raises(ChannelDown):
            send(room, security="starttls", user="sosik", password=PASSWORD, timeout_s=1)
        assert room.messages == []
        assert not any(command.split()[0] in ("AUTH", "MAIL") for command in room.commands)


def test_no_password_goes_in_plain_text_to_another_machine() -> None:
    with Mailroom(password=PASSWORD) as room:
        with pytest.raises(ChannelDown, match="mail-not-local "):
            send(room, host="192.0.2.1", user="sosik", password=PASSWORD)
        assert room.commands == []


def test_a_refused_login_blames_the_channel_and_never_shows_the_password(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="crawler")
    with Mailroom(starttls=True, password=PASSWORD, fault=Fault.AUTH_REFUSED) as room:
        with pytest.raises(ChannelDown, match="mail-refuses-login ") as caught:
            send(room, security="starttls", user="sosik", password=PASSWORD)
        assert PASSWORD not in "".join(traceback.format_exception(caught.value))
        assert PASSWORD not in str(server(room, password=PASSWORD))
    assert PASSWORD not in caplog.text


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"MAIL": ["421 4.3.2 shutting down"]}, ChannelDown),
        ({"MAIL": ["451 4.3.0 try later"]}, DeliveryLater),
        ({"MAIL": ["550 5.7.1 sender not allowed"]}, ChannelDown),
        ({"MAIL": ["552 5.3.4 too big"]}, DeliveryNever),
        ({"RCPT": ["450 4.2.0 greylisted"]}, DeliveryLater),
        ({"RCPT": ["550 5.1.1 no such user"]}, DeliveryNever),
        ({"DATA": ["451 4.3.0 try later"]}, DeliveryLater),
        ({"DATA": ["554 5.5.1 no"]}, DeliveryNever),
        ({"TEXT": ["451 4.3.0 try later"]}, DeliveryLater),
        ({"TEXT": ["554 5.7.1 spam"]}, DeliveryNever),
        ({"TEXT": ["421 4.3.2 shutting down"]}, ChannelDown),
    ],
)
def test_answers_at_each_stage(answers: dict[str, list[str]], expected: type[Exception]) -> None:
    with Mailroom(answers=answers) as room:
        with pytest.raises(DeliveryLater if expected is ChannelDown else expected) as caught:
            send(room)
        assert type(caught.value) is expected
        assert room.messages == []
        send(room)  # the script is over: a good server takes it
        assert len(room.messages) == 1


@pytest.mark.parametrize(
    ("fault", "expected", "arrived"),
    [
        (Fault.DROP_AT_MAIL, DeliveryLater, 0),
        (Fault.DROP_BEFORE_DOT, DeliveryLater, 0),
        (Fault.DROP_AFTER_DOT, DeliveryUnknown, 1),
    ],
)
def test_a_lost_connection(fault: Fault, expected: type[Exception], arrived: int) -> None:
    with Mailroom(fault=fault) as room:
        with pytest.raises(DeliveryLater) as caught:
            send(room)
        assert type(caught.value) in ({DeliveryLater, DeliveryUnknown} if fault is Fault.DROP_BEFORE_DOT else {expected})
        assert len(room.messages) == arrived


def test_a_slow_acknowledgement_is_waited_for() -> None:
    with Mailroom(fault=Fault.SLOW_ACKNOWLEDGEMENT, delay_s=1.0) as room:
        send(room, timeout_s=0.4)
        assert len(room.messages) == 1


def test_an_acknowledgement_that_never_comes_is_unknown() -> None:
    with Mailroom(fault=Fault.SLOW_ACKNOWLEDGEMENT, delay_s=2.0) as room, pytest.raises(DeliveryUnknown):
        send(room, acknowledge_s=0.3)


def test_one_refused_recipient_does_not_hurt_the_others() -> None:
    with Mailroom(refused={"gone@example.org": "550 5.1.1 no such user"}) as room, MailConnection(server(room)) as connection:
        for name in ("first", "gone", "last"):
            if name == "gone":
                with pytest.raises(DeliveryNever):
                    connection.send("sosik@example.org", "gone@example.org", TEXT)
            else:
                connection.send("sosik@example.org", f"{name}@example.org", TEXT)
        assert [taken.recipients for taken in room.messages] == [("first@example.org",), ("last@example.org",)]
        assert room.connections == 1


def test_a_server_without_extensions_takes_our_mail() -> None:
    with Mailroom(fault=Fault.NO_EXTENSIONS) as room:
        send(room)
        assert len(room.messages) == 1


def test_nobody_listens() -> None:
    with Mailroom() as room:
        gone = server(room)
    with pytest.raises(ChannelDown, match="mail-unreached "), MailConnection(gone) as connection:
        connection.send("sosik@example.org", "reader@example.org", TEXT)


@contextmanager
def talker(*sayings: bytes, drip_s: float = 0.0, pause_s: float = 0.0) -> Iterator[int]:
    """A server that says this and nothing else, whatever it hears, each after a pause; with `drip_s`, byte by byte for ever."""
    listener = socket.create_server(("127.0.0.1", 0))
    is_over = threading.Event()

    def talk() -> None:
        connection, _ = listener.accept()
        with connection:
            for saying in sayings:
                is_over.wait(pause_s)
                with suppress(OSError):  # we may have left
                    connection.sendall(saying)
                    connection.recv(1000)
            while drip_s and not is_over.wait(drip_s):
                try:
                    connection.sendall(b"2")
                except OSError:
                    return

    thread = threading.Thread(target=talk)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        is_over.set()
        thread.join()
        listener.close()


@pytest.mark.parametrize(
    "sayings", [(b"",), (b"HTTP/1.1 400 no\r\n\r\n",), (b"554 go away\r\n",), (b"\xff\xfe\x00\r\n",), (b"220 " + b"x" * 9000,)]
)
def test_what_is_no_mail_server_is_a_channel_that_is_down(sayings: tuple[bytes, ...]) -> None:
    with talker(*sayings) as port, pytest.raises(ChannelDown):
        send_to_port(port, timeout_s=0.5)


def test_a_server_that_drips_its_greeting_is_left_at_the_deadline() -> None:
    with talker(drip_s=0.05) as port, pytest.raises(ChannelDown):
        send_to_port(port, timeout_s=0.2)


def test_a_server_that_takes_its_time_over_each_step_is_left_when_all_of_it_takes_too_long() -> None:
    answers = "220 hello", "500 no EHLO", "250 HELO", "250 sender", "250 recipient", "354 go", "250 ok"
    steps = [f"{answer}\r\n".encode() for answer in answers]
    with talker(*steps, pause_s=0.9) as port, pytest.raises(DeliveryLater, match="mail-silent "):
        send_to_port(port, timeout_s=1.0)


def test_a_server_that_drips_its_acknowledgement_is_left_at_the_deadline() -> None:
    steps = (b"220 hello\r\n", b"250 hello\r\n", b"250 sender\r\n", b"250 recipient\r\n", b"354 go\r\n")
    began = time.monotonic()
    with talker(*steps, drip_s=0.05) as port:
        slow = MailServer(host="127.0.0.1", port=port, security="none", timeout_s=5, acknowledge_s=1)
        with pytest.raises(DeliveryUnknown), MailConnection(slow) as connection:
            connection.send("sosik@example.org", "reader@example.org", TEXT)
    assert time.monotonic() - began < 4


def test_injected_answers_do_not_pass_through_starttls() -> None:
    """The server's plain text after STARTTLS is thrown away: the login is asked for again inside TLS, or not at all."""
    with Mailroom(fault=Fault.STARTTLS_INJECTED, fault_times=1, password=PASSWORD) as room:
        with pytest.raises(ChannelDown):
            send(room, security="starttls", user="sosik", password=PASSWORD, timeout_s=1)
        send(room, security="starttls", user="sosik", password=PASSWORD)
        assert [c.split()[:2] for c in room.commands if "AUTH" in c] == [["TLS", "AUTH"]]


def test_told_to_stop_it_does_not_wait_for_a_slow_server() -> None:
    with Mailroom(fault=Fault.SLOW_ACKNOWLEDGEMENT, delay_s=2.0) as room:
        with pytest.raises(DeliveryUnknown), MailConnection(server(room), should_stop=lambda: bool(room.messages)) as connection:
            connection.send("sosik@example.org", "reader@example.org", TEXT)
        assert len(room.messages) == 1


def test_a_connection_that_the_server_closed_between_two_messages_is_made_anew() -> None:
    room = Mailroom()
    room.__enter__()
    with MailConnection(server(room)) as connection:
        connection.send("sosik@example.org", "first@example.org", TEXT)
        room.__exit__(None, None, None)
        room.__enter__()
        connection.send("sosik@example.org", "second@example.org", TEXT)
    room.__exit__(None, None, None)
    assert [taken.recipients for taken in room.messages] == [("first@example.org",), ("second@example.org",)]
