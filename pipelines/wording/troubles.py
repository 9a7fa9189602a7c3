"""Why an address or a page could not be had, in words. Pure."""

from __future__ import annotations

import re
from datetime import datetime

from pipelines.clock import KST
from pipelines.wording import Wording, texts


def in_words(trouble: str, say: Wording, newest: datetime | None = None) -> str:
    """A trouble's key, told; one that has no words of its own as it is."""
    known = texts("sources")
    if status := re.fullmatch(r"http-(\d)\d\d", trouble):
        key = f"bad-{trouble}" if f"bad-{trouble}" in known else f"bad-http-{status[1]}xx"
        return say(f"sources.{key if key in known else 'bad-http'}", status=trouble.removeprefix("http-"))
    if trouble.startswith("redirect-"):
        return say("sources.bad-redirect", reason=in_words(trouble.removeprefix("redirect-"), say))
    shown = newest.astimezone(KST).strftime("%Y-%m-%d") if newest else "?"
    if trouble.startswith("article-"):
        return say("sources.bad-article", reason=in_words(trouble.removeprefix("article-"), say))
    if trouble.startswith("host-paused"):
        cause = trouble.partition(":")[2]
        return say("sources.bad-host-paused") + (f" ({in_words(cause, say)})" if cause else "")
    if trouble.startswith("tls"):
        return say("sources.bad-tls", reason=trouble.removeprefix("tls").lstrip("-").replace("-", " ") or "TLS")
    key = f"bad-{trouble}"
    return say(f"sources.{key}", newest=shown, reason=trouble) if key in known else say("sources.bad-other", reason=trouble)


def end_in_words(reason: str, say: Wording) -> str:
    """Why a page is no article, why it could not be had, or how the page ended that it led to."""
    if f"reason-{reason}" in texts("read"):
        return say(f"read.reason-{reason}")
    if f"outcome-{reason}" in texts("crawl") and f"bad-{reason}" not in texts("sources"):
        return say(f"crawl.outcome-{reason}")
    return in_words(reason, say)
