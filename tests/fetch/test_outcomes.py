"""Whatever comes out of the downloader has an outcome."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL
from scrapy import exceptions
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.internet import error as tx
from twisted.python.failure import Failure
from twisted.web.client import ResponseFailed, ResponseNeverReceived

from crawler.fetch.outcomes import Ending, NotFetched, outcome_of
from pipelines.errors import StoreBusy
from pipelines.outcome import Outcome

STATUSES = {
    204: Outcome.RETRY, 301: Outcome.RETRY, 304: Outcome.UNCHANGED, 400: Outcome.DENIED, 401: Outcome.DENIED, 403: Outcome.DENIED,
    404: Outcome.GONE, 408: Outcome.RETRY, 410: Outcome.GONE, 429: Outcome.RETRY, 451: Outcome.DENIED, 500: Outcome.RETRY,
    503: Outcome.RETRY, 599: Outcome.RETRY,
}  # fmt: skip


@pytest.mark.parametrize(("status", "outcome"), STATUSES.items())
def test_each_status_has_its_outcome(status: int, outcome: Outcome) -> None:
    response = Response("http://example.com/", status=status)
    assert outcome_of(response).outcome is outcome
    assert outcome_of(HttpError(response)).outcome is outcome


@given(st.integers(min_value=100, max_value=999))
def test_every_status_has_one(status: int) -> None:
    ending = outcome_of(Response("http://example.com/", status=status))
    assert ending.reason
    assert (ending.outcome is Outcome.BROKEN) == (status == 200)


UNTRUSTED = SSL.Error([("SSL routines", "", "certificate verify failed")])
ERRORS = [
    (NotFetched(Outcome.ROBOTS, "robots"), Outcome.ROBOTS, "robots"),
    (exceptions.DownloadTimeoutError(), Outcome.RETRY, "timeout"),
    (tx.TimeoutError(), Outcome.RETRY, "timeout"),
    (TimeoutError(), Outcome.RETRY, "timeout"),
    (exceptions.CannotResolveHostError(), Outcome.RETRY, "dns"),
    (tx.DNSLookupError(), Outcome.RETRY, "dns"),
    (tx.ConnectionRefusedError(), Outcome.RETRY, "no-connection"),
    (tx.NoRouteError(), Outcome.RETRY, "no-connection"),
    (exceptions.ResponseDataLossError(), Outcome.RETRY, "cut"),
    (ResponseNeverReceived([Failure(tx.ConnectionLost())]), Outcome.RETRY, "broken-answer"),
    (ResponseFailed([Failure(ValueError())]), Outcome.RETRY, "broken-answer"),
    (ResponseFailed([Failure(UNTRUSTED)]), Outcome.RETRY, "tls-certificate-verify-failed"),
    (SSL.Error(), Outcome.RETRY, "tls"),
    (exceptions.NotSupported(), Outcome.FORBIDDEN, "scheme"),
    (exceptions.IgnoreRequest(), Outcome.FORBIDDEN, "ignored"),
    (exceptions.DownloadCancelledError(), Outcome.RETRY, "cancelled"),
    (OSError(101, "Network is unreachable"), Outcome.RETRY, "network"),
    (StoreBusy("held"), Outcome.RETRY, "database"),
    (ZeroDivisionError(), Outcome.BROKEN, "ZeroDivisionError"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "outcome", "reason"), ERRORS, ids=lambda value: type(value).__name__)
def test_each_error_has_its_outcome(error: Exception, outcome: Outcome, reason: str) -> None:
    assert outcome_of(error) == outcome_of(Failure(error)) == Ending(outcome, reason)


def test_a_tls_error_is_found_behind_the_error_that_wraps_it() -> None:
    wrapped = exceptions.DownloadFailedError()
    wrapped.__cause__ = ResponseFailed([Failure(UNTRUSTED)])
    assert outcome_of(wrapped).reason == "tls-certificate-verify-failed"
