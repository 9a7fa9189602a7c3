"""`sosik crawl`: sources by name, feeds and pages by address, once."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

import click

from crawler.cli import moment
from crawler.cli.context import Session
from crawler.cli.progress import Progress
from crawler.cli.source_reports import because
from pipelines import clock
from pipelines.errors import UserError
from pipelines.urls import Address, clean_url
from pipelines.wording import Wording
from pipelines.wording.spans import span
from pipelines.wording.troubles import in_words

if TYPE_CHECKING:
    from crawler.runner import CrawlOrder, CrawlReport
    from crawler.sources import Catalogue
    from pipelines.store.database import Store
    from pipelines.store.tally import End

NAMES_SHOWN = 5  # sources named in one suggested command, and addresses below one error


@click.command(short_help="Crawl sources or addresses once.")
@click.argument("targets", nargs=-1, metavar="SOURCE|URL...")
@click.option("--all", "everything", is_flag=True, help="Every source that is switched on.")
@click.option("--since", type=moment.since, metavar="WHEN", help="Back-fill: articles from this day on: 2026-11-01, 7d.")
@click.option("--until", type=moment.until, metavar="WHEN", help="Back-fill: articles up to this day.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many articles a source or feed.")
@click.option("-v", "--verbose", count=True, help="Show what Scrapy logs; twice: all of it.")
@click.pass_obj
def crawl(
    session: Session, targets: tuple[str, ...], everything: bool, since: datetime | None, until: datetime | None,
    limit: int | None, verbose: int,
) -> None:
    """Fetch what is new, read it, and store it.

    A target is the name of a source (`sosik sources list`), the address of a feed or of a page. Exit status 1 when sosik
    failed on something or an address you typed could not be stored; the reason is printed.
    """
    from crawler.runner import CrawlOrder, run_crawl
    from pipelines.store.tally import ends_since

    moment.in_order(since, until)
    with session.open_crawl_context() as context:
        names, addresses = sort_targets(targets, context.catalogue)
        if everything:
            names = (*names, *(s.name for s in context.catalogue.enabled if s.name not in names))
        if not names and not addresses:
            raise click.UsageError("name a source or an address, or say --all. `sosik sources list` shows the sources.")
        if not names and (since or until):
            raise click.UsageError("--since and --until are for sources: a page or a feed brings what it holds now.")
        order = CrawlOrder(
            sources=names, urls=tuple(a.url for a in addresses),
            since=moment.korean_day(since), until=moment.korean_day(until), limit=limit,
        )
        log_level = ("CRITICAL", "INFO", "DEBUG")[min(verbose, 2)]
        with Progress(session.say, lambda: left_of(order, context.store, progress.done)) as progress:
            report = run_crawl(order, context, log_level=log_level, on_receipt=progress.count)
        ends = ends_since(context.store, report.started_at, (a.key for a in addresses))
    tell(report, ends, session.say, names)
    if order.is_backfill and (pastless := [name for name in names if not context.catalogue.source(name).archives]):
        click.echo(session.say("crawl.pastless", sources=", ".join(pastless)), err=True)
    if report.is_interrupted:
        raise KeyboardInterrupt  # what it has is stored and told
    is_unreachable = bool(names) and set(report.unanswered) == set(names)
    if report.is_broken or is_unreachable or any(not end.outcome.has_article for end in ends):
        sys.exit(1)


def left_of(order: CrawlOrder, store: Store, done: int) -> int:
    """How many pages a crawl is known to have before it; back-fill finds more on its way."""
    from pipelines.store.frontier import waiting_count

    waiting = waiting_count(store, order.sources, clock.now())
    return min(waiting, max(order.limit * len(order.sources) - done, 0)) if order.limit else waiting


def sort_targets(targets: tuple[str, ...], catalogue: Catalogue) -> tuple[tuple[str, ...], tuple[Address, ...]]:
    """Names of sources and addresses. Raises UserError for what is neither."""
    names, addresses = [], []
    for target in dict.fromkeys(targets):
        if "://" not in target:
            names.append(_source(target, catalogue))
        elif isinstance(address := clean_url(target, rules=catalogue.rules), Address):
            addresses.append(address)
        else:
            raise UserError(f"{target}: is no address that can be crawled ({address.fault}); write http://host/path or https://…")
    return tuple(dict.fromkeys(names)), tuple(addresses)


def _source(target: str, catalogue: Catalogue) -> str:
    """The source's name. Raises UserError, with another hint for what looks like an address."""
    if "." in target and not catalogue.find(target):
        raise UserError(f"{target}: no such source. An address begins with http:// or https://")
    return catalogue.source(target).name


def tell(report: CrawlReport, ends: tuple[End, ...], say: Wording, names: tuple[str, ...]) -> None:
    """The summary: one line a typed address, one line a source, then what went wrong."""
    click.echo(say("crawl.head", count=max(sum(t.count for t in report.tally), len(ends)), seconds=report.seconds))
    for end in ends:
        click.echo("  " + say("crawl.typed-end", url=end.url, outcome=told(end, say)))
    for source, rows in groupby((t for t in report.tally if t.source), key=lambda t: t.source):
        counts = [f"{say(f'crawl.outcome-{t.outcome}')} {t.count}{because(t.reason, say)}" for t in rows]
        click.echo(f"  {source}: {' · '.join(counts)}")
    are_all_unanswered = bool(names) and set(report.unanswered) == set(names) and not report.is_interrupted
    if not (report.tally or ends or are_all_unanswered or report.is_broken):
        click.echo(f"  {say('crawl.nothing')}")
    for trouble in report.troubles:
        words = in_words(trouble.trouble, say)
        click.echo("  " + say("crawl.trouble", source=trouble.source, url=trouble.url, trouble=words), err=True)
    for error, count in Counter(broken.error for broken in report.broken).items():
        click.echo("  " + say("crawl.broken", count=count, error=error), err=True)
        urls = [broken.url for broken in report.broken if broken.error == error]
        click.echo("".join(f"    {url}\n" for url in urls[:NAMES_SHOWN]), err=True, nl=False)
    if are_all_unanswered:
        command = " ".join(("sosik sources check", *(names if len(names) <= NAMES_SHOWN else ())))
        click.echo(say("crawl.unreachable", count=len(names), command=command), err=True)
    elif names:
        click.echo(say("crawl.next"))


def told(end: End, say: Wording) -> str:
    """`나중에 다시 (HTTP 500: 서버 오류입니다), 2분 뒤 다시 시도`"""
    again = say("crawl.again", when=span(end.next_try_at - clock.now(), say)) if end.next_try_at else ""
    return f"{say(f'crawl.outcome-{end.outcome}')}{because(end.reason, say)}{again}"
