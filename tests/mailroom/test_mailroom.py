"""The sink itself works, so that a test against it can fail for the right reason."""

from __future__ import annotations

import smtplib

from tests.mailroom import Mailroom


def test_a_message_is_taken_and_can_be_read() -> None:
    with Mailroom() as mailroom, smtplib.SMTP(mailroom.host, mailroom.port) as client:
        client.sendmail("a@example.org", ["b@example.org"], b"Subject: =?utf-8?b?7IaM7Iud?=\r\n\r\nhello\r\n")
        (taken,) = mailroom.messages
    assert (taken.sender, taken.recipients, taken.message["Subject"]) == ("a@example.org", ("b@example.org",), "소식")


def test_encrypted_from_the_start_or_on_request() -> None:
    with Mailroom(implicit_tls=True) as room, smtplib.SMTP_SSL(room.host, room.port, context=room.trust) as client:
        client.sendmail("a@example.org", ["b@example.org"], b"\r\nhello\r\n")
        assert room.messages[0].is_encrypted
    with Mailroom(starttls=True) as room, smtplib.SMTP(room.host, room.port) as client:
        client.starttls(context=room.trust)
        client.sendmail("a@example.org", ["b@example.org"], b"\r\nhello\r\n")
        assert room.messages[0].is_encrypted
