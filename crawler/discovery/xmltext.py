"""Bytes of a feed or sitemap → text that an XML parser takes: unpacked, decoded, without DTD, with its slips mended.

Publishers' feeds are written by templates, not by XML libraries: bare ampersands, HTML entities, control characters, a
declaration that names another charset. What stands in CDATA is left alone.
"""

from __future__ import annotations

import html
import re
import zlib
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from pipelines.clock import KST
from pipelines.read.dates import Moment, is_plausible, moments
from pipelines.read.decode import decode

UNPACKED_MAX = 8 * 1024 * 1024  # as for any body (facts: hazards F3)
DOCTYPE_WITHIN = 4096  # letters from the start: it stands before everything but comments
CLOCK_SLACK = timedelta(minutes=10)  # of publishers' clocks and press times; chosen by hand
KOREAN_OFFSET = timedelta(hours=9)
EARLY_MIN = 2  # one entry ahead of time may be a slip or an embargo; chosen by hand

_PROLOG = re.compile(r"\A[\s\ufeff]*<\?xml[^>]{0,200}\?>")
_ILLEGAL = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 §2.2
_CDATA = re.compile(r"(<!\[CDATA\[.*?(?:\]\]>|\Z))", re.DOTALL)
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)(?:(\w{1,32});|(#\d{1,7}|#x[0-9a-fA-F]{1,6});)?")
_DATE = re.compile(
    r"(<((?:[\w.-]+:)?(?:pubDate|date|published|updated|issued|modified|created|publication_date|lastmod|lastBuildDate))\b[^<>]*>)"
    r"([^<]{0,100}|\s*<!\[CDATA\[[^\]]{0,100}\]\]>\s*)(</\2\s*>)",
    re.IGNORECASE,
)
_RFC822 = re.compile(r"(\d{1,2})[ -]([A-Z][a-z]{2})[a-z]*\.?[ -](\d{4})\s+(\d\d?:\d\d(?::\d\d)?)\s*([+-]\d{4}|[A-Z]{1,4})?")
_JSON_DATE = re.compile(r'("date_(?:published|modified)"\s*:\s*")([^"\\]{0,100})(")')


def unpacked(body: bytes) -> bytes | None:
    """The body, gunzipped when it is a .gz file; None when that is broken or larger than UNPACKED_MAX."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    machine = zlib.decompressobj(wbits=31)
    try:
        plain = machine.decompress(body, UNPACKED_MAX)
    except zlib.error:
        return None
    return plain if machine.eof else None


def xml_text(body: bytes, content_type: str) -> str | None:
    """The mended text; None when no charset fits."""
    plain = unpacked(body)
    if plain is None:
        return None
    decoded = decode(plain, content_type)
    return decoded.text.strip() if decoded.encoding else None


def mended(text: str) -> str:
    """Well-formed as far as entities, control characters and prolog go."""
    text = _without_doctype(_PROLOG.sub("", text)).lstrip()
    text = _closed(_ILLEGAL.sub("", text))
    return "".join(part if part.startswith("<![CDATA[") else _ENTITY.sub(_known, part) for part in _CDATA.split(text))


def _without_doctype(text: str) -> str:
    """Without the document type and the entities that it declares. By hand: no pattern is linear on every input."""
    start = text[:DOCTYPE_WITHIN].lower().find("<!doctype")
    if start < 0:
        return text
    end, subset = text.find(">", start), text.find("[", start)
    if 0 <= subset < end:
        end = text.find(">", text.find("]", subset))
    return text[:start] + text[end + 1 :] if end >= 0 else text


def _closed(text: str) -> str:
    """The text with every CDATA section ended: one left open would swallow the entries after it."""
    opening, ending = "<![CDATA[", "]]>"
    if text.count(opening) == text.count(ending):
        return text
    pieces, at = [], 0
    while (start := text.find(opening, at)) >= 0:
        following = text.find(opening, start + len(opening))
        limit = following if following >= 0 else len(text)
        end = text.find(ending, start, limit)
        if end >= 0:
            pieces.append(text[at : end + len(ending)])
            at = end + len(ending)
            continue
        tag = text.find("</", start, limit)
        pieces.append(text[at : tag if tag >= 0 else limit] + ending)
        at = tag if tag >= 0 else limit
    return "".join([*pieces, text[at:]])


def _known(found: re.Match[str]) -> str:
    """HTML's entities as letters, everything else as a plain ampersand."""
    name, number = found[1], found[2]
    letters = html.unescape(f"&{name or number};") if name or number else ""
    if not letters or letters.startswith("&") or _ILLEGAL.search(letters):
        return f"&amp;{found[0][1:]}"
    return html.escape(letters, quote=False)


def with_plain_dates(text: str, now: datetime) -> str:
    """The text with every date as ISO 8601 with its offset; impossible ones emptied.

    A time without a zone is Korean. Some feeds write Korean time and call it UTC: their newest entries then lie up to nine
    hours ahead of us, which no other feed's do; all their times are moved.
    """
    shift = _shift([found[3] for found in _DATE.finditer(text)] + [found[2] for found in _JSON_DATE.finditer(text)], now)
    text = _DATE.sub(lambda found: f"{found[1]}{_iso(found[3], now, shift)}{found[4]}", text)
    return _JSON_DATE.sub(lambda found: f"{found[1]}{_iso(found[2], now, shift)}{found[3]}", text)


def stated(text: str, now: datetime) -> Moment | None:
    """The one moment that a date element states: ISO 8601, RFC 822 as loosely as it is written, or any form that pages use."""
    if quick := _iso_8601(text):
        return quick
    if found := _RFC822.search(text):
        day, month, year, clock, zone = found.groups()
        try:
            at = parsedate_to_datetime(f"{day} {month} {year} {clock} {(zone or '').replace('KST', '+0900')}")
        except ValueError:
            return None
        return Moment(at=at if at.tzinfo else at.replace(tzinfo=KST), has_time=True, has_zone=at.tzinfo is not None)
    return next(iter(moments(text, now)), None)


def _iso_8601(text: str) -> Moment | None:
    """The form that most feeds use, read quickly."""
    text = text.strip()
    if len(text) < len("2026-11-22 11:00") or not text[:4].isdigit() or text[4] != "-":
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return Moment(at=at if at.tzinfo else at.replace(tzinfo=KST), has_time=True, has_zone=at.tzinfo is not None)


def _shift(dates: list[str], now: datetime) -> timedelta:
    """How much later than true a feed's UTC is: nine hours when several entries, or half of a short feed's, lie in the future."""
    ahead = [m.at - now for text in dates if (m := stated(text, now)) and m.has_zone and not m.at.utcoffset()]
    early = sum(CLOCK_SLACK < by <= KOREAN_OFFSET + CLOCK_SLACK for by in ahead)
    return KOREAN_OFFSET if early >= EARLY_MIN or (early and early * 2 >= len(ahead)) else timedelta(0)


def _iso(text: str, now: datetime, shift: timedelta) -> str:
    found = stated(text, now)
    if found is None:
        return ""
    at = found.at - shift if found.has_zone and not found.at.utcoffset() else found.at
    return at.astimezone(KST).isoformat() if is_plausible(at, now) else ""


def iso_time(value: object) -> datetime | None:
    """What `with_plain_dates` wrote."""
    try:
        at = datetime.fromisoformat(str(value or ""))
    except ValueError:
        return None
    return at if at.tzinfo else None
