"""When a source is crawled: by its own times, by a fixed interval, or as often as it publishes; less often in trouble. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from hashlib import blake2b

from apscheduler.triggers.cron import CronTrigger

from pipelines.clock import KST, stored
from pipelines.outcome import SHUT_OUT_STATUSES

INTERVAL_MIN_S, INTERVAL_MAX_S = 60, 24 * 3600
INTERVAL_FIRST_S = 600  # of a source that has never been crawled
NEW_AIM = 2.0  # new links that a poll should bring: fewer wastes requests, more is late; chosen by hand
WINDOW_SHARE_MAX = 0.5  # of a feed's entries may turn over between two polls before some are missed; chosen by hand
OUR_LINE = frozenset({"dns", "no-connection", "timeout", "network", "host-paused", "robots-unreachable"})
OUR_LINE_MAX_S = 3600  # chosen by hand
CRON_SPREAD_S = 60  # sources with the same cron begin within a minute of each other, each always at its own second
DENIED = "denied"  # trouble of a source that announces articles and gives out none of them
# troubles of a site that does not want us; we obey
SHUT_OUT = frozenset({"challenge", DENIED, *(f"http-{status}" for status in SHUT_OUT_STATUSES)})
DENIED_MIN = 5  # pages denied in one crawl that brought none: the same number opens a host's breaker. Chosen by hand
RESUMED_AFTER = timedelta(seconds=20)  # from the start of a crawl that was killed: not at once, for it may be killed each time
STEP_MAX = 4.0  # how much an interval changes at once; chosen by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When a source is to be crawled: at the times of `cron`, else every `interval_s`; 0 adapts to what it publishes."""

    source: str
    interval_s: int = 0
    cron: str = ""  # as in crontab(5), in Korean time
    hours: tuple[time, time] | None = None  # only then, in Korean time; may reach over midnight


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one crawl of a source brought."""

    links: int = 0  # announced
    new_links: int = 0
    answers: int = 0  # polls that were answered, a 304 included
    pages: int = 0  # of articles, that came
    denied: int = 0  # articles whose page was denied: 401, 403 and the like
    trouble: str = ""  # of the source as a whole: no address answered
    is_back_fill: bool = False  # says nothing of how often the source publishes, nor that its present has been seen

    @property
    def fault(self) -> str:
        """`trouble`, or DENIED."""
        return self.trouble or (DENIED if self.denied >= DENIED_MIN and not self.pages else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is on record of a source's crawls."""

    began: datetime | None = None  # the last one; None: there was none
    due: datetime | None = None  # the next one, as its end wrote
    trouble: str = ""
    was_killed: bool = False  # the last one did not come to its end


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Turn:
    """When a source is to be crawled next."""

    due: datetime
    early: datetime  # from then on it comes along with a source that is due: one process for both


def next_turn(rhythm: Rhythm, past: Past, now: datetime, *, jitter: float = 0.0) -> Turn:
    """`now` or earlier means now.

    With `jitter`, a crawl by an interval comes earlier by up to that share of it, each time by another one; beside another
    source, by up to twice as much. A due time further ahead than any of ours is a clock that was set back while the source was
    crawled.
    """
    due = _due(rhythm, past, now)
    if rhythm.cron or past.began is None or past.was_killed or due <= past.began:
        return Turn(due=due, early=due)
    slack = (due - past.began) * jitter
    return Turn(due=due - slack * _lot(f"{rhythm.source} {stored(past.began)}"), early=due - 2 * slack)


def _due(rhythm: Rhythm, past: Past, now: datetime) -> datetime:
    if past.began is None or past.began > now:  # never crawled, or the clock was set back
        return now
    due = min(past.due or now, past.began + timedelta(seconds=INTERVAL_MAX_S))
    is_shut_out = past.trouble in SHUT_OUT
    if past.was_killed and not is_shut_out:
        return past.began + RESUMED_AFTER
    held = max(past.began, due) if is_shut_out else past.began  # no wish of ours outweighs the site's
    if rhythm.cron:
        return next_cron(rhythm.cron, held) + timedelta(seconds=CRON_SPREAD_S * _lot(rhythm.source))
    return max(held, past.began + timedelta(seconds=rhythm.interval_s)) if rhythm.interval_s else due


def is_open(hours: tuple[time, time] | None, now: datetime) -> bool:
    """Whether `now` lies in these Korean hours; always without any."""
    if hours is None:
        return True
    (start, end), clock = hours, now.astimezone(KST).time()
    return start <= clock < end if start <= end else clock >= start or clock < end


def next_interval(interval_s: float, run: Run, *, elapsed_s: float | None) -> int:
    """Seconds between two crawls of a source, from what the last one brought; between a minute and a day.

    `elapsed_s`: since the last crawl that was answered, None for the first.
    """
    if elapsed_s is None or elapsed_s <= 0:
        return _clamped(interval_s)
    if not run.new_links:
        return _clamped(interval_s * 1.5 if elapsed_s >= interval_s / 2 else interval_s)  # asked early: that proves nothing
    aim_s = elapsed_s * NEW_AIM / run.new_links
    if run.links:
        window_s = elapsed_s * run.links / run.new_links  # how long an entry stays announced, at this rate
        aim_s = min(aim_s, window_s * WINDOW_SHARE_MAX)
    blended = (interval_s * aim_s) ** 0.5  # half the way, in proportion: one burst is no new habit
    return _clamped(min(max(blended, interval_s / STEP_MAX), interval_s * STEP_MAX))


def back_off(interval_s: int, failures: int, trouble: str) -> int:
    """Seconds until a source is crawled again after so many failures in a row: ever longer, and never given up. What may be
    the fault of our own line is tried again within the hour. The source's rhythm is kept for when it answers again.
    """
    longest = OUR_LINE_MAX_S if trouble in OUR_LINE else INTERVAL_MAX_S
    return _clamped(min(interval_s * 2 ** min(failures, 20), max(longest, interval_s))) if failures else interval_s


def _clamped(seconds: float) -> int:
    return int(min(max(seconds, INTERVAL_MIN_S), INTERVAL_MAX_S))


def _lot(ticket: str) -> float:
    """From 0 to below 1, as good as by lot, and the same at each look and after a restart."""
    return int.from_bytes(blake2b(ticket.encode(), digest_size=4).digest()) / 2**32


def next_cron(cron: str, last: datetime) -> datetime:
    """The first time after the last crawl. Raises ValueError for what is no cron."""
    found = cron_trigger(cron).get_next_fire_time(None, last + timedelta(seconds=1))
    assert isinstance(found, datetime)
    return found


@lru_cache(maxsize=256)
def cron_trigger(cron: str) -> CronTrigger:
    """Raises ValueError. Every month: APScheduler looks for the 30th of February until the year 9999."""
    if cron.split()[3:4] != ["*"]:
        raise ValueError("the month must be *")
    return CronTrigger.from_crontab(cron, timezone=KST)
