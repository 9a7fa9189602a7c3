"""What was found at an address that announces articles. Imports nothing of sosik's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

ENTRIES_MAX = 2_000  # of one feed, sitemap or list (facts: hazards D19, P5)


class Trouble(StrEnum):
    """What is wrong with an answer as a whole."""

    EMPTY = "empty"  # understood, and nothing in it
    HTML = "html-instead-of-xml"
    NOT_UNDERSTOOD = "not-understood"  # neither of the kinds that we read
    UNREADABLE = "unreadable"  # no charset fits, or a broken archive
    NO_LINKS = "no-links"  # a list on which nothing looks like an article


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One announced article."""

    href: str  # as written; may be relative or junk
    title: str = ""
    summary: str = ""
    published: datetime | None = None
    modified: datetime | None = None
    is_pinned: bool = False  # a board's notice: stands on every page, whatever its age


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A sitemap named by an index."""

    href: str
    modified: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    links: tuple[Link, ...] = ()
    children: tuple[Child, ...] = ()
    trouble: Trouble | None = None
    has_more: bool = False  # entries beyond ENTRIES_MAX were left out

    @property
    def newest(self) -> datetime | None:
        return max((at for link in self.links if (at := link.published or link.modified)), default=None)
