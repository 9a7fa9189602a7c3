"""`sosik replay`: stored pages read again by this version."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

import click

from crawler.cli import moment
from crawler.cli.context import Session
from pipelines import clock

if TYPE_CHECKING:
    from pipelines.article import Page, Refusal
    from pipelines.reader import Reader
    from pipelines.reading import Reading, Understood
    from pipelines.record import Reread
    from pipelines.store.database import Store
    from pipelines.wording import Wording

AT_ONCE = 32  # pages waiting for the reading processes; each is up to some megabytes


@click.command(short_help="Read stored pages again after an upgrade.")
@click.option("--source", help="Only pages of this source.")
@click.option("--since", type=moment.since, metavar="WHEN", help="Fetched since: 24h, 7d, 2025-02-03.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.pass_obj
def replay(session: Session, source: str | None, since: datetime | None, dry_run: bool) -> None:
    """Read the pages kept in the database again, with the readers and topics of now, and report what changed.

    Nothing is fetched and no alert is sent. An article is never replaced by a refusal.
    """
    from crawler.sources import load_catalogue
    from pipelines.reading import Reading

    counts: Counter[str] = Counter()
    with session.open_store() as store, store.reading() as connection, session.open_crawl_context() as context:
        known = context.catalogue.find(source) if source else None  # one that has left the catalogue may still have pages
        pages = store.archive.pages(connection, source=known.name if known else source, since=since)
        for page, result in read_again(context.reader, pages):
            if isinstance(result, BaseException):
                counts["broken"] += 1
                error = f"{type(result).__name__}: {result}"
                click.echo(session.say("archive.replay_broken", url=page.url, error=error), err=True)
                continue
            reading = Reading(page=page, result=result)
            done = apply(store, reading, is_trial=dry_run)
            counts[done.change] += 1
            tell(session.say, reading.page.url, done)
    if source and not counts:
        load_catalogue(session.config).source(source)
    click.echo(session.say("archive.replay_total", pages=counts.total(), same=counts["same"], changed=counts["changed"],
                           new=counts["new"], refused=counts["refused"], lost=counts["lost"]))
    if counts["broken"]:
        sys.exit(1)


def read_again(reader: Reader, pages: Iterator[Page]) -> Iterator[tuple[Page, Understood | Refusal | BaseException]]:
    """Each page with what came of it; an error is a defect of sosik's own, and ends nothing."""
    with asyncio.Runner() as runner:
        while batch := tuple(islice(pages, AT_ONCE)):
            yield from zip(batch, runner.run(_all(reader, batch)), strict=True)


async def _all(reader: Reader, pages: Sequence[Page]) -> list[Understood | Refusal | BaseException]:
    return await asyncio.gather(*map(reader.understand, pages), return_exceptions=True)


class _OnlyATrial(Exception):
    """Takes a transaction back."""


def apply(store: Store, reading: Reading, *, is_trial: bool) -> Reread:
    from pipelines.record import reread

    with suppress(_OnlyATrial), store.transaction():
        done = reread(store, reading, now=clock.now())
        if is_trial:
            raise _OnlyATrial
    return done


def tell(say: Wording, url: str, done: Reread) -> None:
    """A line or two on each page that is not as it was."""
    from pipelines.record import Change

    match done.change:
        case Change.CHANGED:
            click.echo(say("archive.replay_changed", url=url, title=done.title, fields=", ".join(done.fields)))
        case Change.NEW:
            click.echo(say("archive.replay_new", url=url, title=done.title))
        case Change.LOST:
            click.echo(say("archive.replay_lost", url=url, reason=done.reason))
