"""News sitemaps and sitemap indexes → links and children. Scrapy's reader drops news:title and news:publication_date."""

from __future__ import annotations

import html
import re
from datetime import datetime

from lxml import etree

from crawler.discovery.found import ENTRIES_MAX, Child, Found, Link, Trouble
from crawler.discovery.xmltext import iso_time, mended, with_plain_dates
from pipelines.read.hygiene import TITLE_MAX, clean_line

_ROOT = re.compile(r"<(?:\w+:)?(urlset|sitemapindex)\b", re.IGNORECASE)
_CHUNK = re.compile(r"<((?:\w+:)?(?:url|sitemap))>(.*?)(?:</\1>|(?=<\1>)|\Z)", re.DOTALL | re.IGNORECASE)
_FIELD = re.compile(
    r"<(?:\w+:)?(loc|lastmod|title|publication_date)\b[^<>]*>([^<]*|\s*<!\[CDATA\[.*?\]\]>\s*)</", re.DOTALL | re.IGNORECASE
)

_OTHERS = re.compile(r"^\{[^}]*(?:image|video)[^}]*\}")  # their titles are captions


def is_sitemap(text: str) -> bool:
    return bool(_ROOT.search(text[:5000]))


def find_in_sitemap(text: str, now: datetime) -> Found:
    """Links of a urlset, children of an index. A broken entry costs itself."""
    text = with_plain_dates(mended(text), now)
    rows = _rows(text)
    links = tuple(_link(row) for kind, row in rows if kind == "url" and row.get("loc"))
    children = tuple(
        Child(href=row["loc"], modified=iso_time(row.get("lastmod")))
        for kind, row in rows
        if kind == "sitemap" and row.get("loc")
    )
    trouble = None if links or children else Trouble.EMPTY
    return Found(links=links[:ENTRIES_MAX], children=children[:ENTRIES_MAX], trouble=trouble, has_more=len(rows) > ENTRIES_MAX)


def find_in_list_of_addresses(text: str) -> Found | None:
    """A sitemap of plain text, one address a line; None when it is none."""
    lines = [line.strip() for line in text[: 4 * ENTRIES_MAX * 200].splitlines() if line.strip()]
    if not lines or not all(re.match(r"https?://\S+$", line) for line in lines[:20]):
        return None
    links = tuple(Link(href=line) for line in lines[:ENTRIES_MAX])
    return Found(links=links, has_more=len(lines) > ENTRIES_MAX)


def _rows(text: str) -> list[tuple[str, dict[str, str]]]:
    """(url or sitemap, its fields), at most one more than ENTRIES_MAX."""
    expected = len(re.findall(r"<(?:\w+:)?(?:url|sitemap)>", text))
    rows = _parsed(text)
    if len(rows) < min(expected, ENTRIES_MAX + 1):
        rows = max(rows, _one_by_one(text), key=len)
    return rows


def _parsed(text: str) -> list[tuple[str, dict[str, str]]]:
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return []
    rows: list[tuple[str, dict[str, str]]] = []
    for entry in root if root is not None else ():
        if not isinstance(entry.tag, str) or len(rows) > ENTRIES_MAX:
            continue
        fields: dict[str, str] = {}
        for field in entry.iter():
            if not isinstance(field.tag, str) or _OTHERS.search(field.tag):
                continue
            if value := (field.text or "").strip():
                fields.setdefault(_local(field.tag), value)
        rows.append((_local(entry.tag), fields))
    return rows


def _local(tag: str) -> str:
    """The name without its namespace, or without a prefix that nobody declared."""
    return tag.rpartition("}")[2].rpartition(":")[2].lower()


def _one_by_one(text: str) -> list[tuple[str, dict[str, str]]]:
    """Entries cut out by hand, for a file whose nesting is broken."""
    rows = []
    for chunk in _CHUNK.finditer(text):
        fields: dict[str, str] = {}
        for field in _FIELD.finditer(chunk[2]):
            value = field[2].strip()
            plain = value[9:-3].strip() if value.startswith("<![CDATA[") else html.unescape(value)
            fields.setdefault(field[1].lower(), plain)
        rows.append((chunk[1].rpartition(":")[2].lower(), fields))
        if len(rows) > ENTRIES_MAX:
            break
    return rows


def _link(row: dict[str, str]) -> Link:
    return Link(
        href=row["loc"].replace("&amp;", "&"), title=clean_line(row.get("title", ""), limit=TITLE_MAX),
        published=iso_time(row.get("publication_date")), modified=iso_time(row.get("lastmod")),
    )  # fmt: skip
