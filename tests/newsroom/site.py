"""What the newsroom publishes: pages.toml and the templates under pages/ → one Answer an address.

A template sees `page` (its own row), `host` (its site's row), `articles(host)` (the rows of a site that have a headline, newest
first, as its lists and feeds show them), `url(host, path)` and the two seeds, `board_post` and `portal_page`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipelines.tomlfile import read_toml
from tests.newsroom.seeds import board_post, portal_page

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """One news site, which is one source."""

    source: str  # the source's name in the sources file
    host: str
    press: str
    way: str  # how it is discovered, as the sources file calls it: feeds, sitemaps, lists, next_data
    endpoint: str  # path of the feed, sitemap or list
    articles: str = ""  # pattern of its articles' addresses, where its list is too short to show one
    robots: str | None = None  # text of /robots.txt, {origin} being http://host:port; None: there is none, 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What must come of an address in a crawl: the end-to-end test checks it row by row."""

    outcome: str = ""  # pipelines.outcome.Outcome; "" for what no crawl stores an outcome of: lists, feeds, redirects
    reason: str = ""  # of a refusal
    level: str = "no"  # of the topic china-ai
    story: str = ""  # rows of one name must be one story, rows of two names two stories
    relation: str = ""  # to the articles of its story that came before it: copy, update
    byline: str = ""
    origin: str = ""
    first: str = ""  # how the text begins
    last: str = ""  # how the text ends
    family: str = "general"  # of publishing systems, by which it is read


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One address of one site."""

    host: str
    path: str
    file: str = ""  # template under pages/
    edited: str = ""  # template that stands here once the publisher has edited the page
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    encoding: str = "utf-8"  # of the bytes, whatever content_type claims
    location: str = ""  # of a redirect: a path of this site, or an address
    validators: tuple[str, ...] = ("ETag", "Last-Modified")  # which of them its answers carry
    title: str = ""  # headline
    listed: bool = True  # its site's lists and feeds show it, if it has a headline
    published: str = ""  # ISO with zone
    summary: str = ""  # of the feed's item
    later: bool = False  # not there until published by Newsroom.publish
    expect: Expect = field(default_factory=Expect)

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.published)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    host: tuple[Host, ...]
    page: tuple[Row, ...]

    def rows(self, host: str) -> tuple[Row, ...]:
        return tuple(row for row in self.page if row.host == host)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")


@cache
def table() -> Table:
    return read_toml(HERE / "pages.toml").record(Table)


def answers(port: int, *, edited: Collection[str] = (), published: Collection[str] = ()) -> dict[tuple[str, str], Answer]:
    """(host, path) → what is answered there. `edited` and `published` hold paths that Newsroom.edit and .publish named."""
    rows = [row for row in table().page if not row.later or row.path in published]
    hosts = {host.host: host for host in table().host}
    press = _Press(port, rows)
    made = {}
    for row in rows:
        file = row.edited if row.path in edited else row.file
        text = press.templates.get_template(file).render(page=row, host=hosts[row.host]) if file else ""
        location = press.url(row.host, row.location) if row.location.startswith("/") else row.location
        newest = row.published or max((article.published for article in press.articles(row.host)), default="")
        made[row.host, row.path] = answer(row, text, location, modified="" if row.path in edited else newest)
    for host in hosts.values():
        if host.robots is not None:
            robots = host.robots.format(origin=press.url(host.host, ""))
            made[host.host, "/robots.txt"] = Answer(
                status=200, headers=(("Content-Type", "text/plain"),), body=robots.encode())
    return made


class _Press:
    """The templates, and what they may ask about the sites."""

    def __init__(self, port: int, rows: Sequence[Row]) -> None:
        self._port, self._rows = port, rows
        self.templates = Environment(
            loader=FileSystemLoader(HERE / "pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True, extensions=["jinja2.ext.do"])
        self.templates.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
        self.templates.globals |= {
            "url": self.url, "articles": self.articles, "board_post": board_post(), "portal_page": portal_page()}
        self.templates.filters |= {"mail_date": format_datetime, "flight": flight}

    def url(self, host: str, path: str) -> str:
        return f"http://{host}:{self._port}{path}"

    def articles(self, host: str) -> list[Row]:
        """What the site's lists and feeds show, newest first."""
        shown = [row for row in self._rows if row.host == host and row.title and row.listed]
        return sorted(shown, key=lambda row: row.published, reverse=True)


def answer(row: Row, text: str, location: str, *, modified: str) -> Answer:
    """`modified`: when the page last changed, in ISO; "" when that is not known."""
    body = text.encode(row.encoding)
    headers = [("Content-Type", row.content_type)]
    if location:
        headers.append(("Location", location))
    if row.status == 200:
        validators = {"ETag": f'"{hashlib.sha256(body).hexdigest()[:16]}"', "Last-Modified": modified and http_date(modified)}
        headers += [(name, value) for name, value in validators.items() if value and name in row.validators]
    return Answer(status=row.status, headers=tuple(headers), body=body)


def http_date(moment: str) -> str:
    """`Mon, 03 Feb 2025 07:02:00 GMT`, whatever the locale."""
    return format_datetime(datetime.fromisoformat(moment).astimezone(UTC), usegmt=True)


def flight(html: str, article: dict[str, str]) -> list[str]:
    """The pushes of a Next.js page: the text as a chunk of its own, and the article whose `contentHtml` refers to it."""
    text = f"24:T{len(html.encode()):x},{html}"
    props = json.dumps({"article": article | {"contentHtml": "$24"}}, ensure_ascii=False, separators=(",", ":"))
    return [text[: len(text) // 2], text[len(text) // 2 :], f'25:["$","$L2a",null,{props}]\n']
