"""`sosik sources`: what the catalogue holds and how it fares; sources added, exchanged, examined."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli.context import Session
from crawler.cli.export import destination, to_file
from pipelines import clock
from pipelines.errors import SosikError, UserError
from pipelines.urls import UrlRefusal, clean_url
from pipelines.wording import Wording

if TYPE_CHECKING:
    from crawler.sources.writing import Block

OWN_FILE = "sources.toml"  # where new sources go until sosik.toml names a file


def _no_misnomer(ctx: click.Context, option: click.Parameter, name: str | None) -> str | None:  # noqa: ARG001  # click's signature
    """Refused before the site is asked."""
    from crawler.sources.source import name_fault

    if name is not None and (fault := name_fault(name)):
        raise click.BadParameter(f'"{name}" {fault}')
    return name


@click.group(short_help="Where articles are found: list, examine and add sources.")
def sources() -> None:
    """List, examine and add the places where articles are found."""


@sources.command("list", short_help="One line a source.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def list_(session: Session, as_json: bool) -> None:
    """All sources: state, last article, interval, trouble, terms. ● is crawled by `--all` and the daemon, ○ is switched off."""
    from crawler.cli.source_reports import as_row, list_lines
    from crawler.sources import load_catalogue
    from pipelines.store.poll_reports import SourceState, source_states

    catalogue = load_catalogue(session.config)
    states = {}
    if session.database_path.exists():
        with session.open_to_read() as store:
            states = source_states(store)
    if as_json:
        for source in catalogue.sources:
            row = as_row(source, states.get(source.name, SourceState()), clock.now())
            click.echo(json.dumps(row, ensure_ascii=False))
        return
    click.echo("\n".join(list_lines(catalogue, states, session.say, clock.now())))


@sources.command(short_help="Everything on one source.")
@click.argument("name")
@click.pass_obj
def show(session: Session, name: str) -> None:
    """Everything on one source: addresses with their last polls, identity, terms, and what came of its articles."""
    from crawler.cli.source_reports import show_lines
    from crawler.sources import load_catalogue
    from pipelines.store.poll_reports import History, history_of

    source = load_catalogue(session.config).source(name)
    history = History()
    if session.database_path.exists():
        with session.open_to_read() as store:
            history = history_of(store, source.name)
    click.echo("\n".join(show_lines(source, history, session.say, clock.now())))


@sources.command(short_help="The doctor: asks every address once.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.pass_obj
def check(session: Session, names: tuple[str, ...]) -> None:
    """Ask every address of the named sources once (of all that are on, without names) and say in a line what is wrong with it.

    Nothing is stored. Exit status 1 when anything is in trouble.
    """
    from crawler.cli.source_reports import check_lines
    from crawler.runner import run_alone
    from crawler.sources import load_catalogue
    from crawler.spiders.checking import CheckingSpider

    catalogue = load_catalogue(session.config)
    chosen = tuple(dict.fromkeys(catalogue.source(name) for name in names)) or catalogue.enabled
    click.echo(session.say("sources.checking", count=len(chosen)), err=True)
    with session.open_crawl_context() as context:
        spider = run_alone(CheckingSpider, context, sources=chosen)
    order = {source.name: number for number, source in enumerate(chosen)}
    checkups = sorted(spider.checkups, key=lambda each: order[each.source])
    click.echo("\n".join(check_lines(checkups, session.say, clock.now())))
    if any(each.trouble for each in checkups):
        sys.exit(1)


@sources.command(short_help="Find out how a site announces its articles, and add it.")
@click.argument("url")
@click.option("--name", callback=_no_misnomer, help="What to call it. Without one, its host's name.")
@click.option("--title", help="Who publishes. Without one, what the site calls itself.")
@click.option("--dry-run", is_flag=True, help="Only show what would be written.")
@click.pass_obj
def add(session: Session, url: str, name: str | None, title: str | None, dry_run: bool) -> None:  # click's way
    """Look for feeds, news sitemaps and lists from a site's home page (or take URL itself, when it is one), and write a block
    into your own sources file.
    """
    from crawler.discovery.scouting import best, family_of, title_of
    from crawler.runner import run_alone
    from crawler.sources import load_catalogue
    from crawler.sources.writing import Block, name_for
    from crawler.spiders.checking import ScoutingSpider
    from pipelines.wording.troubles import in_words

    address = clean_url(url if "://" in url else f"https://{url}")
    if isinstance(address, UrlRefusal):
        raise UserError(f"{url}: is no address that can be fetched ({address.fault}). Write https://…")
    path = own_file(session, dry_run=dry_run)
    catalogue = load_catalogue(session.config)
    if name in catalogue.by_name:
        raise UserError(f"{name}: there is a source of that name already. Choose another with --name.")
    with session.open_crawl_context() as context:
        spider = run_alone(ScoutingSpider, context, url=address.url)
    if spider.refused:
        raise SosikError(f"{address.url}: {in_words(spider.refused, Wording('en'))}")
    if not spider.sighted:
        raise SosikError(f"{address.url}: no feed, news sitemap or list was found there. Name one, or another page of the site.")
    click.echo(session.say("sources.found", url=address.url))
    for seen in spider.sighted:
        click.echo("  " + session.say("sources.found-line", way=seen.way, links=seen.links, url=seen.url))
    block = Block(
        name=name or name_for(address.url, [*catalogue.by_name]),
        title=title or title_of(spider.home) or address.host, hosts=(address.host,),
        addresses=tuple((seen.way, seen.url) for seen in best(spider.sighted)), family=family_of(spider.home),
    )  # fmt: skip
    click.echo("\n" + block.toml)
    write(session, path, (block,), dry_run=dry_run)


@sources.command("import", short_help="Add the feeds of an OPML file.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Only show what would be written.")
@click.pass_obj
def import_(session: Session, file: Path, dry_run: bool) -> None:  # click's way
    """Add the feeds of an OPML file, as exported by other readers, that no source has yet."""
    from crawler.sources import load_catalogue
    from crawler.sources.opml import blocks_in

    try:
        body = file.read_bytes()
    except OSError as error:
        raise UserError(f"{file}: cannot be read: {error.strerror}") from error
    path = own_file(session, dry_run=dry_run)
    blocks, left_out = blocks_in(body, load_catalogue(session.config).sources, str(file))
    for each in left_out:
        click.echo(session.say("sources.left-out", url=each), err=True)
    if not blocks:
        click.echo(session.say("sources.nothing-new"))
        return
    click.echo("\n".join(block.toml for block in blocks))
    write(session, path, blocks, dry_run=dry_run)


@sources.command(short_help="Write the feeds as OPML, for other readers.")
@to_file
@click.pass_obj
def export(session: Session, output: Path | None) -> None:
    """Write the feeds of all sources that are on as OPML 2.0."""
    from crawler.sources import load_catalogue
    from crawler.sources.opml import opml

    text = opml(load_catalogue(session.config).enabled)
    with destination(output) as out:
        out.write(text.encode())
    if output:
        click.echo(session.say("sources.exported", path=output, count=text.count("xmlUrl=")))


def own_file(session: Session, *, dry_run: bool) -> Path:
    """Where new sources go. A file that sosik.toml names and nobody has written yet is begun."""
    from crawler.sources.writing import begin

    named = session.config.sosik.sources_file
    path = session.config.beside(named or OWN_FILE)
    if named and not path.exists() and not dry_run:
        begin(path)
    return path


def write(session: Session, path: Path, blocks: tuple[Block, ...], *, dry_run: bool) -> None:
    """Append the blocks to the user's file, and say where they went."""
    from crawler.sources.writing import append

    if dry_run:
        click.echo(session.say("sources.dry"))
        return
    append(path, blocks)
    if len(blocks) == 1:
        click.echo(session.say("sources.wrote", path=path, name=blocks[0].name))
    else:
        click.echo(session.say("sources.wrote-many", path=path, count=len(blocks)))
    if not session.config.sosik.sources_file:
        click.echo(session.say("sources.name-file", name=OWN_FILE))
