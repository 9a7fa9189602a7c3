"""The number of a story, an article, an alert or a message about sosik itself, as lists show it.

Used as click types: `@click.argument("story_id", type=number)`, `@click.argument("message", type=message)`.
"""

from __future__ import annotations

from dataclasses import dataclass

import click

GREATEST = 2**63 - 1  # of an INTEGER in SQLite
NOTICE = "n"  # before the number of a message about sosik itself: alerts are counted apart


@dataclass(frozen=True, slots=True)
class Message:
    """An alert, or a notice."""

    id: int
    is_notice: bool = False

    def __str__(self) -> str:
        return f"{NOTICE}{self.id}" if self.is_notice else str(self.id)


def number(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text[:20]) <= GREATEST:
        raise click.BadParameter(f"{text!r} is no number; write one as the lists show it, such as 12")
    return int(text)


def message(text: str) -> Message:
    """`12` is an alert, `n12` a notice."""
    return Message(number(text.removeprefix(NOTICE)), is_notice=text.startswith(NOTICE))
