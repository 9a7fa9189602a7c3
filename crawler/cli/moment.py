"""A point in time as a user types it: `24h`, `7d`, `2025-02-03`, `2025-02-03T14:00`. Without a zone it is Korean time.

Every --since and --until of sosik is read here, so that all commands take the same forms.

Used as click types: `@click.option("--since", type=since)`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

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
        if len(text) <= len("2025-02-03"):
            moment = datetime.combine(moment, of_day)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=clock.KST)
        moment.astimezone(UTC)  # fails on the first hours of year 1, which no store could hold
    except (ValueError, OverflowError) as error:
        raise click.BadParameter(f"{text!r} is no time; write 24h, 7d, 2025-02-03 or 2025-02-03T14:00") from error
    return moment


def in_order(since: datetime | None, until: datetime | None) -> None:
    """Raises UsageError when there can be nothing between the two."""
    if since and until and since > until:
        raise click.UsageError("--since is later than --until: nothing can lie between them")


def korean_day(moment: datetime | None) -> date | None:
    """The day of a moment in Korea, where the day of an article is meant."""
    return moment.astimezone(clock.KST).date() if moment else None
