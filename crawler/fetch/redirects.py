"""Redirects, one hop at a time. Each hop goes out as a new request, through the same transport with all its checks."""

from __future__ import annotations

from scrapy import Request
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.fetch.outcomes import NotFetched
from pipelines.outcome import Outcome
from pipelines.urls import Address, clean_url

FOLLOWED = frozenset({301, 302, 303, 307, 308})
VALIDATORS = (b"If-None-Match", b"If-Modified-Since")  # of the page that redirects, not of the one it leads to
# What a request may carry to another host: nothing that an API key could hide in.
CARRIED = (b"Accept", b"Accept-Language")


class Redirects(RedirectMiddleware):
    """Scrapy's, with a reason for every redirect that is not followed, and nothing private carried to another host."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]  # no spider
        location = response.headers.get(b"Location")
        if response.status not in FOLLOWED or location is None or request.meta.get("dont_redirect"):
            return response
        there = clean_url(_text(location), request.url)
        if not isinstance(there, Address):
            raise NotFetched(Outcome.FORBIDDEN, f"redirect-{there.fault}", there.text)
        try:
            followed = super().process_response(request, response.replace(headers={"Location": there.url}))
        except IgnoreRequest as error:
            raise NotFetched(Outcome.RETRY, "redirects", f"more than {self.max_redirect_times}") from error
        if not isinstance(followed, Request):
            return response
        here = clean_url(request.url)
        is_same_host = isinstance(here, Address) and here.host == there.host
        for name in list(followed.headers):
            if name in VALIDATORS or not (is_same_host or name in CARRIED):
                del followed.headers[name]
        return followed


def _text(location: bytes) -> str:
    """As browsers read it: letters as UTF-8; bytes that are none (EUC-KR of older servers) stay as they are, percent-encoded."""
    try:
        return location.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(chr(byte) if byte < 0x80 else f"%{byte:02X}" for byte in location)
