"""Lists inside script#__NEXT_DATA__ → links. Keys differ per site; what counts are objects in a list with title and address."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime

from crawler.discovery.feeds import SUMMARY_MAX, plain
from crawler.discovery.found import ENTRIES_MAX, Found, Link, Trouble
from crawler.discovery.listings import find_in_listing
from pipelines.read.dates import is_plausible, moment
from pipelines.read.hygiene import TITLE_MAX
from pipelines.urls import Rules

DEPTH_MAX = 40
_MARK = re.compile(r"""id=["']__NEXT_DATA__["']""")
_ADDRESS = ("url", "link", "href", "articleUrl", "article_url", "newsUrl", "canonicalUrl", "canonical_url", "path", "permalink")
_TITLE = ("title", "headline", "newsTitle", "articleTitle", "subject")
_SUMMARY = ("summary", "description", "lead", "subtitle", "prologue")
_PUBLISHED = ("pubdate", "pubDate", "publishedAt", "published_at", "publishDate", "createDate", "createdAt", "regDate", "regdate",
              "serviceDate", "firstPublishDate", "datePublished", "date")  # fmt: skip
_MODIFIED = ("updateDate", "updatedAt", "updated_at", "modifiedAt", "modDate", "dateModified")


def find_in_next_data(text: str, *, base: str, now: datetime, rules: Rules | None = None, links: str = "") -> Found:
    """The lists of the payload; without a payload, or with nothing in it, the page's own links."""
    script = _script(text)
    try:
        payload = json.loads(script, strict=False) if script else None
    except (ValueError, RecursionError):
        payload = None
    rows = tuple({link.href: link for row in _rows(payload) if (link := _link(row, now))}.values())
    if rows:
        return Found(links=rows[:ENTRIES_MAX], has_more=len(rows) > ENTRIES_MAX)
    listed = find_in_listing(text, base=base, now=now, rules=rules, links=links)
    return listed if listed.links or not script else Found(trouble=Trouble.NO_LINKS)


def _script(text: str) -> str:
    """What stands in the script, "" without one."""
    mark = _MARK.search(text)
    start = text.find(">", mark.end()) if mark else -1
    end = text.find("</script", start)
    return text[start + 1 : end] if 0 <= start < end else ""


def _rows(value: object, depth: int = 0) -> Iterator[dict[str, object]]:
    """Every object that stands in a list."""
    if depth > DEPTH_MAX:
        return
    if isinstance(value, dict):
        for each in value.values():
            yield from _rows(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            if isinstance(each, dict):
                yield each
            yield from _rows(each, depth + 1)


def _link(row: dict[str, object], now: datetime) -> Link | None:
    href, title = _text(row, _ADDRESS), plain(_text(row, _TITLE), TITLE_MAX)
    if not title or not re.match(r"(?:https?:/)?/\S", href):
        return None
    published, modified = (moment(_text(row, keys), now) for keys in (_PUBLISHED, _MODIFIED))
    return Link(
        href=href, title=title, summary=plain(_text(row, _SUMMARY), SUMMARY_MAX),
        published=published.at if published and is_plausible(published.at, now) else None,
        modified=modified.at if modified and is_plausible(modified.at, now) else None,
    )  # fmt: skip


def _text(row: dict[str, object], names: tuple[str, ...]) -> str:
    return next((value for name in names if isinstance(value := row.get(name), str) and value), "")
