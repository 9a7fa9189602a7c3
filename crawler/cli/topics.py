"""`sosik match`, `sosik topics`, `sosik judge`: topics from the command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli.context import Session

if TYPE_CHECKING:
    from pipelines.topics import Topics


@click.command()
@click.option("--jsonl", "is_jsonl", is_flag=True, required=True, help="Read JSON lines {id, title, text}; answer one line each.")
@click.option("--topic", default="china-ai", show_default=True, help="A shipped topic's name, or the path of a topic file.")
@click.pass_obj
def match(session: Session, is_jsonl: bool, topic: str) -> None:  # noqa: ARG001  # the only way so far
    """Match articles that stand in no database."""
    from pipelines.topics import load_topics

    topics = load_topics([topic], Path.cwd())
    for number, line in enumerate(sys.stdin, 1):
        if line.strip():
            click.echo(json.dumps(_answer(topics, line, number), ensure_ascii=False))


def _answer(topics: Topics, line: str, number: int) -> dict[str, object]:
    from pipelines.article import Article
    from pipelines.topics import match_article

    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        return {"id": None, "error": f"line {number} is not JSON: {error.msg}"}
    if not isinstance(row, dict):
        return {"id": None, "error": f"line {number} is not a JSON object"}
    if not isinstance(row.get("title") or "", str) or not isinstance(row.get("text") or "", str):
        return {"id": row.get("id"), "error": f"line {number}: title and text must be texts"}
    paragraphs = tuple(_paragraphs(row.get("text") or ""))
    found = match_article(topics, Article(url=str(row.get("url") or ""), title=row.get("title") or "", paragraphs=paragraphs))
    if not found:
        return {"id": row.get("id"), "level": "no", "score": 0.0, "subtopics": [], "evidence": []}
    (first,) = found
    return {
        "id": row.get("id"), "level": first.level, "score": first.score, "subtopics": list(first.subtopics),
        "sentence": first.sentence,
        "evidence": [{"field": e.field, "start": e.start, "end": e.end, "text": e.text, "rule": e.rule} for e in first.evidence],
    }


def _paragraphs(text: str) -> Iterator[str]:
    return (line for line in text.splitlines() if line.strip())
