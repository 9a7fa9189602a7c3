"""`sosik db`: care for the database file."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from crawler.cli.context import Session
from crawler.cli.status import amount
from pipelines import clock
from pipelines.errors import StoreError
from pipelines.store.files import newest_sound_backup


@click.group(short_help="The database: back up, restore, check, prune, stats.")
def db() -> None:
    """Care for the database file."""


@db.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--keep", type=click.IntRange(min=1), metavar="N",
              help="Backups kept in the backup folder.  [default: daemon.backups]")
@click.pass_obj
def backup(session: Session, file: Path | None, keep: int | None) -> None:
    """Copy the database, and check the copy. The daemon may run meanwhile.

    Without FILE the copy goes to the folder `backups` beside the database.
    """
    from pipelines.store.backup import KEPT, back_up

    kept = keep or session.config.daemon.backups or KEPT
    with session.open_store() as store:
        made = back_up(store, now=clock.now(), to=file, keep=kept)
    click.echo(session.say("archive.backed_up", path=made, size=amount(made.stat().st_size)))


@db.command(short_help="Put a backup in the database's place.")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def restore(session: Session, file: Path | None) -> None:
    """Put a backup in the database's place: FILE, or the newest good one.

    What stood there is moved aside, not deleted. Stop the daemon first.
    """
    from crawler.lock import only_daemon
    from pipelines.store.backup import restore as put_back

    path = session.database_path
    chosen = file or newest_sound_backup(path)
    if chosen is None:
        raise StoreError(f"{path.parent}: there is no good backup here. Name one: sosik db restore FILE")
    with only_daemon(path):
        aside = put_back(path, chosen, now=clock.now())
    click.echo(session.say("archive.restored", path=path, backup=chosen))
    if aside:
        click.echo(session.say("archive.aside", path=aside))


@db.command()
@click.pass_obj
def check(session: Session) -> None:
    """Read the whole database and say what is wrong with it. Exit status 1 when something is."""
    from pipelines.store.upkeep import check as complaints

    with session.open_store() as store:
        found = complaints(store)
    for line in found:
        click.echo(line)
    if found:
        backup_file = newest_sound_backup(session.database_path)
        click.echo(session.say("archive.damaged", backup=backup_file or "-"), err=True)
        sys.exit(1)
    click.echo(session.say("archive.sound", path=session.database_path))


@db.command(short_help="Delete what is past its time.")
@click.option("--keep-raw-days", type=click.IntRange(0, 36_500), metavar="N",
              help="Days that pages as fetched stay.  [default: read.keep_raw_days]")
@click.option("--keep-days", type=click.IntRange(30, 36_500), metavar="N",
              help="Days that stories without a match stay.  [default: sosik.keep_days]")
@click.option("--compact", "is_compact", is_flag=True, help="Give free room in the file back to the disk (takes a while).")
@click.pass_obj
def prune(session: Session, keep_raw_days: int | None, keep_days: int | None, is_compact: bool) -> None:
    """Delete what is past its time: pages as fetched, and stories that no topic matched, when they are not kept for ever.

    Matched stories stay, with their pages.
    """
    from pipelines.store.upkeep import compact, tend

    raw_days = session.config.read.keep_raw_days if keep_raw_days is None else keep_raw_days
    days = keep_days or session.config.sosik.keep_days
    with session.open_store() as store:
        dropped = tend(store, now=clock.now(), keep_raw_days=raw_days, keep_days=days)
        if is_compact:
            compact(store)
    click.echo(session.say("archive.pruned", count=dropped.pages, days=raw_days))
    if days:
        click.echo(session.say("archive.dropped", count=dropped.stories, days=days))


@db.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def stats(session: Session, as_json: bool) -> None:
    """How much is stored, and which backups there are."""
    from pipelines.store.upkeep import stats as measured

    with session.open_to_read() as store:
        figures = measured(store)
    if as_json:
        click.echo(json.dumps(asdict(figures), ensure_ascii=False, default=str))
        return
    sizes = {name: amount(value) for name, value in asdict(figures).items() if name.endswith("_bytes")}
    days = {"oldest": in_korea(figures.oldest), "newest": in_korea(figures.newest)}
    click.echo(session.say("archive.stats", **asdict(figures) | sizes | days))
    for each in figures.backups:
        click.echo(session.say("archive.backup", path=each, size=amount(each.stat().st_size)))


def in_korea(at: str) -> str:
    """A stored time as it is shown, - without one."""
    return f"{clock.loaded(at).astimezone(clock.KST):%Y-%m-%d %H:%M}" if at else "-"
