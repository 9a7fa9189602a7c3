"""Texts that pages carry in scripts: JSON-LD, Arc's Fusion, Next.js' data and flight chunks. Read when the page shows no body.

Imports nothing but JSON. Structures differ from site to site and change: a text is known by what it is, its place by its key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.read.head import JSON_LETTERS_MAX, Head, Json

BODY_KEYS = re.compile(r"content|body|text|html|paragraph|story", re.I)
LINK_KEYS = frozenset(("title", "headline", "url", "link", "href"))  # an item with one of these leads to another article
TITLE_KEYS = ("headline", "title", "articleTitle", "newsTitle", "subject", "ttl")
TIME_KEYS = (
    "datePublished", "display_date", "first_publish_date", "publish_date", "publishedAt", "published_at", "published_time",
    "publishDate", "publishTime", "deployDt", "pubDate", "pubDt", "pubdate", "serviceDate", "inputDate", "regDate", "regDt",
    "reg_dt", "createdAt", "created_at",
)
NAME_KEYS = ("author", "authors", "byline", "reporter", "reporterName", "writer", "writerName", "journalist")
SENTENCES_MIN = 3
DEPTH_MAX = 12
_PUSH = re.compile(r"self\.__next_f\.push\(\s*(\[.{2,}?\])\s*\)\s*;?\s*(?:$|(?=self\.__next_f))", re.S)
_ROW, _TEXT_ROW = re.compile(rb"([0-9a-f]{1,4}):"), re.compile(rb"T([0-9a-f]{1,7}),")
_SENTENCE = re.compile(r"[다요]\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """An article in a script."""

    rule: str
    html: str  # the body, as HTML or text
    title: str = ""
    published: str = ""
    byline: str = ""


def payloads(head: Head) -> list[Payload]:
    """What the scripts hold, the longest text first."""
    found = [p for each in head.articles if (p := _json_ld(each))]
    chunks: list[str] = []
    for script in head.scripts:
        if "Fusion.globalContent" in script:
            found += _fusion(script)
        elif "self.__next_f" in script:
            chunks += _chunks(script)
        elif script.lstrip().startswith(("{", "[")):
            found += _data(script, "__NEXT_DATA__")
        elif match := re.search(r"(?:window\.)?__(?:INITIAL_STATE|NUXT|APOLLO_STATE|PRELOADED_STATE)__\s*=\s*", script):
            found += _data(script[match.end():], "page state")
    if chunks:
        found += _flight("".join(chunks))
    return sorted((p for p in found if _sentences(p.html) >= SENTENCES_MIN), key=lambda p: -len(p.html))


def _sentences(text: str) -> int:
    return len(_SENTENCE.findall(text))


def _json_ld(each: Json) -> Payload | None:
    body = each.get("articleBody") or each.get("text")
    return Payload(rule="JSON-LD articleBody", html=body) if isinstance(body, str) else None


def _decoded(text: str) -> object:
    """The first JSON value in the text; None."""
    if len(text) > 2 * JSON_LETTERS_MAX:
        return None
    try:
        value: object = json.JSONDecoder(strict=False).raw_decode(text.lstrip())[0]
    except (ValueError, RecursionError):
        return None
    return value


def _fusion(script: str) -> list[Payload]:
    content = _decoded(script.partition("Fusion.globalContent")[2].lstrip().removeprefix("="))
    if not isinstance(content, dict):
        return []
    elements = content.get("content_elements")
    parts = [
        e["content"] for e in (elements if isinstance(elements, list) else ())
        if isinstance(e, dict) and e.get("type") in ("text", "header", "raw_html") and isinstance(e.get("content"), str)]
    headlines, credits = content.get("headlines"), content.get("credits")
    by = credits.get("by") if isinstance(credits, dict) else None
    names = [str(n["name"]) for n in (by if isinstance(by, list) else ()) if isinstance(n, dict) and n.get("name")]
    return [Payload(
        rule="Fusion.globalContent", html="".join(f"<p>{p}</p>" for p in parts),
        title=str(headlines.get("basic") or "") if isinstance(headlines, dict) else "",
        published=str(content.get("display_date") or content.get("first_publish_date") or ""), byline=", ".join(names))]


def _data(script: str, rule: str) -> list[Payload]:
    return list(_bodies(_decoded(script), rule))


def _bodies(value: object, rule: str, depth: int = 0) -> Iterator[Payload]:
    """Objects with a text of several sentences under a key that says body; the keys beside it give the rest."""
    if depth > DEPTH_MAX:
        return
    if isinstance(value, list):
        for each in value[:500]:
            yield from _bodies(each, rule, depth + 1)
    elif isinstance(value, dict):
        for key, each in value.items():
            text = _joined(each)
            if BODY_KEYS.search(str(key)) and _sentences(text) >= SENTENCES_MIN:
                yield Payload(
                    rule=f"{rule} {key}", html=text, title=_first(value, TITLE_KEYS), published=_first(value, TIME_KEYS),
                    byline=_first(value, NAME_KEYS))
            elif isinstance(each, dict | list):
                yield from _bodies(each, rule, depth + 1)


def _joined(value: object) -> str:
    """A text, or a list of blocks that hold one each."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        parts = [
            v if isinstance(v, str) else _first(v, ("content", "text", "html", "value"))
            for v in value if isinstance(v, str) or (isinstance(v, dict) and not LINK_KEYS & v.keys())]
        return "".join(f"<p>{p}</p>" for p in parts if p)
    return ""


def _first(value: object, keys: tuple[str, ...]) -> str:
    if not isinstance(value, dict):
        return ""
    for key in keys:
        each = value.get(key)
        if isinstance(each, str | int) and str(each).strip():
            return str(each)
        if isinstance(each, list) and each:
            names = [n if isinstance(n, str) else _first(n, ("name", "reporterName", "title")) for n in each[:10]]
            return ", ".join(n for n in names if n)
        if isinstance(each, dict) and (name := _first(each, ("name", "basic", "title"))):
            return name
    return ""


def _chunks(script: str) -> list[str]:
    out = []
    for match in _PUSH.finditer(script.strip()):
        value = _decoded(match[1])
        if isinstance(value, list) and len(value) > 1 and isinstance(value[1], str):
            out.append(value[1])
    return out


def _flight(text: str) -> list[Payload]:
    """Rows `id:value`; `T` rows are raw texts that other rows refer to by `"$id"`."""
    data = text.encode("utf-8")
    rows: dict[str, str] = {}
    values: list[object] = []
    at = 0
    while at < len(data):
        match = _ROW.match(data, at)
        if match is None:
            following = data.find(b"\n", at)
            at = following + 1 if following >= 0 else len(data)
            continue
        name, at = match[1].decode(), match.end()
        if long := _TEXT_ROW.match(data, at):
            length = int(long[1], 16)
            rows[name] = data[long.end(): long.end() + length].decode("utf-8", "replace")
            at = long.end() + length
            continue
        end = data.find(b"\n", at)
        end = end if end >= 0 else len(data)
        line = data[at:end].decode("utf-8", "replace").lstrip("IHLE")
        if line[:1] in "[{" and line:
            values.append(_decoded(line))
        at = end + 1
    found = [p for value in values for p in _bodies(_resolved(value, rows), "flight")]
    return found or [Payload(rule="flight text", html=row) for row in rows.values()]


def _resolved(value: object, rows: dict[str, str], depth: int = 0) -> object:
    if isinstance(value, str) and value.startswith("$") and value[1:] in rows:
        return rows[value[1:]]
    if depth > DEPTH_MAX * 2:
        return value
    if isinstance(value, list):
        return [_resolved(each, rows, depth + 1) for each in value]
    if isinstance(value, dict):
        return {key: _resolved(each, rows, depth + 1) for key, each in value.items()}
    return value
