"""`sosik stories`, `show`, `story`: stories listed, told and put right by hand; `relate`: what two articles are to each other."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TypeGuard

import click

from crawler.cli import moment
from crawler.cli.context import Session
from crawler.cli.number import number
from pipelines import clock
from pipelines.article import Article, Stamp
from pipelines.clock import KST
from pipelines.stories import filed, fingerprint
from pipelines.stories import relate as compare
from pipelines.stories.comparing import COPY
from pipelines.story import Filed, Relation

SIDE = ("outlet", "title", "text", "date", "url")


@click.command(short_help="The newest stories.")
@click.option("--since", type=moment.since, metavar="WHEN", help="Still told since: 24h, 7d, 2025-02-03.")
@click.option("--until", type=moment.until, metavar="WHEN", help="Begun until.")
@click.option("--topic", help="Only stories that match this topic.")
@click.option("--query", help="Only stories with an article that answers this query (as for sosik search).")
@click.option("--limit", type=click.IntRange(1, 1000), metavar="N", default=20, show_default=True, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def stories(
    session: Session, since: datetime | None, until: datetime | None, topic: str | None, query: str | None, limit: int,
    as_json: bool,
) -> None:
    """List the newest stories: headline, stage, who told it, how many copies, first and last report."""
    from crawler.cli.names import refuse_unknown
    from crawler.cli.story_reports import as_row, list_lines
    from pipelines.store.stories import list_stories

    moment.in_order(since, until)
    with session.open_to_read() as store, store.reading() as connection:
        refuse_unknown(session, connection, topic=topic)
        found = list_stories(connection, since=since, until=until, topic=topic, query=query, limit=limit + 1)
    shown = found[:limit]
    if as_json:
        for line in shown:
            click.echo(json.dumps(as_row(line), ensure_ascii=False))
    if not as_json or not found:
        click.echo("\n".join(list_lines(shown, session.say)), err=as_json)
    if len(found) > limit and not as_json:
        click.echo(session.say("archive.more", limit=limit), err=True)


@click.command(short_help="One story's timeline.")
@click.argument("story_id", metavar="STORY", type=number)
@click.option("--why", is_flag=True, help="Say of each article why it belongs here.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: the story, then each article.")
@click.pass_obj
def show(session: Session, story_id: int, why: bool, as_json: bool) -> None:
    """Tell one story: who broke it, each update and copy with its lag, edits with what changed, withdrawn articles (삭제됨).

    The link of the original article stands first.
    """
    from crawler.cli.story_reports import as_entries, as_row, show_lines
    from pipelines.store.stories import timeline

    with session.open_to_read() as store, store.reading() as connection:
        line = timeline(connection, story_id)
    if as_json:
        for row in (as_row(line), *as_entries(line)):
            click.echo(json.dumps(row, ensure_ascii=False))
        return
    click.echo("\n".join(show_lines(line, session.say, why=why)))


@click.group(short_help="Put stories right by hand.")
def story() -> None:
    """Split a story in two or join two into one. What you split is never joined again by itself."""


@story.command(short_help="Take articles out into a story of their own.")
@click.argument("story_id", metavar="STORY", type=number)
@click.argument("article_ids", metavar="ARTICLE...", type=number, nargs=-1, required=True)
@click.pass_obj
def split(session: Session, story_id: int, article_ids: tuple[int, ...]) -> None:
    """Take articles (their numbers stand in `sosik show`) out of a story. Copies that come later follow the article they copy."""
    from pipelines.store import by_hand

    with session.open_store() as store, store.transaction() as connection:
        new_id = by_hand.split(connection, story_id, article_ids, now=clock.now())
    click.echo(session.say("stories.split", count=len(set(article_ids)), new=new_id, old=story_id))


@story.command(short_help="Make two stories one.")
@click.argument("story_id", metavar="STORY", type=number)
@click.argument("other_id", metavar="OTHER", type=number)
@click.pass_obj
def join(session: Session, story_id: int, other_id: int) -> None:
    """Put all articles of the other story into the first, also when the two were split before."""
    from pipelines.store import by_hand

    with session.open_store() as store, store.transaction() as connection:
        keep = by_hand.join(connection, story_id, other_id)
    click.echo(session.say("stories.joined_now", other=other_id, keep=keep))


@click.command(short_help="What two articles are to each other.")
@click.option("--jsonl", is_flag=True, required=True, help="Read pairs from standard input, one JSON object a line.")
def relate(jsonl: bool) -> None:  # noqa: ARG001  # the one form there is
    """Say what two articles are to each other: copy, same-event or different.

    A line holds {"id", "a": {...}, "b": {...}} with outlet, title, text, date and url of each side; any of them may be missing.
    """
    for place, line in enumerate(sys.stdin.buffer, 1):
        if line.strip():
            click.echo(json.dumps(_answer(line, place), ensure_ascii=False))


def _answer(line: bytes, place: int) -> dict[str, object]:
    """Every line is answered; `id` is null when none can be read."""
    try:
        question = json.loads(line)
    except (ValueError, RecursionError) as error:  # broken JSON, bytes that are no UTF-8, brackets without end
        return {"id": None, "error": f"line {place} is not JSON: {error}"}
    if not isinstance(question, dict):
        return {"id": None, "error": f"line {place} must be an object with id, a and b"}
    a, b = question.get("a"), question.get("b")
    if not (_is_side(a) and _is_side(b)):
        return {"id": question.get("id"), "error": f"line {place}: a and b must be objects with texts as {', '.join(SIDE)}"}
    known, new = _pair(a, b)
    said = compare(new, known)
    return {
        "id": question.get("id"), "relation": _printed(said.relation, said.containment), "containment": said.containment,
        "reasons": list(said.reasons),
    }


def _is_side(value: object) -> TypeGuard[dict[str, str | None]]:
    return isinstance(value, dict) and all(isinstance(value.get(name), str | None) for name in SIDE)


def _printed(relation: Relation, containment: float) -> str:
    if relation is Relation.UPDATE:
        return "copy" if containment >= COPY else "same-event"
    return relation.value if relation in (Relation.COPY, Relation.SAME_EVENT) else "different"


def _pair(a: dict[str, str | None], b: dict[str, str | None]) -> tuple[Filed, Filed]:
    """Both filed; a date that is missing or unreadable is taken to be the other's, so that it proves nothing."""
    one, two = _article(a), _article(b)
    stamps = [stamp.at for stamp in (one.published, two.published) if stamp]
    at = stamps[0] if stamps else clock.now()
    return filed(one, fingerprint(one), at), filed(two, fingerprint(two), at)


def _article(side: dict[str, str | None]) -> Article:
    return Article(
        url=side.get("url") or "", title=side.get("title") or "", press=side.get("outlet") or "",
        paragraphs=tuple(filter(None, (side.get("text") or "").split("\n"))), published=_stamp(side.get("date") or ""),
    )


def _stamp(text: str) -> Stamp | None:
    try:
        at = datetime.fromisoformat(text)
        at = at if at.tzinfo else at.replace(tzinfo=KST)
        at.astimezone(UTC)
    except (ValueError, OverflowError):  # no date, or one beyond the calendar
        return None
    return Stamp(at=at, has_time=len(text) > len("2025-02-03"))
