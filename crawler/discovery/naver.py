"""An answer of Naver's news Search API → links to the publishers. Naver's own pages are closed to robots and never followed."""

from __future__ import annotations

import json
from datetime import datetime

from crawler.discovery.feeds import SUMMARY_MAX, plain
from crawler.discovery.found import Found, Link, Trouble
from pipelines.read.dates import is_plausible, moment
from pipelines.read.hygiene import TITLE_MAX
from pipelines.urls import UrlRefusal, clean_url, registrable_domain


def find_in_naver_search(text: str, now: datetime) -> Found:
    try:
        answer = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return Found(trouble=Trouble.NOT_UNDERSTOOD)
    items = answer.get("items") if isinstance(answer, dict) else None
    if not isinstance(items, list):
        return Found(trouble=Trouble.NOT_UNDERSTOOD)
    links = tuple(link for item in items if isinstance(item, dict) and (link := _link(item, now)))
    return Found(links=links, trouble=None if links else Trouble.EMPTY)


def _link(item: dict[str, object], now: datetime) -> Link | None:
    href = str(item.get("originallink") or item.get("link") or "").strip()
    address = clean_url(href)
    if isinstance(address, UrlRefusal) or registrable_domain(address.host) == "naver.com":
        return None
    at = moment(str(item.get("pubDate") or ""), now)
    return Link(
        href=href, title=plain(item.get("title"), TITLE_MAX), summary=plain(item.get("description"), SUMMARY_MAX),
        published=at.at if at and is_plausible(at.at, now) else None,
    )  # fmt: skip
