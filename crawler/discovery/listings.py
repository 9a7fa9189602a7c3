"""Section pages and boards → links. The catalogue names a selector, or the site's patterns tell articles, or the page's own
regularity does: a list is many links of one shape with headlines in them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from lxml import etree, html
from lxml.cssselect import CSSSelector

from crawler.discovery.found import ENTRIES_MAX, Found, Link, Trouble
from pipelines.read.dates import is_plausible, moments
from pipelines.read.hygiene import TITLE_MAX, clean_line
from pipelines.urls import Address, Rules, UrlRefusal, clean_url, registrable_domain

HEADLINE_MIN = 8  # letters: shorter anchors are menus (measured on the listings of facts: seeds and corpus)
ROWS_MIN = 3  # links of one shape that make a list; chosen by hand
ANCHORS_MAX = 5_000  # of one page; portals have about 600. Chosen by hand
ROW_LETTERS_MAX, ROW_ELEMENTS_MAX = 400, 200  # a row that holds more is no row but the list; chosen by hand
ROW_DEPTH_MAX = 30  # elements between a link and its row; chosen by hand

_REPLIES = re.compile(r"\s*[\[(+]\s*\d{1,4}\s*[\])]?\s*$|\s*댓글\s*\d{1,4}\s*개?\s*$")
_PINNED = re.compile(r"(?:^|[\s_-])(?:notice|bo_notice|sticky|pinned|is-notice)(?:$|[\s_-])")
_MARKED = CSSSelector("h1, h2, h3, h4, h5, strong, [class*=tit], [class*=headline], [class*=subject]", translator="html")
_ROW_TAGS = frozenset({"tr", "li", "article", "dl", "section"})
_MENU_PATHS = re.compile(
    r"/(?:login|join|member|search|tags?|rss|about|company|mypage|subscribe|policy|privacy|terms)(?:[/.?]|$)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Anchor:
    element: html.HtmlElement
    href: str
    address: Address
    text: str


def find_in_listing(text: str, *, base: str, now: datetime, rules: Rules | None = None, links: str = "") -> Found:
    """`links` is a CSS selector; `base` the page's address. Links keep the page's order, one a target."""
    root = _tree(text)
    if root is None:
        return Found(trouble=Trouble.NOT_UNDERSTOOD)
    anchors = _anchors(root, base, rules)
    if links:
        chosen = {e for match in CSSSelector(links, translator="html")(root) for e in match.iter("a")}
        rows = [a for a in anchors if a.element in chosen]
    else:
        rows = [a for a in anchors if a.address.is_article] or _regular(anchors, base)
    found = _one_a_target(rows, now)
    return Found(links=found[:ENTRIES_MAX], trouble=None if found else Trouble.NO_LINKS, has_more=len(found) > ENTRIES_MAX)


def _tree(text: str) -> html.HtmlElement | None:
    try:
        return html.document_fromstring(re.sub(r"\A\s*<\?xml[^>]*\?>", "", text), parser=html.HTMLParser(huge_tree=False))
    except (ValueError, AssertionError, etree.LxmlError):
        return None


def _anchors(root: html.HtmlElement, base: str, rules: Rules | None) -> list[_Anchor]:
    """Every link that can be followed."""
    stated = root.xpath("string(//base/@href)").strip()
    if stated and not isinstance(own := clean_url(stated, base), UrlRefusal):
        base = own.url
    found = []
    for element in islice(root.iter("a"), ANCHORS_MAX):
        href = (element.get("href") or "").strip()
        if href.startswith("#") or not href:
            continue
        address = clean_url(href, base, rules=rules)
        if isinstance(address, Address):
            found.append(_Anchor(element, href, address, _headline(element)))
    return found


def _headline(anchor: html.HtmlElement) -> str:
    """The anchor's text; of a card that holds more than a headline, the part that is marked as one."""
    text = clean_line(anchor.text_content() or anchor.get("title") or "", limit=TITLE_MAX)
    if len(anchor):
        marked = (clean_line(part.text_content(), limit=TITLE_MAX) for part in _MARKED(anchor))
        text = next((part for part in marked if len(part) >= HEADLINE_MIN), text)
    return _REPLIES.sub("", text) or clean_line(anchor.get("title") or "", limit=TITLE_MAX)


def _regular(anchors: list[_Anchor], base: str) -> list[_Anchor]:
    """The links whose shape (the address with its numbers taken out) most headlines share. Only this site's."""
    here = clean_url(base)
    domain = registrable_domain(here.host) if isinstance(here, Address) else ""
    near = [a for a in anchors if registrable_domain(a.address.host) == domain and not _MENU_PATHS.search(a.address.url)]
    headlines = [a for a in near if len(a.text) >= HEADLINE_MIN and (shape := _shape(a.address)) and "#" in shape]
    shapes = Counter(_shape(a.address) for a in {a.address.key: a for a in headlines}.values())
    good = {shape for shape, count in shapes.items() if count >= ROWS_MIN} or set(shapes)  # a short list is one too
    return [a for a in near if _shape(a.address) in good]


def _shape(address: Address) -> str:
    """`news.kr/view/#` for https://news.kr/view/12345: long numbers and a last step that is one mark articles."""
    path, _, query = address.key.removeprefix("https://").partition("?")
    path = re.sub(r"\d{4,}[\w-]*|(?<=/entry/).+", "#", path)
    path = re.sub(r"(?<!/page)(?<!/category)/\d+$", "/#", path)
    names = "&".join(
        f"{name}={'#' if re.search(r'^[A-Za-z]{0,4}[0-9]{3,}', value) else ''}"
        for name, _, value in (pair.partition("=") for pair in query.split("&") if pair)
    )
    return f"{path}?{names}" if names else path


def _one_a_target(anchors: Iterable[_Anchor], now: datetime) -> tuple[Link, ...]:
    """One link a target: its longest text is the headline, its row's date the time."""
    groups: dict[str, list[_Anchor]] = {}
    for anchor in anchors:
        groups.setdefault(anchor.address.key, []).append(anchor)
    links = []
    for group in groups.values():
        best = max(group, key=lambda anchor: len(anchor.text))
        row = _row(best.element)
        at = _time(row, now)
        pinned = any(_PINNED.search(e.get("class") or "") for e in (row, *row.iterancestors("tr", "li")))
        links.append(Link(href=group[0].address.url, title=best.text, published=at, is_pinned=pinned))
    return tuple(links)


def _row(anchor: html.HtmlElement) -> html.HtmlElement:
    """The smallest ancestor that looks like the row of a list, else the anchor."""
    nearest = anchor
    for ancestor in islice(anchor.iterancestors(), ROW_DEPTH_MAX):
        if not _is_small(ancestor):
            break
        if ancestor.tag in _ROW_TAGS:
            return ancestor
        nearest = ancestor if nearest is anchor else nearest
    return nearest


def _is_small(element: html.HtmlElement) -> bool:
    """Whether it holds no more than a row does; looks no further than it must."""
    if any(True for _ in islice(element.iter(), ROW_ELEMENTS_MAX, None)):
        return False
    letters = 0
    for text in element.itertext():
        letters += len(text)
        if letters > ROW_LETTERS_MAX:
            return False
    return True


def _time(row: html.HtmlElement, now: datetime) -> datetime | None:
    stated = [at for element in row.iter("time") if (at := element.get("datetime"))]
    text = " ".join(stated) or " ".join(row.itertext())
    found = [m for m in moments(text[:1000], now) if is_plausible(m.at, now)]
    return found[-1].at if found else None  # dates in headlines stand before the row's own
