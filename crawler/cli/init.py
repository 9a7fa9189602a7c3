"""`sosik init`: four questions → a commented sosik.toml, a test mail, and the next command."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import click

from crawler.cli.alerts import send_test
from crawler.cli.context import Session
from crawler.cli.sources import OWN_FILE
from crawler.config import FILE_NAME, Config, General, example, load_config, mail_address_fault
from pipelines.errors import UserError
from pipelines.tomlfile import at_home
from pipelines.wording import Language, Wording

if TYPE_CHECKING:
    from crawler.sources import Catalogue

Answer = TypeVar("Answer")
TLS_PORT, SUBMISSION_PORT, LOCAL_PORT = 465, 587, 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The answer to the second question."""

    host: str = ""
    port: int = SUBMISSION_PORT
    user: str = ""

    @property
    def security(self) -> str:
        if self.host in ("localhost", "127.0.0.1", "::1"):
            return "none"
        return "tls" if self.port == TLS_PORT else "starttls"


@click.command(short_help="Write a settings file by answering four questions.")
@click.option("--to", "to", help="Mail address for alerts; several with commas.")
@click.option("--server", "server", help="Mail server: [user@]host[:port].")
@click.option("--sources", "sources", help="Names of the sources to watch, with commas.")
@click.option("--topics", "topics", help="Topics to watch, with commas.")
@click.option("--language", type=click.Choice(["ko", "en"]), default="ko", show_default=True, help="Of mails and reports.")
@click.option("--yes", "is_quick", is_flag=True, help="Ask nothing: take the defaults for what is not given.")
@click.option("--force", is_flag=True, help="Write over an existing file.")
@click.option("--no-test", "is_untested", is_flag=True, help="Send no test mail.")
@click.pass_obj
def init(
    session: Session, to: str | None, server: str | None, sources: str | None, topics: str | None, language: str,
    is_quick: bool, force: bool, is_untested: bool,
) -> None:
    """Write sosik.toml (or the file of --config) with every key and its documentation, send a test mail, and say what is next.

    Answers may be given as options or piped, one a line; what is left out takes its default.
    """  # fmt: skip
    path = session.config_path or Path(FILE_NAME)
    if path.exists() and not force:
        raise UserError(f"{path} exists already. Change it with an editor, or write a new one with: sosik init --force")
    say = Wording(cast(Language, language))
    ask = Asker(is_quick=is_quick)
    readers = ask(say("init.ask_to"), to, read_addresses)
    through = ask(say("init.ask_server"), server, read_server)
    own = _own_sources(path)
    known = _catalogue(path, own)
    watched = ask(say("init.ask_sources", count=len(known.enabled)), sources, lambda text: read_sources(text, known))
    about = ask(say("init.ask_topics", shipped=", ".join(_shipped())), topics, lambda text: read_topics(text, path), "china-ai")
    _write(path, settings(readers, through, watched, about, language, own))
    click.echo(say("init.written", path=path))
    fresh = Session(config_path=path, database=session.database)
    command = "sosik" if path == Path(FILE_NAME) else f"sosik --config {path}"
    is_well = is_untested or _try(fresh, through, command)
    click.echo(say("init.next", command=command))
    if not is_well:
        click.echo(say("init.test_failed", path=path, command=command), err=True)
        sys.exit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Asks on a terminal until the answer can be used; a bad answer from an option or a pipe is an error."""

    is_quick: bool

    def __call__(self, question: str, given: str | None, read: Callable[[str], Answer], default: str = "") -> Answer:
        if given is not None or self.is_quick:
            return read(given if given is not None else default)
        while True:
            try:
                return read(self._line(question, default))
            except UserError as error:
                if not sys.stdin.isatty():
                    raise
                click.echo(f"  {error}", err=True)

    def _line(self, question: str, default: str) -> str:
        """One line of the terminal or the pipe; a pipe that has ended takes the default."""
        try:
            answer: str = click.prompt(question, default=default, show_default=bool(default))
        except click.Abort:
            if sys.stdin.isatty():
                click.echo(err=True)  # the cursor stands behind the question
                raise
            answer = default
        if not sys.stdin.isatty():
            click.echo()  # no one pressed Enter
        return answer


def settings(
    readers: tuple[str, ...], server: Server, sources: tuple[str, ...], topics: tuple[str, ...], language: str,
    own_sources: str = "",
) -> str:
    """The example file with the answers in it, everything else commented out at its default."""
    chosen: dict[tuple[str, str], object] = {("sosik", "language"): language, ("sosik", "topics"): topics}
    if own_sources:
        chosen["sosik", "sources_file"] = own_sources
    if sources:
        chosen["sosik", "sources"] = sources
    if readers:
        chosen["mail", "to"] = readers
    if server.host:
        chosen |= {("mail", "server"): server.host, ("mail", "port"): server.port, ("mail", "security"): server.security}
    if server.user:
        chosen["mail", "user"] = server.user
    if sender := next((a for a in (server.user, *readers) if "@" in a), ""):
        chosen["mail", "sender"] = sender  # most servers take mail from the address of the login only
    return example(chosen)


def read_addresses(text: str) -> tuple[str, ...]:
    """Raises UserError."""
    addresses = tuple(dict.fromkeys(text.replace(",", " ").split()))
    for address in addresses:
        if fault := mail_address_fault(address):
            raise UserError(fault)
    return addresses


def read_server(text: str) -> Server:
    """`me@example.org@smtp.example.org:587`; the user may hold an @, the host may not. Raises UserError."""
    if not text.strip():
        return Server()
    found = re.fullmatch(r"(?:([!#-\[\]-~]+)@)?([A-Za-z0-9.-]+)(?::(\d{1,5}))?", text.strip())
    if not found or int(found[3] or 1) not in range(1, 65536):
        raise UserError(f'"{text}" is no mail server; write smtp.example.org:587, or user@smtp.example.org:587 with a login')
    server = Server(host=found[2], user=found[1] or "")
    port = int(found[3]) if found[3] else LOCAL_PORT if server.security == "none" else SUBMISSION_PORT
    return replace(server, port=port)


def read_sources(text: str, known: Catalogue) -> tuple[str, ...]:
    """Names, also of those that are typed as their publishers. Raises UserError for one that is unknown or switched off."""
    chosen = [known.source(each) for each in _between_commas(text)]
    for source in chosen:
        if not source.enabled:
            raise UserError(f"{source.name} is switched off, for a reason: sosik sources show {source.name}")
    return tuple(dict.fromkeys(source.name for source in chosen))


def read_topics(text: str, settings_path: Path) -> tuple[str, ...]:
    """Names of shipped topics, or paths of files beside the settings. Raises UserError when one is not good."""
    from pipelines.topics import load_topics

    names = _between_commas(text)
    if not names:
        raise UserError(f"name a topic: {', '.join(_shipped())}, or the path of your own file")
    load_topics(names, settings_path.parent)
    return names


def _own_sources(path: Path) -> str:
    """The user's own sources file, "" without one: of the settings written anew, else where `sosik sources add` writes."""
    if path.is_file():
        with suppress(UserError):  # what is wrong there goes
            return load_config(path).sosik.sources_file
    return OWN_FILE if (path.parent / OWN_FILE).exists() else ""


def _catalogue(path: Path, own_sources: str) -> Catalogue:
    from crawler.sources import load_catalogue

    return load_catalogue(Config(sosik=General(sources_file=str(path.parent / at_home(own_sources)) if own_sources else "")))


def _shipped() -> tuple[str, ...]:
    from pipelines.topics import shipped

    return shipped()


def _between_commas(text: str) -> tuple[str, ...]:
    """Titles have spaces."""
    return tuple(dict.fromkeys(stripped for each in text.split(",") if (stripped := each.strip())))


def _write(path: Path, text: str) -> None:
    from pipelines.disk import write_whole

    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}") from error


def _try(session: Session, server: Server, command: str) -> bool:
    """Send the test mail; whether nothing is wrong. Without a password it waits until the user has set one."""
    if server.user and not session.config.smtp_password:
        click.echo(session.say("init.no_password", command=command))
        return True
    return send_test(session)
