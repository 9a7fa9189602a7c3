"""The command itself: which verbs there are, and how troubles become one clear line and an exit status.

Exit status: 0 done, 1 failed, 2 typed or configured wrongly, 3 another daemon runs, 130 interrupted.
"""

from __future__ import annotations

import codecs
import importlib
import os
import sqlite3
import sys
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path

import click

from crawler.cli.context import Session
from crawler.cli.interrupt import STATUS
from pipelines.errors import SosikError
from pipelines.tomlfile import suggestion

COMMANDS = {  # verb → module:command. Loaded when asked for, so that `sosik --help` is quick.
    "crawl": "crawler.cli.crawl:crawl",
    "read": "crawler.cli.read:read",
    "match": "crawler.cli.topics:match",
    "relate": "crawler.cli.stories:relate",
    "stories": "crawler.cli.stories:stories",
    "show": "crawler.cli.stories:show",
    "story": "crawler.cli.stories:story",
    "search": "crawler.cli.search:search",
    "export": "crawler.cli.export:export",
    "replay": "crawler.cli.replay:replay",
    "db": "crawler.cli.db:db",
    "sources": "crawler.cli.sources:sources",
    "topics": "crawler.cli.topics:topics",
    "judge": "crawler.cli.topics:judge",
    "alerts": "crawler.cli.alerts:alerts",
    "init": "crawler.cli.init:init",
    "daemon": "crawler.cli.daemon:daemon",
    "status": "crawler.cli.status:status",
    "doctor": "crawler.cli.doctor:doctor",
}

FILE = click.Path(path_type=Path, dir_okay=False)
DATABASE = click.Path(path_type=Path, dir_okay=False, resolve_path=True)  # locks, logs and backups lie beside the file itself


class Verbs(click.Group):
    """A group whose commands are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(f"no such command: {args[0]}{suggestion(args[0], list(COMMANDS))}", ctx)
        return super().resolve_command(ctx, args)


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--config", "config_path", type=FILE, help="Settings file (default: ./sosik.toml).")
@click.option("--db", "database", type=DATABASE, help="Database file, instead of the configured one.")
@click.version_option(version("sosik"), prog_name="sosik")
@click.pass_context
def sosik(ctx: click.Context, config_path: Path | None, database: Path | None) -> None:
    """Watch Korean news for topics: crawl, read, recognise stories, alert once per story."""
    ctx.obj = Session(config_path=config_path, database=database)
    if os.environ.get("NO_COLOR"):  # no-color.org
        ctx.color = False


def main(arguments: list[str] | None = None) -> None:
    """Run the command and leave with its exit status. A user's mistake never shows a traceback."""
    open_closed_streams()
    speak_korean()
    try:
        status = run(arguments)
        sys.stdout.flush()
    except click.ClickException as error:
        explained(error).show()
        sys.exit(2 if isinstance(error, click.UsageError) else 1)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(STATUS)
    except SosikError as error:
        click.echo(f"sosik: {error}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:  # the reader of our output has gone: `sosik stories | head`
        forget_output()
        sys.exit(0)
    except UnicodeEncodeError:
        unreadable = [each for each in (sys.argv[1:] if arguments is None else arguments) if not is_text(each)]
        if not unreadable:
            raise
        click.echo(f"sosik: {unreadable[0]!r} is not UTF-8 text: is the terminal set to another encoding?", err=True)
        sys.exit(2)
    except sqlite3.Error as error:  # what the store could not foresee: tables missing, a file changed under our hands
        click.echo(f"sosik: the database: {error}. Another version of sosik made it, or it is damaged: sosik db check", err=True)
        sys.exit(1)
    except OSError as error:  # a full disk under the output, a folder that may not be written
        click.echo(f"sosik: {f'{error.filename}: ' if error.filename else ''}{error.strerror or error}", err=True)
        forget_output()
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)


def explained(error: click.ClickException) -> click.ClickException:
    """Of an option of sosik's own that stands behind the verb, where it belongs."""
    if isinstance(error, click.NoSuchOption) and error.option_name in {name for each in sosik.params for name in each.opts}:
        return click.UsageError(f"{error.option_name} stands before the verb: sosik {error.option_name} …", error.ctx)
    return error


def run(arguments: list[str] | None) -> object:
    """The command's exit status, also when it left by itself. Raises what went wrong."""
    output = sys.stdout
    try:
        return sosik.main(args=arguments, prog_name="sosik", standalone_mode=False)
    except SystemExit as leaving:
        if sys.stdout is not output:  # click has wrapped it, because its reader has gone, and leaves with 1
            raise BrokenPipeError from None
        return leaving.code


def open_closed_streams() -> None:
    """What the shell closed (`>&-`) is /dev/null: nothing fails for want of it, and no database gets its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  # open until the end


def is_text(argument: str) -> bool:
    """Whether it was typed in UTF-8; a file may be named otherwise, a word of an article or an address is not."""
    return argument.encode("utf-8", "ignore").decode() == argument


def speak_korean() -> None:
    """Nothing fails on a character: what is said to be ASCII is UTF-8, any other encoding gets what it lacks as \\uXXXX."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            is_ascii = codecs.lookup(stream.encoding).name == "ascii"
            stream.reconfigure(encoding="utf-8" if is_ascii else None, errors="backslashreplace")


def forget_output() -> None:
    """What is still to be written goes nowhere, so that leaving does not fail on it once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
