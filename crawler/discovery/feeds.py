"""RSS 2.0 and 1.0, Atom, JSON Feed → links. fastfeedparser reads; what it needs done before and after is here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

import fastfeedparser

from crawler.discovery.found import ENTRIES_MAX, Found, Link, Trouble
from crawler.discovery.xmltext import iso_time, mended, with_plain_dates
from pipelines.read.hygiene import TITLE_MAX, clean_line, unescaped

SUMMARY_MAX = 500  # letters of a hint; prefilters need no more (chosen by hand)

_ENTRY = re.compile(r"<((?:\w+:)?(?:item|entry))[\s>]")
_INLINE = re.compile(r"</?(?:a|b|i|u|em|strong|font|span|mark)(?:\s[^<>]{0,500})?>", re.IGNORECASE)  # inside a word, too
_TAG = re.compile(r"<[^<>]{0,2000}>")
_CDATA = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)", re.DOTALL)
_HTML = re.compile(r"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)


def find_in_feed(text: str, now: datetime) -> Found:
    """The entries of a feed. A broken entry costs itself, never the next one."""
    if _HTML.match(text[:5000]):
        return Found(trouble=Trouble.HTML)
    is_json = text.startswith("{")
    text = with_plain_dates(text if is_json else mended(text), now)
    text, has_more = _cut(text)
    entries, is_feed = _parsed(text)
    starts = [] if is_json else _starts(text)
    if len([e for e in entries if e.get("link")]) < len(starts):
        entries = max(entries, _one_by_one(text, starts), key=lambda found: len([e for e in found if e.get("link")]))
    links = tuple(link for entry in entries[:ENTRIES_MAX] if (link := _link(entry)))
    if not links:
        return Found(trouble=Trouble.EMPTY if is_feed else Trouble.NOT_UNDERSTOOD)
    return Found(links=links, has_more=has_more or len(entries) > ENTRIES_MAX)


def _parsed(text: str) -> tuple[list[Mapping[str, object]], bool]:
    """Entries, and whether it is a feed at all."""
    try:
        # as bytes: given a text that begins like an address, the parser would fetch it
        body = text.encode("utf-8", "replace")
        feed = fastfeedparser.parse(body, include_tags=False, include_media=False, include_enclosures=False)
    except Exception:  # noqa: BLE001  # ValueError by its documents, others by its slips; a feed is only data
        return [], False
    return list(feed.entries), True


def _starts(text: str) -> list[int]:
    """Where entries begin, outside of CDATA."""
    masked = _CDATA.sub(lambda found: "." * len(found[0]), text)
    return [found.start() for found in _ENTRY.finditer(masked)]


def _cut(text: str) -> tuple[str, bool]:
    """The text up to ENTRIES_MAX entries, and whether there were more."""
    if len(text) < ENTRIES_MAX * len("<item></item>"):
        return text, False
    starts = _starts(text)
    return (text, False) if len(starts) <= ENTRIES_MAX else (text[: starts[ENTRIES_MAX]], True)


def _one_by_one(text: str, starts: list[int]) -> list[Mapping[str, object]]:
    """Each entry parsed alone, under the feed's own opening tags: an unclosed tag swallows nothing but its own entry."""
    head = text[: starts[0]]
    found: list[Mapping[str, object]] = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        chunk = text[start:end]
        name = chunk[1 : re.search(r"[\s>]", chunk).start()]  # type: ignore[union-attr]  # _ENTRY ends in one
        close = chunk.find(f"</{name}>")
        chunk = chunk[: close + len(name) + 3] if close >= 0 else f"{chunk}</{name}>"
        entries, _ = _parsed(head + chunk)
        found += [entry for entry in entries[:1] if entry.get("link")] or _by_hand(chunk)
    return found


def _by_hand(chunk: str) -> list[Mapping[str, object]]:
    """Link, title and date of an entry that no parser takes."""
    tags = (("link", "link"), ("title", "title"), ("published", "pubDate"))
    fields = {name: text for name, tag in tags if (text := _between(chunk, f"<{tag}>", f"</{tag}>"))}
    return [fields] if "link" in fields else []


def _between(chunk: str, opening: str, closing: str) -> str:
    start = chunk.find(opening)
    end = chunk.find(closing, start)
    text = chunk[start + len(opening) : end].strip() if 0 <= start < end else ""
    return text[9:-3].strip() if text.startswith("<![CDATA[") and text.endswith("]]>") else unescaped(text)


def _link(entry: Mapping[str, object]) -> Link | None:
    href = str(entry.get("link") or "").strip().replace("&amp;", "&")  # escaped twice: no address means that
    if not href:
        return None
    return Link(
        href=href, title=plain(entry.get("title"), TITLE_MAX), summary=plain(entry.get("description"), SUMMARY_MAX),
        published=iso_time(entry.get("published")), modified=iso_time(entry.get("updated")),
    )  # fmt: skip


def plain(value: object, limit: int) -> str:
    """One line without markup."""
    text = unescaped(_TAG.sub(" ", _INLINE.sub("", str(value or "")[:20_000])))
    return clean_line(_TAG.sub(" ", _INLINE.sub("", text)), limit=limit)
