"""What a try at an address came to, when it did not bring a page: every failure and every status as an Outcome with a reason.

    ending = outcome_of(failure)      # in a spider's errback
    ending = outcome_of(response)     # in its callback, when the status is not 200
"""

from __future__ import annotations

from typing import NamedTuple

from OpenSSL.SSL import Error as TlsError
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from service_identity import CertificateError, VerificationError
from twisted.internet.defer import CancelledError
from twisted.internet.error import ConnectError, ConnectionClosed, DNSLookupError
from twisted.internet.error import TimeoutError as ConnectTimeout
from twisted.python.failure import Failure
from twisted.web._newclient import RequestNotSent  # twisted.web.client offers it without saying so
from twisted.web.client import RequestGenerationFailed, RequestTransmissionFailed, ResponseFailed
from twisted.web.error import SchemeNotSupported

from pipelines.errors import StoreError
from pipelines.outcome import Outcome


class Ending(NamedTuple):
    """How a try ended. `reason` is a short code for counting; `retry_after_s` is what the server or our pace asks for."""

    outcome: Outcome
    reason: str
    retry_after_s: float | None = None


class NotFetched(IgnoreRequest):
    """No usable answer was had. Carries what that means for the address; `detail` is for the log."""

    def __init__(self, outcome: Outcome, reason: str, detail: str = "", *, retry_after_s: float | None = None) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.ending = Ending(outcome, reason, retry_after_s)
        self.detail = detail


def outcome_of(ended: Failure | BaseException | Response) -> Ending:
    """Total: whatever comes out of the downloader has an ending. A 2xx answer has none of its own; asking is our defect."""
    if isinstance(ended, Response):
        return _of_status(ended.status)
    error = ended.value if isinstance(ended, Failure) else ended
    return _of_error(error) if error else Ending(Outcome.BROKEN, "no-error")


def _of_status(status: int) -> Ending:
    reason = f"http-{status}"
    match status:
        case 200:
            return Ending(Outcome.BROKEN, "not-a-failure")
        case 304:
            return Ending(Outcome.UNCHANGED, "not-modified")
        case 404 | 410:
            return Ending(Outcome.GONE, reason)
        case 408 | 421 | 425 | 429:  # the standard's "try again" among the client errors
            return Ending(Outcome.RETRY, reason)
        case _ if 400 <= status < 500:
            return Ending(Outcome.DENIED, reason)
        case _:  # 5xx; 3xx that leads nowhere; 2xx that is no page (204, 206); numbers that do not exist
            return Ending(Outcome.RETRY, reason)


# First fit wins: a class stands before those it derives from. Reasons are counted by `sosik status`.
_ERRORS: tuple[tuple[tuple[type[BaseException], ...], Outcome, str], ...] = (
    ((DownloadTimeoutError, ConnectTimeout, TimeoutError), Outcome.RETRY, "timeout"),
    ((CannotResolveHostError, DNSLookupError), Outcome.RETRY, "dns"),
    ((DownloadConnectionRefusedError, ConnectError), Outcome.RETRY, "no-connection"),
    ((TlsError,), Outcome.RETRY, "tls"),
    ((ResponseDataLossError,), Outcome.RETRY, "cut"),
    ((DownloadFailedError, ResponseFailed, RequestTransmissionFailed, ConnectionClosed), Outcome.RETRY, "broken-answer"),
    ((RequestNotSent, RequestGenerationFailed), Outcome.RETRY, "not-sent"),
    ((DownloadCancelledError, CancelledError), Outcome.RETRY, "cancelled"),  # we are shutting down
    ((NotSupported, UnsupportedURLSchemeError, SchemeNotSupported), Outcome.FORBIDDEN, "scheme"),
    ((IgnoreRequest,), Outcome.FORBIDDEN, "ignored"),  # another component of Scrapy's
    ((StoreError,), Outcome.RETRY, "database"),  # full or held: no fault of the address
    ((OSError,), Outcome.RETRY, "network"),
)


def _of_error(error: BaseException) -> Ending:
    if isinstance(error, NotFetched):
        return error.ending
    if isinstance(error, HttpError):
        return _of_status(error.response.status)
    if cause := _tls_cause(error):
        return Ending(Outcome.RETRY, f"tls-{cause}")
    for kinds, outcome, reason in _ERRORS:
        if isinstance(error, kinds):
            return Ending(outcome, reason)
    return Ending(Outcome.BROKEN, type(error).__name__)


def _tls_cause(error: BaseException | None) -> str:
    """What TLS complained of, when that is hidden among a failed response's reasons: `certificate-verify-failed`."""
    for _ in range(5):  # Scrapy wraps Twisted wraps OpenSSL
        for reason in getattr(error, "reasons", ()):
            inner = reason.value if isinstance(reason, Failure) else reason
            if isinstance(inner, VerificationError | CertificateError):
                return "wrong-name"
            if isinstance(inner, TlsError):
                told = inner.args[0][-1][-1] if inner.args and inner.args[0] else "failed"
                return str(told).replace(" ", "-")
        error = error.__cause__ if error else None
    return ""
