"""Cards → the message: headers, plain text and HTML. Pure: no clock, no network, no disk but the shipped templates.

Whatever a page says, a message has exactly the headers written here. HTML is escaped by the template engine, links are http,
https or mailto, nothing is loaded from elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from importlib.resources import files
from secrets import token_hex

from jinja2 import Environment, FunctionLoader, StrictUndefined

from pipelines.alerts.card import Card, Letterhead, mailto
from pipelines.alerts.text import encoded_header, header_text, one_line
from pipelines.clock import KST

SEVEN_BIT = policy.SMTP.clone(cte_type="7bit")  # no server needs 8BITMIME or SMTPUTF8 to take it
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message before it has the form of a mail, a chat line or JSON."""

    message_id: str
    at: datetime
    subject: str
    topics: tuple[str, ...]
    text: str
    html: str
    thread_ids: tuple[str, ...] = ()  # Message-IDs that it answers, the first one first
    cards: tuple[Card, ...] = ()  # the stories it tells


def render(name: str, *, head: Letterhead, title: str, **values: object) -> tuple[str, str]:
    """(plain text, HTML) of the templates of that name."""
    shown = {"say": head.say, "title": one_line(title), "unsubscribe": mailto(head.answers_to, "unsubscribe"), **values}
    plain = environment().get_template(f"{name}.txt.jinja").render(shown)
    html = environment().get_template(f"{name}.html.jinja").render(shown)
    return re.sub(r"\n{3,}", "\n\n", plain).strip() + "\n", html


def mail(letter: Letter, head: Letterhead, recipient: str) -> EmailMessage:
    """The letter as a mail to one reader, all of it ASCII on the wire."""
    message = EmailMessage(policy=SEVEN_BIT)
    message["From"] = Address(display_name="sosik", addr_spec=head.sender)
    message["To"] = Address(addr_spec=recipient)
    if head.reply_to:
        message["Reply-To"] = Address(addr_spec=head.reply_to)
    message.set_raw("Subject", encoded_header(letter.subject))
    message["Date"] = format_datetime(letter.at.astimezone(KST))
    message.set_raw("Message-ID", letter.message_id)
    if letter.thread_ids:
        message.set_raw("In-Reply-To", letter.thread_ids[-1])
        message.set_raw("References", "\r\n ".join(letter.thread_ids))
    domain = head.sender.rpartition("@")[2]
    message.set_raw("List-Id", f"<{list_name(letter.topics)}.sosik.{domain}>")
    message.set_raw("List-Unsubscribe", f"<{mailto(head.answers_to, 'unsubscribe')}>")
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office note answers it
    message["Precedence"] = "bulk"
    message.set_content(_body(letter.text))
    message.add_alternative(_body(letter.html), subtype="html")
    message.set_boundary(f"=_{token_hex(16)}")  # else the generator compiles, and re keeps, a pattern for each mail
    return message


def list_name(topics: Sequence[str]) -> str:
    """A dot-atom for List-Id, by which mail programs sort into folders."""
    name = re.sub(r"[^a-z0-9-]+", "-", header_text(topics[0]).lower()).strip("-") if len(topics) == 1 else ""
    return name[:60] or "alerts"


@cache
def environment() -> Environment:
    """Templates of ours only; no text of a page or user is ever a template."""
    folder = files("pipelines.alerts") / "templates"
    return Environment(
        loader=FunctionLoader(lambda name: folder.joinpath(name).read_text(encoding="utf-8")),
        autoescape=lambda name: bool(name and name.endswith(".html.jinja")),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )


def _body(text: str) -> str:
    """Text that any mail program can show: no controls but newlines, no surrogates."""
    return CONTROLS.sub("", text.replace("\u2028", " ").replace("\u2029", " ").replace("\x85", " "))
