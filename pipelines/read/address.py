"""A page's address in parts, whatever it is: the one place here that takes addresses apart."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit


def split(url: str) -> SplitResult:
    """The parts; all empty for what is no address."""
    try:
        parts = urlsplit(url)
        parts.hostname, parts.port  # noqa: B018  # both are read when asked for, and may raise then
    except ValueError:
        return urlsplit("")
    return parts


def host_of(url: str) -> str:
    """In lower case; "" without one."""
    return split(url).hostname or ""
