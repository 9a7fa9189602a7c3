"""One signed POST to a webhook (standardwebhooks.com): https, no redirects, one answer, a deadline for all of it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import http.client
import re
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from urllib.parse import urlsplit

from crawler.config import THIS_MACHINE
from crawler.threads import Overdue, within
from pipelines.errors import ChannelUnset, DeliveryLater, DeliveryNever, DeliveryUnknown
from pipelines.wording.deliveries import noted

NEVER = (410, 413)  # gone, and too large; anything else may be mended within the days that we try
PREFIX = "whsec_"


def post_signed(
    url: str, body: bytes, *, identity: str, at: datetime, key: bytes, deadline_s: float,
    should_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Returns when the receiver answered 2xx; raises DeliveryError. `identity` stays the same when it is sent again, `at` is the
    time of this try: receivers refuse what is older than five minutes."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" and host not in THIS_MACHINE:
        raise DeliveryNever(noted("webhook-not-https", host=host))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = (
        http.client.HTTPSConnection(host, parts.port, timeout=deadline_s, context=ssl.create_default_context())
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, parts.port, timeout=deadline_s)
    )
    headers = {"content-type": "application/json; charset=utf-8", "user-agent": "sosik", **signature(identity, at, body, key)}

    def exchange() -> int:
        try:
            try:
                connection.request("POST", path, body=body, headers=headers)
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise DeliveryLater(noted("webhook-unreached", host=host, error=type(error).__name__)) from error
            try:
                return connection.getresponse().status
            except (OSError, http.client.HTTPException) as error:
                raise DeliveryUnknown(noted("webhook-cut", host=host, error=type(error).__name__)) from error
        finally:
            connection.close()

    try:
        status = within(deadline_s, exchange, cut=lambda: _hang_up(connection), should_stop=should_stop)
    except Overdue as error:
        raise DeliveryUnknown(noted("webhook-silent", host=host, seconds=deadline_s)) from error
    if not 200 <= status < 300:
        raise (DeliveryNever if status in NEVER else DeliveryLater)(noted("webhook-refused", host=host, status=status))


def signature(identity: str, at: datetime, body: bytes, key: bytes) -> dict[str, str]:
    """The three headers."""
    stamp = str(int(at.timestamp()))
    signed = hmac.new(key, f"{identity}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": identity, "webhook-timestamp": stamp, "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }


def signing_key(secret: str) -> bytes:
    """The bytes that a secret stands for: base64, with `whsec_` before it or not, as the reference libraries take it; they need
    its padding, we do not. Raises ChannelUnset for what no receiver could verify."""
    plain = secret.strip().removeprefix(PREFIX).rstrip("=")
    try:
        if re.fullmatch(r"[A-Za-z0-9+/]+", plain):
            return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error:
        pass
    raise ChannelUnset(noted("webhook-bad-secret"))


def _hang_up(connection: http.client.HTTPConnection) -> None:
    with suppress(OSError):
        if connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)
