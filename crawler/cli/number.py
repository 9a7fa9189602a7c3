"""The number of a story, an article or an alert, as lists show it.

Used as click type: `@click.argument("story_id", type=number)`.
"""

from __future__ import annotations

import click

GREATEST = 2**63 - 1  # of an INTEGER in SQLite


def number(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text[:20]) <= GREATEST:
        raise click.BadParameter(f"{text!r} is no number; write one as the lists show it, such as 12")
    return int(text)
