"""What a page's parts state: an element's text, the press that publishes, the canonical address.

Imports the head and the press names.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin

from pipelines.press import Press, press_of_host, press_of_name
from pipelines.read.address import host_of, split
from pipelines.read.head import Head, texts
from pipelines.read.hygiene import clean_line
from pipelines.read.parse import Element
from pipelines.urls import registrable_domain


def shown(element: Element) -> str:
    """What an element states: a meta's content, a picture's alt text, a time's datetime, or its text."""
    if element.tag == "meta":
        return clean_line(element.get("content") or "", limit=400)
    if element.tag == "img":
        return clean_line(element.get("alt") or element.get("title") or "", limit=100)
    for name in ("data-date-time", "data-modify-date-time", "datetime", "data-published-time"):
        if value := element.get(name):
            return clean_line(value, limit=60)
    return clean_line(" ".join(element.itertext()), limit=400)


def press_names(text: str) -> Press | None:
    """The press that a short text names: `이데일리 | 네이버`, `ⓒ 뉴시스`."""
    for part in re.split(r"\s*[|ㅣ:·,]\s*|\s-\s", clean_line(text, limit=100)):
        if found := press_of_name(part.strip(" ©ⓒ[]()<>")):
            return found
    return None


def press_of_page(url: str, known: str, head: Head) -> tuple[str | None, str]:
    """Who publishes the page: what the catalogue knows, the host, what the page calls itself."""
    if known:
        found = press_of_name(known)
        return (found.name if found else known), "the source's press"
    if found := press_of_host(host_of(url)):
        return found.name, "host"
    name = head.meta("og:site_name", "application-name", "copyright", "dc.publisher")
    if not name:
        name = next((n for a in head.articles for n in texts(a.get("publisher")) if n), "")
    if not name:
        return None, ""
    found = press_names(name)
    bare = re.sub(r"^(?:Copyright\s*)?[©ⓒ]\s*|\s*[-|:].*$", "", name).strip()
    return (found.name if found else clean_line(bare, limit=40) or None), "the page's own name"


def canonical(url: str, head: Head) -> str | None:
    """The canonical address, when it stays inside the registrable domain and names more than the home page."""
    stated = head.canonical or head.meta("og:url")
    if not stated:
        return None
    try:
        absolute = urljoin(url, stated)
        there, here = split(absolute), split(url)
        if there.scheme not in ("http", "https") or not there.hostname or (there.path in ("", "/") and not there.query):
            return None
        is_same = registrable_domain(here.hostname or "") == registrable_domain(there.hostname)
    except ValueError:
        return None
    return absolute[:2083] if is_same else None
