"""`sosik search`: words in what is stored."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

import click

from crawler.cli import moment
from crawler.cli.context import Session
from crawler.cli.names import refuse_unknown
from pipelines.clock import KST, stored
from pipelines.store.search import Hit, Span, Within
from pipelines.store.search import search as look_up
from pipelines.wording import Wording


@click.command(short_help="Search the stored articles.")
@click.argument("words", metavar="QUERY", nargs=-1, required=True)
@click.option("--since", type=moment.since, metavar="WHEN", help="Published since: 24h, 7d, 2025-02-03.")
@click.option("--until", type=moment.until, metavar="WHEN", help="Published until.")
@click.option("--press", help="Of one outlet: its Korean name.")
@click.option("--topic", help="Only articles that match or mention this topic.")
@click.option("--best/--newest", "is_best", default=False, help="Headlines that say it first, or the newest first (default).")
@click.option("--limit", type=click.IntRange(1, 1000), metavar="N", default=20, show_default=True, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def search(
    session: Session, words: tuple[str, ...], since: datetime | None, until: datetime | None, press: str | None,
    topic: str | None, is_best: bool, limit: int, as_json: bool,
) -> None:
    """Find articles by the words of their title, subtitle and text.

    \b
    딥시크 AI                    both words, anywhere
    "인공 지능"                  the phrase; Korean spaces may be missing
    (큐원 OR 키미) NOT 식당      one of two, without another
    title:반도체 press:연합뉴스  in the title, of an outlet; also lede: body: section:
    엔비디아 NEAR/5 수출         close to each other
    deep*                        words that begin so
    """
    moment.in_order(since, until)
    within = Within(since=since, until=until, press=press, topic=topic)
    with session.open_to_read() as store, store.reading() as connection:
        refuse_unknown(session, connection, topic=topic, press=press)
        hits = look_up(connection, " ".join(words), within=within, best=is_best, limit=limit + 1)
    for hit in hits[:limit]:
        click.echo(json.dumps(as_row(hit), ensure_ascii=False) if as_json else shown(hit, session.say))
    if not hits:
        click.echo(session.say("archive.nothing"), err=as_json)
    elif len(hits) > limit and not as_json:
        click.echo(session.say("archive.more", limit=limit), err=True)


def shown(hit: Hit, say: Wording) -> str:
    """Title, press, time and numbers on one line, the place that answers on the next, the link on the last."""
    at = hit.at.astimezone(KST).strftime("%Y-%m-%d %H:%M")
    press = hit.press or say("stories.unknown_press")
    return (
        f"{marked(hit.title, hit.title_marks)}\n"
        f"  {press} · {at} · {say('archive.numbers', story=hit.story_id, article=hit.article_id)}\n"
        f"  {marked(hit.snippet, hit.snippet_marks)}\n"
        f"  {hit.url}\n")


def marked(text: str, spans: Sequence[Span]) -> str:
    """The found words stand out on a terminal; click takes the colours away elsewhere."""
    pieces, last = [], 0
    for start, end in spans:
        pieces += [text[last:start], click.style(text[start:end], bold=True, fg="yellow")]
        last = end
    return "".join((*pieces, text[last:]))


def as_row(hit: Hit) -> dict[str, object]:
    return {
        "article": hit.article_id, "story": hit.story_id, "title": hit.title, "title_marks": hit.title_marks, "press": hit.press,
        "at": stored(hit.at), "url": hit.url, "snippet": hit.snippet, "snippet_marks": hit.snippet_marks,
    }
