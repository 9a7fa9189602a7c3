"""sosik's transport with a name server that lies. A crawl of the tests names it in DOWNLOAD_HANDLERS."""

from __future__ import annotations

from collections import Counter

from crawler.fetch import resolver
from crawler.fetch.transport import Transport

ALLOWED_NUMBER = "127.0.0.1"  # all that a crawl of these tests may connect to
FORBIDDEN_NUMBER = "127.0.0.2"


class FakeDns(Transport):
    """`rebinding.example` changes its mind after the first answer, `private.example` is not for us, `mixed.example` is both."""

    def __init__(self, crawler: object) -> None:
        resolver.KEEP_S = 0.0  # every connection asks anew
        super().__init__(crawler)  # type: ignore[arg-type]

    @staticmethod
    def lookup(host: str) -> tuple[str, ...]:
        _asked[host] += 1
        if host == "private.example":
            return (FORBIDDEN_NUMBER, "::1")
        if host == "mixed.example":
            return (FORBIDDEN_NUMBER, ALLOWED_NUMBER, "::1")
        return (ALLOWED_NUMBER,) if _asked[host] == 1 else (FORBIDDEN_NUMBER,)


_asked: Counter[str] = Counter()
