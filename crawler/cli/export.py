"""`sosik export`: stored articles for other programs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Generic, TypeVar

import click

from crawler.cli import moment
from crawler.cli.context import Session
from pipelines.errors import UserError

T = TypeVar("T")
FORMATS = ("jsonl", "csv", "parquet", "rss")


def _no_dash(ctx: click.Context, option: click.Parameter, output: Path | None) -> Path | None:  # noqa: ARG001  # click's signature
    """`-` is standard output, as everywhere."""
    return None if output == Path("-") else output


to_file = click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), callback=_no_dash, metavar="FILE",
                       help="Write here, not to standard output.")


@click.command(short_help="Write stored articles to a file.")
@click.option("--format", "form", type=click.Choice(FORMATS),
              help="Without it, what the name of FILE ends in, else jsonl. parquet needs the extra of that name.")
@click.option("--warc", "as_warc", is_flag=True, help="The pages as fetched instead, as a WARC file (extra: warc).")
@to_file
@click.option("--topic", help="Only articles that match or mention this topic.")
@click.option("--press", help="Of one outlet: its Korean name.")
@click.option("--since", type=moment.since, metavar="WHEN", help="Published since (pages: fetched since): 24h, 7d, 2025-02-03.")
@click.option("--until", type=moment.until, metavar="WHEN", help="Published until.")
@click.pass_obj
def export(
    session: Session, form: str | None, as_warc: bool, output: Path | None, topic: str | None, press: str | None,
    since: datetime | None, until: datetime | None,
) -> None:
    """Write articles with their matches, oldest first (rss: newest first), any number of them.

    A CSV file is UTF-8 with a byte-order mark, and no cell of it can run as a formula. An RSS feed holds quotes, not texts.
    """
    from crawler import formats
    from crawler.cli.names import refuse_unknown
    from pipelines.store.exported import exported

    moment.in_order(since, until)
    form = form or ("" if as_warc else form_of(output))
    if as_warc and (topic or press):
        raise click.UsageError("--warc takes --since and --until only")
    with session.open_to_read() as store, store.reading() as connection:
        refuse_unknown(session, connection, topic=topic, press=press)
        pages = Counted(store.archive.pages(connection, since=since, until=until))
        articles = Counted(exported(connection, topic=topic, press=press, since=since, until=until, newest_first=form == "rss"))
        with destination(output) as out:
            if as_warc:
                formats.write_warc(pages, out)
            elif form == "rss":
                formats.write_rss(articles, out, title=f"sosik: {topic}" if topic else "sosik")
            else:
                formats.WRITERS[form](articles, out)
    count = pages.count + articles.count
    if not count:
        click.echo(session.say("archive.nothing"), err=True)
    elif output:
        click.echo(session.say("archive.exported", path=output, count=count), err=True)


def form_of(output: Path | None) -> str:
    """As the file's name says: what is called articles.csv is CSV; JSON lines without an ending. Raises UsageError."""
    ending = output.suffix.lower().removeprefix(".") if output else ""
    if ending and ending not in FORMATS:
        forms = ", ".join(f".{each}" for each in FORMATS)
        raise click.UsageError(f"{output}: no form is known by .{ending}. Name the file {forms}, or say --format.")
    return ending or FORMATS[0]


class Counted(Generic[T]):
    """What is passed on, and how much that was."""

    def __init__(self, rows: Iterable[T]) -> None:
        self.rows, self.count = rows, 0

    def __iter__(self) -> Iterator[T]:
        for row in self.rows:
            self.count += 1
            yield row


@contextmanager
def destination(output: Path | None) -> Iterator[IO[bytes]]:
    """Standard output, or a file that is there only when all of it has been written."""
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        if output.exists() and not output.is_file():  # a device or a pipe is written to, never replaced
            with output.open("wb") as out:
                yield out
        else:
            with _whole(output.resolve()) as out:  # a link stays one
                yield out
    except OSError as error:
        raise UserError(f"{output} cannot be written: {error.strerror}") from error


@contextmanager
def _whole(output: Path) -> Iterator[IO[bytes]]:
    partial = output.with_name(output.name + ".partial")
    try:
        with partial.open("wb") as out:
            yield out
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
