"""What comes in and what is read from it: Page → Article | Refusal.

Imports nothing of sosik's. Texts are NFC, free of control characters; times are aware.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What the place of discovery (feed, sitemap, list row) said of a link; never trusted over the page."""

    title: str | None = None
    summary: str | None = None
    published: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer of a server, whole: the only thing that leaves a spider."""

    url: str  # the address that answered, after redirects
    key: str  # identity of `url` (pipelines.urls)
    requested_url: str  # the address that was asked for
    requested_key: str
    status: int
    body: bytes  # transfer and content encodings undone, charset not
    content_type: str  # the header as sent, "" without one
    fetched_at: datetime
    source: str  # name of the source, "" for an address typed by hand
    press: str = ""  # who publishes on this source, when the catalogue knows; "" otherwise
    hint: Hint = field(default_factory=Hint)


class RefusalReason(StrEnum):
    """Why a page is no article."""

    LISTING = "listing"  # home, section, search or board list
    GALLERY = "gallery"
    LOGIN_WALL = "login-wall"
    PAYWALL = "paywall"
    CAPTCHA = "captcha"  # or another challenge
    CONSENT = "consent"
    MAINTENANCE = "maintenance"
    SOFT_404 = "soft-404"
    DELETED = "deleted"  # the publisher says so
    NOTICE = "notice"  # the site speaks of itself: imprint, terms, a form, a queue, a comment thread
    SCRIPT_SHELL = "script-shell"  # nothing without JavaScript, and no payload to read
    EMPTY = "empty"  # no text was found
    NOT_HTML = "not-html"
    UNREADABLE = "unreadable"  # no charset fits
    HOSTILE = "hostile"  # built to break readers: refused before or while parsing
    TIMEOUT = "timeout"  # the worker was stopped at its deadline
    MEMORY = "memory"  # the worker was stopped at its memory limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    reason: RefusalReason
    detail: str = ""  # what gave it away, for `--explain` and `status`


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporter:
    name: str
    role: str = "기자"  # as printed: 기자, 특파원, 논설위원 …
    mail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Byline:
    reporters: tuple[Reporter, ...] = ()
    agency: str | None = None  # of the dateline: (서울=연합뉴스)
    place: str | None = None
    poster: str | None = None  # a board's nick: who put it there, not who wrote it

    def __str__(self) -> str:
        return ", ".join(f"{r.name} {r.role}".strip() for r in self.reporters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A moment the page states, and which rule found it."""

    at: datetime  # aware
    has_time: bool = True  # False: the page gives a day only
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    url: str
    caption: str = ""


class Flag(StrEnum):
    """What a reader should know of an article before trusting a rule on it."""

    AI_WRITTEN = "ai-written"
    CORRECTION = "correction"
    OPINION = "opinion"
    ADVERTORIAL = "advertorial"
    PAYWALLED = "paywalled"  # the text is a teaser
    SUSPECT = "suspect"  # much visible text, little extracted
    CUT = "cut"  # the body seems to end in mid-sentence
    ODD_DATE = "odd-date"  # a date in the future or long past was dropped
    PHOTO = "photo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One text at one address. Rules run on title, subtitle and paragraphs, on nothing else."""

    url: str
    canonical_url: str | None = None  # only inside the same registrable domain
    title: str
    tags: tuple[str, ...] = ()  # of the headline: 속보, 단독, 종합2보; they stay in the title too
    subtitle: str | None = None
    paragraphs: tuple[str, ...]
    captions: tuple[str, ...] = ()
    byline: Byline = field(default_factory=Byline)
    press: str | None = None  # who publishes, by its Korean name
    origin: str | None = None  # who wrote it first, when that is another
    published: Stamp | None = None
    modified: Stamp | None = None
    section: str | None = None
    language: str = "ko"
    images: tuple[Image, ...] = ()
    flags: tuple[Flag, ...] = ()
    family: str = ""  # which structure it was read by, "general" without one

    @property
    def text(self) -> str:
        """The paragraphs, one a line."""
        return "\n".join(self.paragraphs)

    @property
    def lede(self) -> str:
        return self.paragraphs[0] if self.paragraphs else ""
