"""Where a site is likely to announce its articles, from its home page. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from crawler.discovery import Found
from crawler.sources.source import Way
from pipelines.read.decode import decode
from pipelines.read.hygiene import clean_line, unescaped

LIST_MIN = 3  # links that make a page worth naming as a list; chosen by hand

# What tells a content management system, and where its feeds stand (facts: sources.toml, CMS families).
FAMILIES: tuple[tuple[str, re.Pattern[bytes], tuple[str, ...]], ...] = (
    ("ndsoft", re.compile(rb"/news/article(?:View|List)\.html"), ("/rss/allArticle.xml", "/sitemap.xml")),
    ("rhymix", re.compile(rb"generator[^>]{0,40}(?:Rhymix|XpressEngine)|document_srl|/modules/board/"), ("/rss", "/atom")),
    ("gnuboard", re.compile(rb"/bbs/board\.php|g5_(?:url|bbs_url)"), ("/bbs/rss.php", "/rss")),
    ("arc", re.compile(rb"fusion-metadata|/pf/resources/"), ("/arc/outboundfeeds/rss/?outputType=xml",
                                                            "/arc/outboundfeeds/news-sitemap/?outputType=xml")),
    ("wordpress", re.compile(rb"/wp-content/"), ("/feed/", "/news-sitemap.xml")),
    ("tistory", re.compile(rb"tistory\.com|tistory_admin"), ("/rss",)),
)  # fmt: skip
COMMON = ("/sitemap/latest-articles", "/sitemap.xml", "/rss", "/rss.xml", "/feed")  # facts: korean-news §0.2

TITLE_WITHIN = 100_000  # bytes of a page in which its name is looked for; chosen by hand
_ALTERNATE = re.compile(rb"<link\b[^>]*>", re.IGNORECASE)
_HREF = re.compile(rb"""href\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
_ANCHOR = re.compile(rb"""<a\b[^>]*href\s*=\s*["']([^"']*(?:\brss\b|\.rss|/feed|rss\.xml|atom\.xml)[^"']*)["']""", re.IGNORECASE)
NAMED_MAX = 12  # feeds that a page names; more are sections of sections. Chosen by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighted:
    """An address that announces articles."""

    url: str
    way: Way
    links: int
    newest: datetime | None


def home_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def family_of(body: bytes) -> str:
    return next((name for name, mark, _ in FAMILIES if mark.search(body)), "")


def title_of(body: bytes) -> str:
    """What the site, or the feed, calls itself; "" when it does not."""
    text = decode(body[:TITLE_WITHIN], "").text
    stated = re.search(r"""property=["']og:site_name["']\s+content=["']([^"']{1,80})["']""", text)
    found = stated or re.search(r"<title[^>]*>\s*(?:<!\[CDATA\[)?([^<\]]{1,200})", text, re.IGNORECASE)
    words = clean_line(unescaped(found[1])) if found else ""
    return re.split(r"\s+[-|:·]\s+", words)[0][:40].strip()


def named_in(body: bytes, url: str) -> tuple[str, ...]:
    """Feeds that the page itself names, as written."""
    links = [link[0] for link in _ALTERNATE.finditer(body) if re.search(rb"application/(?:rss|atom|feed)\+", link[0])]
    named = [href[1] for link in links if (href := _HREF.search(link))]
    named += [anchor[1] for anchor in _ANCHOR.finditer(body)]
    texts = [name.decode("utf-8", "replace").replace("&amp;", "&") for name in named]
    return tuple(dict.fromkeys(text for text in texts if text.rstrip("/") != url.rstrip("/")))[:NAMED_MAX]


def sitemaps_in(robots: bytes) -> tuple[str, ...]:
    """The sitemaps that a robots.txt names."""
    lines = (line.partition(":") for line in robots.decode("utf-8", "replace").splitlines())
    return tuple(value.strip() for field, _, value in lines if field.strip().lower() == "sitemap")[:NAMED_MAX]


def guesses(body: bytes, url: str) -> tuple[str, ...]:
    """Where sites of this family, and sites at large, keep their feeds."""
    own = next((paths for _, mark, paths in FAMILIES if mark.search(body)), ())
    return tuple(home_of(url) + path for path in dict.fromkeys((*own, *COMMON)))


def sighted(url: str, found: Found, body: bytes, *, is_list: bool) -> Sighted | None:
    """What an answer is worth: a feed or sitemap with dated or titled entries, or a list of some length."""
    if is_list:
        enough = len(found.links) >= LIST_MIN
        way = Way.NEXT_DATA if b"__NEXT_DATA__" in body else Way.LIST
        return Sighted(url=url, way=way, links=len(found.links), newest=found.newest) if enough else None
    is_news = any(link.title or link.published for link in found.links)
    if not (is_news or found.children):
        return None
    way = Way.SITEMAP if re.search(rb"<(?:\w+:)?(?:urlset|sitemapindex)\b", body[:5000]) or body[:2] == b"\x1f\x8b" else Way.FEED
    return Sighted(url=url, way=way, links=len(found.links) or len(found.children), newest=found.newest)


def best(seen: Sequence[Sighted]) -> tuple[Sighted, ...]:
    """What to write down: feeds and news sitemaps, and a list only where there is neither."""
    machine = tuple(s for s in seen if s.way in (Way.FEED, Way.SITEMAP))
    return machine or tuple(seen)
