"""`sosik alerts`: what was told to whom, what still waits, and how the next message looks."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli.context import Session
from crawler.cli.number import Message, message, number
from pipelines import clock
from pipelines.delivery import State
from pipelines.errors import DeliveryError, UserError

if TYPE_CHECKING:
    import sqlite3

    from pipelines.alerts.card import Letterhead
    from pipelines.alerts.compose import Letter
    from pipelines.alerts.deliver import SendReport
    from pipelines.store.alert_book import AlertLine, DeliveryLine, NoticeLine
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
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def list_(session: Session, state: str | None, topic: str | None, limit: int, as_json: bool) -> None:
    """The newest alerts first: number, time, headline, press, topic, story, and how they were delivered.

    Among them the messages about sosik itself, such as source alarms: their numbers begin with n.
    """
    from crawler.cli.names import refuse_unknown
    from pipelines.store.alert_book import alert_lines, notice_lines

    with session.open_to_read() as store, store.reading() as connection:
        refuse_unknown(session, connection, topic=topic)
        found: list[AlertLine | NoticeLine] = [
            *alert_lines(connection, limit=limit + 1, topic=topic or "", state=state or ""),
            *(notice_lines(connection, limit=limit + 1, state=state or "") if not topic else ()),
        ]
    newest = sorted(found, key=lambda each: each.born_at, reverse=True)[:limit]
    for each in newest:
        click.echo(json.dumps(_row(each, session.say), ensure_ascii=False) if as_json else _entry(each, session.say))
    if not newest:
        click.echo(session.say("alerts.none"), err=as_json)
    if len(found) > limit and not as_json:
        click.echo(session.say("archive.more", limit=limit), err=True)


@alerts.command(short_help="One alert with its deliveries.")
@click.argument("alert", type=message)
@click.pass_obj
def show(session: Session, alert: Message) -> None:
    """One alert, each delivery with its state, and the message as it reads now.

    ALERT is a number as `sosik alerts list` shows it, such as 12, or n3 of a message about sosik itself.
    """
    from crawler.sending import letterheads
    from pipelines.store.alert_book import delivery_lines

    with session.open_to_read() as store, store.reading() as connection:
        click.echo(_entry(_found(connection, alert), session.say))
        of = {"notice_id": alert.id} if alert.is_notice else {"alert_id": alert.id}
        for line in delivery_lines(connection, **of):
            click.echo(_line(line, session))
        click.echo(f"\n{_letter(connection, alert, letterheads(session.config)('')).text}")


@alerts.command(short_help="Send what is due now.")
@click.pass_obj
def send(session: Session) -> None:
    """One round of sending, as the daemon does it. Exit status 1 when something could not be sent; the reason is printed."""
    from crawler.outbox import is_sending
    from crawler.sending import send_due
    from pipelines.alerts.card import moment
    from pipelines.store.pauses import resting_channels
    from pipelines.wording.deliveries import why_in_words

    with session.open_store() as store:
        with _told_in_sentences():
            report = send_due(store, session.config, clock.now(), patience_s=None)
        rests = resting_channels(store, clock.now())
        if report:
            _tell(report, session, besides={rest.pause.trouble for rest in rests})
        elif not rests:
            click.echo(session.say("alerts.busy" if is_sending(store.path) else "alerts.nothing_due"))
    for rest in rests:
        when, trouble = moment(rest.pause.until, session.say), why_in_words(rest.pause.trouble, session.say)
        click.echo(session.say("alerts.rests", channel=rest.channel, count=rest.waiting, when=when, trouble=trouble),
                   err=bool(report))
    if report.troubles or rests:
        sys.exit(1)


@alerts.command(short_help="Try again what was given up or waits.")
@click.argument("alert", type=message, nargs=-1)
@click.pass_obj
def retry(session: Session, alert: tuple[Message, ...]) -> None:
    """Make deliveries due again that are given up or wait for another try: those of these alerts (12) and messages about sosik
    itself (n3), or all."""
    from pipelines.store.alert_book import revive

    with session.open_store() as store, store.transaction() as connection:
        for each in alert:
            _found(connection, each)
        count = revive(
            connection, clock.now(), alerts=[each.id for each in alert if not each.is_notice],
            notices=[each.id for each in alert if each.is_notice],
        )
    click.echo(session.say("alerts.revived" if count else "alerts.nothing_to_retry", count=count))


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
        try:
            count = (alert_book.unmute if undo else alert_book.mute)(connection, story, clock.now())
        except LookupError as error:
            raise UserError(f"{error}. `sosik stories` shows the numbers.") from error
    key = "alerts.not_muted" if count is None else "alerts.unmuted" if undo else "alerts.muted"
    click.echo(session.say(key, story=story, count=count))


@alerts.command(short_help="How a message looks, without sending it.")
@click.argument("alert", type=message, required=False)
@click.option("--html", "html", type=click.Path(path_type=Path), help="Write the HTML part to this file.")
@click.option("--eml", "eml", type=click.Path(path_type=Path), help="Write the whole mail to this file.")
@click.pass_obj
def preview(session: Session, alert: Message | None, html: Path | None, eml: Path | None) -> None:
    """How the message of ALERT looks (12, or n3 of one about sosik itself), or that of the newest alert. Nothing is sent."""
    from crawler.policy import alert_policy
    from crawler.sending import letterheads
    from pipelines.alerts.compose import mail
    from pipelines.store.alert_book import alert_lines

    with session.open_to_read() as store, store.reading() as connection:
        if alert:
            _found(connection, alert)
        elif newest := alert_lines(connection, limit=1):
            alert = Message(newest[0].alert_id)
        else:
            raise UserError("there is no alert yet: nothing matched, or all of it was silent")
        reader = next((r.address for r in alert_policy(session.config).recipients if r.channel == "mail"), "")
        head = letterheads(session.config)(reader)
        letter = _letter(connection, alert, head)
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
    from pipelines.wording.deliveries import why_in_words

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
                head = letterheads(config)(address)
                kept = channels[channel].send(trial_letter(head, clock.now()), head, address)
                kept_in = config.sosik.data_dir / kept
                click.echo(say("alerts.test_kept" if kept else "alerts.test_sent", recipient=address, kept=kept_in))
            except DeliveryError as error:
                told = why_in_words(str(error), say)
                click.echo(told if address in told else f"{address}: {told}", err=True)
                are_all_well = False
    return are_all_well


def _found(connection: sqlite3.Connection, message: Message) -> AlertLine | NoticeLine:
    from pipelines.store.alert_book import alert_lines, notice_lines

    lines: tuple[AlertLine | NoticeLine, ...] = (
        notice_lines(connection, limit=1, notice_id=message.id) if message.is_notice
        else alert_lines(connection, limit=1, alert_id=message.id)
    )  # fmt: skip
    if not lines:
        raise UserError(f"there is no alert {message}. `sosik alerts list` shows the numbers.")
    return lines[0]


def _letter(connection: sqlite3.Connection, message: Message, head: Letterhead) -> Letter:
    from pipelines.alerts.letters import alert_letter, notice_letter
    from pipelines.store.telling import notice, telling

    if message.is_notice:
        return notice_letter(notice(connection, message.id), head)
    return alert_letter(telling(connection, message.id), head)


def _row(entry: AlertLine | NoticeLine, say: Wording) -> dict[str, object]:
    """The entry as JSON gives it: of an alert, or of a message about sosik itself."""
    from pipelines.alerts.notice_words import notice_words
    from pipelines.store.alert_book import NoticeLine

    states = {state: int(count) for state, count in (each.split(":") for each in entry.states.split())}
    if isinstance(entry, NoticeLine):
        subject = notice_words(entry.notice, say).subject
        return {"notice": entry.notice.notice_id, "subject": subject, "born_at": clock.stored(entry.born_at), "states": states}
    return {
        "alert": entry.alert_id, "kind": entry.kind, "headline": entry.title, "press": entry.press, "topic": entry.topic,
        "story": entry.story_id, "article": entry.article_id, "is_silent": entry.is_silent,
        "born_at": clock.stored(entry.born_at), "states": states,
    }


def _entry(entry: AlertLine | NoticeLine, say: Wording) -> str:
    from crawler.cli.source_reports import padded
    from pipelines.alerts.card import moment
    from pipelines.alerts.notice_words import notice_words
    from pipelines.alerts.text import cut, one_line
    from pipelines.store.alert_book import NoticeLine

    when = padded(moment(entry.born_at, say), WHEN_COLUMNS)
    states = ", ".join(
        f"{say(f'alerts.state_{state}')} {count}" for state, count in (each.split(":") for each in entry.states.split())
    )
    if isinstance(entry, NoticeLine):
        return say(
            "alerts.notice_entry", notice=str(Message(entry.notice.notice_id, is_notice=True)), when=when,
            subject=one_line(notice_words(entry.notice, say).subject), states=states or say("alerts.no_delivery"),
        )
    return say(
        "alerts.entry", alert=entry.alert_id, when=when, headline=cut(one_line(entry.title), 60),
        press=one_line(entry.press) or say("alerts.press_unknown"), topic=one_line(entry.topic), story=entry.story_id,
        states=states or say("alerts.silent" if entry.is_silent else "alerts.no_delivery"),
    )


def _line(line: DeliveryLine, session: Session) -> str:
    from pipelines.alerts.card import moment
    from pipelines.alerts.text import one_line
    from pipelines.wording.deliveries import why_in_words

    say = session.say
    if line.trouble and line.state is State.SENT:  # a mail that is kept as a file; rows of earlier days hold its whole path
        note = str(session.config.sosik.data_dir / line.trouble)
    else:
        note = why_in_words(line.trouble, say)
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
    from pipelines.wording.deliveries import why_in_words

    say, config = session.say, session.config
    click.echo(say("alerts.sent", sent=report.sent, later=report.later, unknown=report.unknown, dead=report.dead))
    if report.kept:
        click.echo(say("alerts.kept_in", folder=config.sosik.data_dir / "outbox"))
    for trouble in (each for each in report.troubles if each not in besides):
        click.echo(f"sosik: {why_in_words(trouble, say)}", err=True)


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}") from error
