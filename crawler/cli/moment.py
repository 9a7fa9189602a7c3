"""A point in time as a user types it: `24h`, `7d`, `2025-02-03`, `2025-02-03T14:00`. Without a zone it is Korean time.

Used as click types: `@click.option("--since", type=since)`.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

import click

from pipelines import clock

SPANS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def since(text: str) -> datetime:
    """A day alone is its first second."""
    return _moment(text, time.min)


def until(text: str) -> datetime:
    """A day alone is its last second."""
    return _moment(text, time(23, 59, 59))


def _moment(text: str, of_day: time) -> datetime:
    text = text.strip()
    try:
        if span := re.fullmatch(r"(\d{1,5})([mhdw])", text):
            return clock.now() - int(span[1]) * SPANS[span[2]]
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise click.BadParameter(f"{text!r} is no time; write 24h, 7d, 2025-02-03 or 2025-02-03T14:00") from error
    if len(text) <= len("2025-02-03"):
        moment = datetime.combine(moment, of_day)
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.KST)
