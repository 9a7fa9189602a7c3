"""What a page says of itself apart from its text: meta tags, JSON-LD, title, canonical link.

Imports lxml. Values are as written there; the fields' own modules judge them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.read.hygiene import clean_line, unescaped
from pipelines.read.parse import Element

ARTICLE_TYPES = frozenset((
    "Article", "NewsArticle", "ReportageNewsArticle", "AnalysisNewsArticle", "OpinionNewsArticle", "BackgroundNewsArticle",
    "BlogPosting", "LiveBlogPosting", "TechArticle", "AdvertiserContentArticle", "Report", "SocialMediaPosting",
    "DiscussionForumPosting",
))
LIST_TYPES = frozenset(("CollectionPage", "ItemList", "SearchResultsPage"))
JSON_LETTERS_MAX = 2_000_000  # a string of 10 MB cost a reader 1.4 GB (facts: hazards D10)
_BREAKS_IN_STRINGS = re.compile(r"[\x00-\x1f]+")

Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    metas: dict[str, tuple[str, ...]]  # name or property in lower case → contents
    title: str = ""
    canonical: str = ""
    language: str = ""
    articles: tuple[Json, ...] = ()  # JSON-LD objects of an article's type
    is_list: bool = False  # JSON-LD calls the page a collection
    scripts: tuple[str, ...] = ()  # other scripts long enough to hold a body

    def meta(self, *names: str) -> str:
        """The first value that any of the names has, the names in order; ""."""
        return next((value for name in names for value in self.metas.get(name, ()) if value), "")


def read_head(root: Element) -> Head:
    metas: dict[str, list[str]] = {}
    for element in root.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop")
        content = element.get("content")
        if name and content and content.strip():
            metas.setdefault(name.strip().lower(), []).append(clean_line(unescaped(content), limit=2000))
    objects, scripts = _scripts(root)
    title = next((clean_line(unescaped("".join(t.itertext())), limit=1000) for t in root.iter("title") if t.text), "")
    canonical = next((e.get("href") or "" for e in root.iter("link") if (e.get("rel") or "").lower() == "canonical"), "")
    kinds = [set(_types(each)) for each in objects]
    return Head(
        metas={name: tuple(values) for name, values in metas.items()}, title=title, canonical=canonical.strip(),
        language=(root.get("lang") or "").lower(), scripts=scripts,
        articles=tuple(each for each, kind in zip(objects, kinds, strict=True) if kind & ARTICLE_TYPES),
        is_list=any(kind & LIST_TYPES for kind in kinds) and not any(kind & ARTICLE_TYPES for kind in kinds),
    )


def _scripts(root: Element) -> tuple[list[Json], tuple[str, ...]]:
    objects: list[Json] = []
    others: list[str] = []
    for element in root.iter("script"):
        text = element.text
        if not text:
            continue
        if "ld+json" in (element.get("type") or ""):
            objects.extend(_flat(loaded(text)))
        elif len(text) > 300 or "__next_f" in text:  # shorter scripts hold no body; a flight's chunks may be of any length
            others.append(text)
    return objects, tuple(others)


def loaded(text: str) -> object:
    """The JSON value, read as leniently as publishers write it (line breaks and tabs inside strings); None when it is none."""
    text = text.strip().removeprefix(
        "<!--").removesuffix("-->").removeprefix("//<![CDATA[").removesuffix("//]]>").strip().rstrip(";")
    if len(text) > JSON_LETTERS_MAX:
        return None
    for attempt in (text, re.sub(r",\s*([}\]])", r"\1", _BREAKS_IN_STRINGS.sub(" ", text))):
        try:
            value: object = json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
        return value
    return None


def _flat(value: object, depth: int = 0) -> Iterator[Json]:
    if isinstance(value, list) and depth < 4:
        for each in value[:100]:
            yield from _flat(each, depth + 1)
    elif isinstance(value, dict):
        yield value
        for key in ("@graph", "mainEntity"):
            yield from _flat(value.get(key), depth + 1) if depth < 4 else ()


def _types(each: Json) -> list[str]:
    kind = each.get("@type")
    kinds = kind if isinstance(kind, list) else [kind]
    return [k.rpartition("/")[2] for k in kinds if isinstance(k, str)]


def texts(value: object, depth: int = 0) -> Iterator[str]:
    """The names in a JSON-LD value: text, {"name": …}, or lists of these."""
    if isinstance(value, str):
        yield clean_line(unescaped(value), limit=1000)
    elif isinstance(value, list) and depth < 3:
        for each in value[:20]:
            yield from texts(each, depth + 1)
    elif isinstance(value, dict) and depth < 3:
        yield from texts(value.get("name"), depth + 1)
