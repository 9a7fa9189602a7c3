"""One signed POST to a webhook (standardwebhooks.com): https, no redirects, one answer, a deadline."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import http.client
import ssl
from datetime import datetime
from urllib.parse import urlsplit

from crawler.config import THIS_MACHINE
from pipelines.errors import DeliveryLater, DeliveryNever, DeliveryUnknown

NEVER = (410, 413)  # gone, and too large; anything else may be mended within the days that we try


def post_signed(url: str, body: bytes, *, identity: str, at: datetime, secret: str, timeout_s: float) -> None:
    """Returns when the receiver answered 2xx; raises DeliveryError. `identity` stays the same when it is sent again."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" and host not in THIS_MACHINE:
        raise DeliveryNever(f"webhook {host}: only https, or a receiver on this machine")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = (
        http.client.HTTPSConnection(host, parts.port, timeout=timeout_s, context=ssl.create_default_context())
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, parts.port, timeout=timeout_s)
    )
    headers = {"content-type": "application/json; charset=utf-8", "user-agent": "sosik", **signature(identity, at, body, secret)}
    try:
        try:
            connection.request("POST", path, body=body, headers=headers)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise DeliveryLater(f"webhook {host}: cannot be reached: {type(error).__name__}") from error
        try:
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            raise DeliveryUnknown(f"webhook {host}: no answer: {type(error).__name__}") from error
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise (DeliveryNever if status in NEVER else DeliveryLater)(f"webhook {host}: answered {status}")


def signature(identity: str, at: datetime, body: bytes, secret: str) -> dict[str, str]:
    """The three headers. A secret that begins with `whsec_` is base64, any other is taken as it is."""
    stamp = str(int(at.timestamp()))
    signed = hmac.new(key(secret), f"{identity}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": identity, "webhook-timestamp": stamp, "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }


def key(secret: str) -> bytes:
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except (binascii.Error, ValueError):
            pass
    return secret.encode()
