"""`sosik alerts`: what was told to whom, what still waits, and how the next message looks."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli.context import Session
from crawler.cli.number import number
from pipelines import clock
from pipelines.delivery import State
from pipelines.errors import DeliveryError, UserError

if TYPE_CHECKING:
    from pipelines.alerts.deliver import SendReport
    from pipelines.store.alert_book import AlertLine, DeliveryLine
    from pipelines.wording import Wording

WHEN_COLUMNS = 26  # the longest time: 2026년 11월 22일(일) 20:42


@click.group(short_help="See, send and try alerts.")
def alerts() -> None:
    """See what was told to whom, send what waits, and look at a message before it goes out."""


@alerts.command("list", short_help="The newest alerts, one a line.")
@click.option(
    "--state", type=click.Choice([state.value for state in State]), default=None,
    help="Only those with a delivery in this state.",
)
@click.option("--topic", help="Only this topic.")
@click.option("--limit", type=click.IntRange(1, 1000), metavar="N", default=20, show_default=True, help="At most so many.")
@click.pass_obj
def list_(session: Session, state: str | None, topic: str | None, limit: int) -> None:
    """The newest alerts first: number, time, headline, press, topic, story, and how they were delivered."""
    from crawler.cli.names import refuse_unknown
    from pipelines.store.alert_book import alert_lines

    with session.open_to_read() as store:
        refuse_unknown(session, store.db.conn, topic=topic)
        found = alert_lines(store.db.conn, limit=limit, topic=topic or "", state=state or "")
    click.echo("\n".join(_entry(each, session.say) for each in found) or session.say("alerts.none"))


@alerts.command(short_help="One alert with its deliveries.")
@click.argument("alert", type=number)
@click.pass_obj
def show(session: Session, alert: int) -> None:
    """One alert, each delivery with its state, and the message as it reads now."""
    from crawler.sending import letterheads
    from pipelines.alerts.letters import alert_letter
    from pipelines.store.alert_book import alert_lines, delivery_lines
    from pipelines.store.telling import telling

    with session.open_to_read() as store:
        found = alert_lines(store.db.conn, limit=1, alert_id=alert)
        if not found:
            raise _no_such(alert)
        click.echo(_entry(found[0], session.say))
        for line in delivery_lines(store.db.conn, alert):
            click.echo(_line(line, session))
        click.echo(f"\n{alert_letter(telling(store.db.conn, alert), letterheads(session.config)('')).text}")


@alerts.command(short_help="Send what is due now.")
@click.pass_obj
def send(session: Session) -> None:
    """One round of sending, as the daemon does it. Exit status 1 when something could not be sent; the reason is printed."""
    from crawler.outbox import is_sending
    from crawler.sending import send_due
    from pipelines.alerts.card import moment
    from pipelines.store import ledger

    with session.open_store() as store:
        with _told_in_sentences():
            report = send_due(store, session.config, clock.now(), patience_s=None)
        rests = ledger.waiting_behind_pauses(store.db.conn, clock.now())
        if report:
            _tell(report, session, besides={pause.trouble for _, pause, _ in rests})
        elif not rests:
            click.echo(session.say("alerts.busy" if is_sending(store.path) else "alerts.nothing_due"))
    for channel, pause, count in rests:
        when = moment(pause.until, session.say)
        click.echo(session.say("alerts.rests", channel=channel, count=count, when=when, trouble=pause.trouble), err=bool(report))
    if report.troubles or rests:
        sys.exit(1)


@alerts.command(short_help="Try again what was given up or waits.")
@click.argument("alert", type=number, nargs=-1)
@click.pass_obj
def retry(session: Session, alert: tuple[int, ...]) -> None:
    """Make deliveries due again that are given up or wait for another try: those of these alerts, or all."""
    from pipelines.store.alert_book import alert_lines, revive

    with session.open_store() as store, store.transaction() as connection:
        for each in alert:
            if not alert_lines(connection, limit=1, alert_id=each):
                raise _no_such(each)
        count = revive(connection, alert, clock.now())
    click.echo(session.say("alerts.revived", count=count))


@alerts.command(short_help="Send a test message.")
@click.option("--to", "only", default="", help="Only to this recipient.")
@click.pass_obj
def test(session: Session, only: str) -> None:
    """Send a test message to every recipient at once, or to one. Nothing is recorded; exit status 1 when one failed."""
    if not send_test(session, only):
        sys.exit(1)


@alerts.command(short_help="Hear no more of a story.")
@click.argument("story", type=number)
@click.option("--undo", is_flag=True, help="Hear of it again, also of what the mute dropped since yesterday.")
@click.pass_obj
def mute(session: Session, story: int, undo: bool) -> None:
    """Send nothing more on STORY, a number as `sosik alerts list` and `sosik stories` show it."""
    from pipelines.store import alert_book

    with session.open_store() as store, store.transaction() as connection:
        if undo:
            waiting = alert_book.unmute(connection, story, clock.now())
            key = "alerts.not_muted" if waiting is None else "alerts.unmuted"
            click.echo(session.say(key, story=story, count=waiting))
            return
        try:
            count = alert_book.mute(connection, story, clock.now())
        except LookupError as error:
            raise UserError(f"{error}. `sosik stories` shows the numbers.") from error
    click.echo(session.say("alerts.muted", story=story, count=count))


@alerts.command(short_help="How a message looks, without sending it.")
@click.argument("alert", type=number, required=False)
@click.option("--html", "html", type=click.Path(path_type=Path), help="Write the HTML part to this file.")
@click.option("--eml", "eml", type=click.Path(path_type=Path), help="Write the whole mail to this file.")
@click.pass_obj
def preview(session: Session, alert: int | None, html: Path | None, eml: Path | None) -> None:
    """How the message of ALERT looks, or that of the newest one. Nothing is sent."""
    from crawler.policy import alert_policy
    from crawler.sending import letterheads
    from pipelines.alerts.compose import mail
    from pipelines.alerts.letters import alert_letter
    from pipelines.store.alert_book import alert_lines
    from pipelines.store.telling import telling

    with session.open_to_read() as store:
        found = alert_lines(store.db.conn, limit=1, alert_id=alert)
        if not found:
            raise _no_such(alert) if alert else UserError("there is no alert yet: nothing matched, or all of it was silent")
        reader = next((r.address for r in alert_policy(session.config).recipients if r.channel == "mail"), "")
        head = letterheads(session.config)(reader)
        letter = alert_letter(telling(store.db.conn, found[0].alert_id), head)
    for path, content in ((html, letter.html.encode()), (eml, mail(letter, head, reader or head.sender).as_bytes())):
        if path:
            _write(path, content)
            click.echo(session.say("alerts.written", path=path))
    if not html and not eml:
        click.echo(letter.text)


def send_test(session: Session, only: str = "") -> bool:
    """Send a test message to all recipients or one, each with its outcome on a line; whether all took it."""
    from crawler.policy import alert_policy
    from crawler.sending import letterheads, open_channel, trial_letter

    config, say = session.config, session.say
    readers = dict.fromkeys((r.channel, r.address) for r in alert_policy(config).recipients if only in ("", r.address))
    if not readers:
        raise UserError(f"{only} is not among the recipients: add it to mail.to or as [[recipient]]")
    are_all_well = True
    with ExitStack() as stack:
        names = dict.fromkeys(channel for channel, _ in readers)
        channels = {name: stack.enter_context(open_channel(name, config, os.environ)) for name in names}
        for channel, address in readers:
            try:
                kept = channels[channel].send(trial_letter(letterheads(config)(address), clock.now()), address)
                kept_in = config.sosik.data_dir / kept
                click.echo(say("alerts.test_kept" if kept else "alerts.test_sent", recipient=address, kept=kept_in))
            except DeliveryError as error:
                click.echo(str(error) if address in str(error) else f"{address}: {error}", err=True)
                are_all_well = False
    return are_all_well


def _entry(entry: AlertLine, say: Wording) -> str:
    from crawler.cli.source_reports import padded
    from pipelines.alerts.card import moment
    from pipelines.alerts.text import cut, one_line

    states = ", ".join(
        f"{say(f'alerts.state_{state}')} {count}" for state, count in (each.split(":") for each in entry.states.split())
    )
    return say(
        "alerts.entry", alert=entry.alert_id, when=padded(moment(entry.born_at, say), WHEN_COLUMNS),
        headline=cut(one_line(entry.title), 60),
        press=one_line(entry.press) or say("alerts.press_unknown"), topic=one_line(entry.topic), story=entry.story_id,
        states=states or say("alerts.silent" if entry.is_silent else "alerts.no_delivery"),
    )  # fmt: skip


def _line(line: DeliveryLine, session: Session) -> str:
    from pipelines.alerts.card import moment
    from pipelines.alerts.text import one_line

    say, note = session.say, line.trouble
    if note and line.state is State.SENT:  # a mail that is kept as a file; rows of earlier days hold its whole path
        note = str(session.config.sosik.data_dir / note)
    return say(
        "alerts.delivery", mode=say(f"alerts.mode_{line.mode}"), channel=line.channel, recipient=one_line(line.recipient),
        state=say(f"alerts.state_{line.state}"), tries=line.tries, when=moment(line.sent_at or line.next_try_at, say),
        trouble=f"\n    {one_line(note)}" if note else "",
    )  # fmt: skip


@contextmanager
def _told_in_sentences() -> Iterator[None]:
    """What the report tells is no log line on a terminal; the traceback of a defect is."""
    def is_defect(record: logging.LogRecord) -> bool:
        return record.exc_info is not None

    logger = logging.getLogger("pipelines.alerts.deliver")
    logger.addFilter(is_defect)
    try:
        yield
    finally:
        logger.removeFilter(is_defect)


def _tell(report: SendReport, session: Session, *, besides: Collection[str] = ()) -> None:
    """The figures, and each trouble `besides` those that are told otherwise."""
    say, config = session.say, session.config
    click.echo(say("alerts.sent", sent=report.sent, later=report.later, unknown=report.unknown, dead=report.dead))
    if report.sent and not config.mail.server:
        click.echo(say("alerts.kept_in", folder=config.sosik.data_dir / "outbox"))
    for trouble in (each for each in report.troubles if each not in besides):
        click.echo(f"sosik: {trouble}", err=True)


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}") from error


def _no_such(alert: int) -> UserError:
    return UserError(f"there is no alert {alert}. `sosik alerts list` shows the numbers.")
