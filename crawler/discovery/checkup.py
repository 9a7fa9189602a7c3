"""What is wrong with an address that announces articles, judged from one answer. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.discovery import Found
from crawler.sources.source import Endpoint, Source

TEXT_MIN = 100  # letters of a sample article; briefs have more, script shells have none. Chosen by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """One line of `sosik sources check`. `trouble`: "" is well; else a key of wording/sources.toml or an outcome's reason."""

    source: str
    url: str
    trouble: str = ""
    links: int = 0
    newest: datetime | None = None


def judged(source: Source, endpoint: Endpoint, found: Found, now: datetime) -> Checkup:
    """An answer that came. An index of sitemaps is well when it names any."""
    trouble: str = found.trouble or ""
    if not trouble and found.newest and now - found.newest > timedelta(hours=source.quiet_h):
        trouble = "frozen"
    return Checkup(
        source=source.name, url=endpoint.url, trouble=trouble, links=len(found.links) or len(found.children), newest=found.newest
    )
