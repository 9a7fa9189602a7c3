"""When a reader is told: the hours of a digest, and quiet hours. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

SEOUL = "Asia/Seoul"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestTimes:
    """Every day, or on one weekday, at a time of the zone's clock."""

    at: time = time(8, 0)
    weekday: int | None = None  # 0 is Monday; None: every day
    zone: str = SEOUL

    @property
    def rhythm(self) -> Literal["daily", "weekly"]:
        return "daily" if self.weekday is None else "weekly"

    def next_after(self, moment: datetime) -> datetime:
        """The first such time strictly after `moment`, in UTC. A time that a clock change skips falls an hour later."""
        local = moment.astimezone(ZoneInfo(self.zone))
        for ahead in range(9):
            day = local.date() + timedelta(days=ahead)
            found = datetime.combine(day, self.at, tzinfo=ZoneInfo(self.zone)).astimezone(UTC)
            if found > moment and self.weekday in (None, day.weekday()):
                return found
        raise AssertionError("every weekday comes within eight days")


DAILY = DigestTimes()


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """From one time of day to another, over midnight when `start` is the later one."""

    start: time
    end: time
    zone: str = SEOUL

    def until(self, moment: datetime) -> datetime | None:
        """When the quiet that holds at `moment` ends, in UTC; None when it does not hold."""
        local = moment.astimezone(ZoneInfo(self.zone))
        clock = local.time()
        is_over_midnight = self.start > self.end
        is_quiet = (clock >= self.start or clock < self.end) if is_over_midnight else self.start <= clock < self.end
        if not is_quiet:
            return None
        day = local.date() + timedelta(days=1 if is_over_midnight and clock >= self.start else 0)
        return datetime.combine(day, self.end, tzinfo=ZoneInfo(self.zone)).astimezone(UTC)


def read_time(text: str) -> time:
    """`08:30` → time. Raises ValueError."""
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text.strip())
    if not found:
        raise ValueError(f'"{text}" is no time of day; write it as 08:30')
    return time(int(found[1]), int(found[2]))


def read_span(text: str) -> tuple[time, time]:
    """`22:00-07:00` → its two times. Raises ValueError."""
    start, dash, end = text.partition("-")
    if not dash:
        raise ValueError(f'"{text}" is no span of time; write it as 22:00-07:00')
    if read_time(start) == read_time(end):
        raise ValueError(f'"{text}" is empty or the whole day; write it as 22:00-07:00')
    return read_time(start), read_time(end)
