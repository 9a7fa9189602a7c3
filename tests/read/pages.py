"""The recorded pages: NAME.html.gz (or .txt.gz) and what must be read from it, NAME.json."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

from pipelines.article import Article, Page
from pipelines.clock import KST
from pipelines.read import Explanation, explain_page

PAGES = Path(__file__).parent.parent / "pages"
FETCHED_AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NAMES = sorted(path.stem for path in PAGES.glob("*.json"))
FIELDS = (
    "status", "reason", "title", "subtitle", "paragraphs", "first", "last", "absent", "byline", "mails", "agency", "place",
    "poster",
    "press", "origin", "published", "modified", "captions", "flags", "tags", "canonical", "family",
)


def expected(name: str) -> dict[str, object]:
    """The fields that NAME.json states; a field that is null there says that there is none."""
    stated: dict[str, object] = json.loads((PAGES / f"{name}.json").read_text(encoding="utf-8"))
    return stated


def page(url: str, body: bytes, content_type: str = "text/html") -> Page:
    return Page(
        url=url, key=url, requested_url=url, requested_key=url, status=200, body=body, content_type=content_type,
        fetched_at=FETCHED_AT, source="")


def recorded(name: str) -> Page:
    stated = expected(name)
    file = next(PAGES.glob(f"{name}.*.gz"))
    return page(str(stated["url"]), gzip.decompress(file.read_bytes()), str(stated["content_type"]))


def wrong_fields(name: str) -> dict[str, tuple[object, object]]:
    """field → (read, expected), for every stated field that was read otherwise."""
    stated = expected(name)
    got = found(explain_page(recorded(name)), stated)
    return {f: (got.get(f), stated[f]) for f in stated_fields(name) if got.get(f) != stated[f]}


def stated_fields(name: str) -> list[str]:
    stated = expected(name)
    return [f for f in FIELDS if f in stated and not (f == "paragraphs" and stated[f] is None)]


def found(explanation: Explanation, stated: dict[str, object]) -> dict[str, object]:
    """What was read, in the form of a NAME.json."""
    result = explanation.result
    if not isinstance(result, Article):
        return {"status": "refused", "reason": str(result.reason), "detail": result.detail}
    absent = stated.get("absent")
    return {
        "status": "article", "title": result.title, "subtitle": result.subtitle, "paragraphs": list(result.paragraphs),
        "first": stated.get("first") if str(stated.get("first")) in result.text else None,
        "last": stated.get("last") if result.text.endswith(str(stated.get("last"))) else None,
        "absent": [text for text in absent if text not in result.text] if isinstance(absent, list) else None,
        "byline": ";".join(r.name for r in result.byline.reporters), "mails": [r.mail for r in result.byline.reporters],
        "agency": result.byline.agency, "place": result.byline.place, "poster": result.byline.poster, "press": result.press,
        "origin": result.origin, "published": result.published.at.astimezone(KST).isoformat() if result.published else None,
        "modified": result.modified.at.astimezone(KST).isoformat() if result.modified else None,
        "captions": list(result.captions), "flags": [str(f) for f in result.flags], "tags": list(result.tags),
        "canonical": result.canonical_url, "family": result.family,
    }
