"""`sosik relate`: what two articles are to each other."""

from __future__ import annotations

import json
import sys
from datetime import datetime

import click

from pipelines.article import Article, Stamp
from pipelines.clock import KST, now
from pipelines.stories import filed, fingerprint
from pipelines.stories import relate as compare
from pipelines.story import Filed, Relation

SAME_TEXT = 0.75  # an update that holds this much of the earlier text is printed as a copy


@click.command()
@click.option("--jsonl", is_flag=True, required=True, help="Read pairs from standard input, one JSON object a line.")
def relate(jsonl: bool) -> None:  # noqa: ARG001  # the one form there is
    """Say what two articles are to each other: copy, same-event or different.

    A line holds {"id", "a": {...}, "b": {...}} with outlet, title, text, date and url of each side.
    """
    for line in sys.stdin:
        if line.strip():
            click.echo(json.dumps(_answer(line), ensure_ascii=False))


def _answer(line: str) -> dict[str, object]:
    try:
        question = json.loads(line)
        key = question["id"]
        a, b = _pair(question["a"], question["b"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return {"id": None, "error": f"cannot be read: {error!r}"}
    said = compare(b, a)
    return {"id": key, "relation": _printed(said.relation, said.containment), "containment": said.containment,
            "reasons": list(said.reasons)}


def _printed(relation: Relation, containment: float) -> str:
    if relation is Relation.UPDATE:
        return "copy" if containment >= SAME_TEXT else "same-event"
    return relation.value if relation in (Relation.COPY, Relation.SAME_EVENT) else "different"


def _pair(a: dict[str, str | None], b: dict[str, str | None]) -> tuple[Filed, Filed]:
    """Both filed; a missing date is taken to be the other's, so that it proves nothing."""
    one, two = _article(a), _article(b)
    stamps = [stamp.at for stamp in (one.published, two.published) if stamp]
    known = stamps[0] if stamps else now()
    return filed(one, fingerprint(one), known), filed(two, fingerprint(two), known)


def _article(side: dict[str, str | None]) -> Article:
    paragraphs = tuple(filter(None, (side.get("text") or "").split("\n")))
    return Article(
        url=side.get("url") or "", title=side.get("title") or "", paragraphs=paragraphs, press=side.get("outlet") or "",
        published=_stamp(side.get("date") or ""),
    )


def _stamp(text: str) -> Stamp | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return Stamp(at=moment if moment.tzinfo else moment.replace(tzinfo=KST), has_time=len(text) > len("2025-02-03"))
