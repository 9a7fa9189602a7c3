"""`sosik doctor`: is it set up rightly? Exit status 1 when not."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

import click

from crawler.cli.context import Session
from crawler.cli.status import amount
from crawler.config import secret
from crawler.lock import is_held
from pipelines.errors import SosikError
from pipelines.store.room import FREE_BYTES_MIN, free_bytes
from pipelines.wording import Wording


class State(StrEnum):
    FINE = "fine"
    ADVICE = "advice"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    check: str  # key of its name in wording/status.toml
    state: State
    detail: str


@click.command(short_help="Is sosik set up rightly? Exit status 1 when not.")
@click.pass_obj
def doctor(session: Session) -> None:
    """Check settings, sources, topics, database, disk, mail server and the secrets of other channels, one line each.

    Nothing is sent and no news site is asked; `sosik sources check` does that.
    """
    findings = list(examine(session))
    for found in findings:
        click.echo(session.say(f"status.{found.state}", name=session.say(f"status.check-{found.check}"), detail=found.detail))
    sys.exit(1 if any(f.state is State.WRONG for f in findings) else 0)


def examine(session: Session) -> Iterator[Finding]:
    from crawler.policy import check_wishes
    from crawler.sources import load_catalogue
    from pipelines.topics import load_topics

    config, say = session.config, session.say
    yield Finding(check="settings", state=State.FINE, detail=str(config.path or say("status.no-file")))
    try:
        catalogue = load_catalogue(config)
        detail = say("status.sources-on", on=len(catalogue.enabled), all=len(catalogue.sources))
        yield Finding(check="sources", state=State.FINE if catalogue.enabled else State.WRONG, detail=detail)
        if off := [source.name for source in map(catalogue.source, config.sosik.sources) if not source.enabled]:
            yield Finding(check="sources", state=State.ADVICE, detail=say("status.sources-off", names=", ".join(off)))
    except SosikError as error:
        yield Finding(check="sources", state=State.WRONG, detail=str(error))
    try:
        check_wishes(config, load_topics(config.sosik.topics, config.beside(".")))
        state = State.FINE if config.sosik.topics else State.ADVICE
        yield Finding(check="topics", state=state, detail=", ".join(config.sosik.topics) or say("status.no-topics"))
    except SosikError as error:
        yield Finding(check="topics", state=State.WRONG, detail=str(error))
    if config.read.structures_file:
        yield structures_finding(session)
    yield database_finding(session)
    yield disk_finding(session)
    yield mail_finding(session)
    yield from channel_findings(session)
    if config.daemon.metrics_file or config.daemon.metrics_port:
        yield metrics_finding(session)
    if not config.sosik.contact:
        yield Finding(check="contact", state=State.ADVICE, detail=say("status.no-contact"))


def structures_finding(session: Session) -> Finding:
    from pipelines.read.families import load_families

    path = session.config.beside(session.config.read.structures_file)
    try:
        load_families(path)
    except SosikError as error:
        return Finding(check="structures", state=State.WRONG, detail=str(error))
    return Finding(check="structures", state=State.FINE, detail=str(path))


def database_finding(session: Session) -> Finding:
    path = session.database_path
    try:
        if not path.exists():  # and it is not made now: whoever looks may be another user than the daemon's
            return Finding(check="database", state=State.ADVICE, detail=session.say("status.none", path=path))
        with session.open_store() as store:
            store.check()
        return Finding(check="database", state=State.FINE, detail=str(path))
    except SosikError as error:
        return Finding(check="database", state=State.WRONG, detail=str(error))
    except OSError as error:  # a folder that may not be entered
        return Finding(check="database", state=State.WRONG, detail=f"{path}: {error.strerror}")


def disk_finding(session: Session) -> Finding:
    free = free_bytes(session.database_path.parent)
    if free < FREE_BYTES_MIN:
        return Finding(check="disk", state=State.WRONG, detail=session.say("status.disk-low", free=amount(free)))
    return Finding(check="disk", state=State.FINE, detail=session.say("status.disk", free=amount(free)))


def metrics_finding(session: Session) -> Finding:
    from crawler.metrics import check_metrics_file, check_metrics_port

    daemon, data_dir = session.config.daemon, session.config.sosik.data_dir
    shown = [f"127.0.0.1:{daemon.metrics_port}"] if daemon.metrics_port else []
    try:
        if daemon.metrics_port and is_held(session.database_path) is False:  # a daemon that runs has it; `sosik status` tells
            check_metrics_port(daemon.metrics_port)
        if daemon.metrics_file:
            check_metrics_file(data_dir / daemon.metrics_file)
            shown.append(str(data_dir / daemon.metrics_file))
    except SosikError as error:
        return Finding(check="metrics", state=State.WRONG, detail=str(error))
    return Finding(check="metrics", state=State.FINE, detail=", ".join(shown))


def channel_findings(session: Session) -> Iterator[Finding]:
    """Whether the channels that readers ask for have their secrets here. Where the daemon runs it may be given others."""
    wanted = {channel: [r.to for r in session.config.recipient if r.channel == channel] for channel in ("webhook", "notify")}
    for channel, readers in wanted.items():
        if not readers:
            continue
        try:
            fault = webhook_fault(session.say) if channel == "webhook" else notify_fault(readers, session.say)
        except SosikError as error:
            fault = str(error)
        detail = fault or ", ".join(urlsplit(to).hostname or "" if channel == "webhook" else to for to in readers)
        yield Finding(check=channel, state=State.WRONG if fault else State.FINE, detail=detail)


def webhook_fault(say: Wording) -> str:
    return "" if secret("SOSIK_WEBHOOK_SECRET", os.environ) else say("status.no-secret", names="SOSIK_WEBHOOK_SECRET")


def notify_fault(readers: Iterable[str], say: Wording) -> str:
    """Names variables only: their values are secrets."""
    try:
        import apprise  # an extra
    except ModuleNotFoundError:
        return say("status.no-apprise")
    from crawler.channels import notify_variable

    urls = {notify_variable(name): secret(notify_variable(name), os.environ) for name in readers}
    if missing := [name for name, url in urls.items() if not url]:
        return say("status.no-secret", names=", ".join(missing))
    if strange := [name for name, url in urls.items() if not apprise.Apprise().add(url)]:
        return say("status.no-apprise-url", names=", ".join(strange))
    return ""


def mail_finding(session: Session) -> Finding:
    mail, say = session.config.mail, session.say
    folder = session.config.sosik.data_dir / "outbox"
    if not mail.server:
        return Finding(check="mail", state=State.ADVICE, detail=say("status.kept-mail", folder=folder))
    if not mail.to and not session.config.recipient:
        return Finding(check="mail", state=State.WRONG, detail=say("status.no-reader", folder=folder))
    if mail.user and not session.config.smtp_password:
        return Finding(check="mail", state=State.WRONG, detail=say("status.no-password", user=mail.user))
    try:
        socket.create_connection((mail.server, mail.port), timeout=10).close()
    except OSError as error:
        detail = say("status.mail-silent", server=mail.server, port=mail.port, error=error.strerror or error)
        return Finding(check="mail", state=State.WRONG, detail=detail)
    return Finding(check="mail", state=State.FINE, detail=say("status.mail-answers", server=mail.server, port=mail.port))
