"""One door: what came of an address, whatever kind it turned out to be. A feed at a sitemap's address is read as a feed."""

from __future__ import annotations

from datetime import datetime

from crawler.discovery.feeds import find_in_feed
from crawler.discovery.found import Found, Trouble
from crawler.discovery.listings import find_in_listing
from crawler.discovery.naver import find_in_naver_search
from crawler.discovery.next_data import find_in_next_data
from crawler.discovery.sitemaps import find_in_list_of_addresses, find_in_sitemap, is_sitemap
from crawler.discovery.xmltext import xml_text
from crawler.sources.source import Endpoint, Way
from pipelines.urls import Rules


def find(body: bytes, content_type: str, *, endpoint: Endpoint, base: str, now: datetime, rules: Rules | None = None) -> Found:
    """The links at `endpoint`. `base` is the address that answered. Never raises."""
    text = xml_text(body, content_type)
    if text is None:
        return Found(trouble=Trouble.UNREADABLE)
    if not text:
        return Found(trouble=Trouble.EMPTY)
    match endpoint.way:
        case Way.NAVER_SEARCH:
            return find_in_naver_search(text, now)
        case Way.LIST:
            return find_in_listing(text, base=base, now=now, rules=rules, links=endpoint.links)
        case Way.NEXT_DATA:
            return find_in_next_data(text, base=base, now=now, rules=rules, links=endpoint.links)
    if is_sitemap(text):
        return find_in_sitemap(text, now)
    if endpoint.way is Way.SITEMAP and (plain := find_in_list_of_addresses(text)):
        return plain
    return find_in_feed(text, now)


def looks_like_feed(body: bytes, content_type: str) -> bool:
    """Whether a page typed by hand announces articles rather than being one."""
    text = xml_text(body[:20_000] if not body.startswith(b"\x1f\x8b") else body, content_type) or ""
    head = text[:3000].lower()
    return is_sitemap(text) or "<rss" in head or "<rdf:rdf" in head or "<feed" in head or "jsonfeed.org/version" in head
