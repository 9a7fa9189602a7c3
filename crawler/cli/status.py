"""`sosik status`: how it goes; exit status 1 when something needs a look."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from crawler.cli.context import Session
from crawler.lock import is_held
from pipelines import clock
from pipelines.errors import UserError
from pipelines.store.room import FREE_BYTES_MIN, free_bytes
from pipelines.wording import Wording

if TYPE_CHECKING:
    from crawler.config import Config
    from pipelines.store.database import Store

BEAT_LOST = timedelta(minutes=3)  # six missed heartbeats; systemd's watchdog in deploy/ has the same patience
PAUSES_SHOWN = 5
FAILED_SHOWN = 5
STUCK = timedelta(hours=1)
DEAD_TOLD = timedelta(days=7)  # an alert given up is red for so long; chosen by hand


@click.command(short_help="How it goes; exit status 1 when something needs a look.")
@click.option("--quiet", "-q", is_flag=True, help="Print only what is wrong.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@click.option("--alive", is_flag=True, help="Only whether a daemon runs: exit status 1 without a heartbeat. For health checks.")
@click.pass_obj
def status(session: Session, quiet: bool, as_json: bool, alive: bool) -> None:
    """Show the daemon, the archive, the last 24 hours, and what needs a look."""
    say = session.say
    if not session.database_path.exists():
        click.echo(json.dumps({"database": None, "wrong": []}) if as_json else say("status.none", path=session.database_path))
        sys.exit(1 if alive else 0)
    if alive:
        with session.open_to_read() as store:
            click.echo(daemon_line(store, say, clock.now()))
            sys.exit(0 if is_alive(store, clock.now()) else 1)
    with session.open_to_read() as store:
        wrong, facts = list(complaints(store, say, clock.now())), report(store, clock.now())
        if not is_alive(store, clock.now()):  # no alarm is raised of what single crawls meet
            wrong += unwatched_complaints(store, session.config, say)
        lines = [] if quiet or as_json else list(overview(store, say, clock.now()))
    if as_json:
        click.echo(json.dumps({**facts, "wrong": wrong}, ensure_ascii=False, default=clock.stored))
    for line in dict.fromkeys([*lines, *wrong]) if not as_json else []:  # a daemon that died is both told and wrong
        click.echo(line)
    if not wrong and not quiet and not as_json:
        click.echo(say("status.well"))
    sys.exit(1 if wrong else 0)


def overview(store: Store, say: Wording, now: datetime) -> Iterator[str]:
    """The state in lines."""
    from crawler.cli.source_reports import ago
    from pipelines.store.hosts import paused_hosts
    from pipelines.store.pauses import resting_channels
    from pipelines.store.tally import tally_since, totals
    from pipelines.wording.deliveries import why_in_words
    from pipelines.wording.troubles import in_words

    size = store.path.stat().st_size
    yield say("status.database", path=store.path, size=amount(size))
    yield daemon_line(store, say, now)
    figures = totals(store)
    yield say("status.totals", articles=figures.articles, stories=figures.stories, matches=figures.matches)
    if figures.newest_article_at:
        yield say("status.newest", ago=ago(figures.newest_article_at, say, now))
    yield say("status.waiting", waiting=figures.waiting, deliveries=figures.deliveries_waiting)
    for pause in paused_hosts(store, now.timestamp())[:PAUSES_SHOWN]:
        until = f"{datetime.fromtimestamp(pause.until_epoch, clock.KST):%m-%d %H:%M}"
        yield say("status.paused", host=pause.host, reason=in_words(pause.trouble, say), failures=pause.failures, until=until)
    for rest in resting_channels(store, now):
        until = f"{rest.pause.until.astimezone(clock.KST):%m-%d %H:%M}"
        reason = why_in_words(rest.pause.trouble, say)
        yield say("status.resting", channel=rest.channel, count=rest.waiting, reason=reason, until=until)
    counts: Counter[str] = Counter()
    for tally in tally_since(store, now - timedelta(days=1)):
        counts[tally.outcome] += tally.count
    if counts:
        yield say("status.day", counts=" · ".join(f"{say(f'crawl.outcome-{o}')} {n}" for o, n in counts.most_common()))


def daemon_line(store: Store, say: Wording, now: datetime) -> str:
    from crawler.cli.source_reports import ago
    from pipelines.store.beats import DAEMON, last_beat

    beat = last_beat(store, DAEMON)
    if beat is None or not beat.value:
        return say("status.daemon-off")
    if is_alive(store, now):
        name = "status.daemon-alive"
    else:
        name = "status.daemon-died" if is_held(store.path) is False else "status.daemon-lost"
    return say(name, pid=beat.value, ago=ago(beat.at, say, now))


def is_alive(store: Store, now: datetime) -> bool:
    """Whether a daemon holds the database and has written its heartbeat; one from the future is from before the clock was set."""
    from pipelines.store.beats import DAEMON, last_beat

    beat = last_beat(store, DAEMON)
    return bool(beat and beat.value and is_held(store.path) is not False and abs(now - beat.at) <= BEAT_LOST)


def complaints(store: Store, say: Wording, now: datetime) -> Iterator[str]:
    """What needs a look, one line each."""
    from crawler.cli.source_reports import ago
    from pipelines.alerts.notice_words import alarm_name, alarm_reason, backup_reason
    from pipelines.store.alarms import open_alarms
    from pipelines.store.beats import BACKUP, DAEMON, FILES, PAUSED, failing_jobs, last_beat
    from pipelines.store.pauses import resting_channels
    from pipelines.store.tally import dead_since, oldest_waiting
    from pipelines.wording.deliveries import why_in_words
    from pipelines.wording.spans import span

    if (backup := last_beat(store, BACKUP)) and backup.value:
        yield say("status.no_backup", reason=backup_reason(backup.value, say))
    beat = last_beat(store, DAEMON)
    is_running = is_alive(store, now)
    if beat and beat.value and not is_running:
        yield daemon_line(store, say, now)
    if is_running and (files := last_beat(store, FILES)) and files.value:
        yield say("status.refused", reason=files.value)
    if is_running and (paused := last_beat(store, PAUSED)) and paused.value:
        yield say("status.crawl-paused", ago=ago(paused.at, say, now))
    for job, failure in failing_jobs(store) if is_running else ():
        yield say("status.failing", job=say(f"status.job-{job}"), ago=ago(failure.at, say, now), reason=failure.value)
    for alarm in open_alarms(store):
        reason = alarm.reason if alarm.facts is None else alarm_reason(alarm.kind, alarm.facts, say)
        source = alarm_name(alarm.source, alarm.facts or {}, say)
        yield say("status.alarm", source=source, reason=reason, ago=ago(alarm.raised_at, say, now))
    if dead := dead_since(store, now - DEAD_TOLD):
        yield say("status.dead", count=dead)
    unset = [rest for rest in resting_channels(store, now) if rest.pause.is_unset]
    for rest in unset:
        yield say("status.unset", channel=rest.channel, count=rest.waiting, reason=why_in_words(rest.pause.trouble, say))
    waiting = oldest_waiting(store, now)
    if waiting and now - waiting.since > STUCK and waiting.trouble not in {rest.pause.trouble for rest in unset}:
        why = say("status.stuck-why", reason=why_in_words(waiting.trouble, say)) if waiting.trouble else ""
        yield say("status.stuck", ago=span(now - waiting.since, say), why=why)


def unwatched_complaints(store: Store, config: Config, say: Wording) -> Iterator[str]:
    """What a daemon would tell of: a disk that is nearly full, and sources whose last crawl failed."""
    from crawler.sources import load_catalogue
    from pipelines.store.alarms import open_alarms
    from pipelines.store.poll_reports import source_states
    from pipelines.wording.troubles import in_words

    if (free := free_bytes(store.path.parent)) < FREE_BYTES_MIN:
        yield say("status.low-disk", free=amount(free))
    states, told = source_states(store), {alarm.source for alarm in open_alarms(store)}
    try:
        sources = load_catalogue(config).enabled
    except UserError as error:
        yield str(error)
        return
    failed = [each for each in sources if each.name in states and states[each.name].trouble and each.name not in told]
    for source in failed[:FAILED_SHOWN]:
        reason = in_words(states[source.name].trouble, say)
        yield say("status.failed", source=source.press_name, name=source.name, reason=reason)
    if len(failed) > FAILED_SHOWN:
        yield say("status.failed-more", count=len(failed) - FAILED_SHOWN)


def report(store: Store, now: datetime) -> dict[str, object]:
    """The figures for `--json`."""
    from pipelines.store.beats import DAEMON, last_beat
    from pipelines.store.tally import tally_since, totals

    beat = last_beat(store, DAEMON)
    return {
        "database": str(store.path),
        "daemon": {"pid": beat.value, "heard_at": beat.at} if beat and beat.value else None,
        **asdict(totals(store)),
        "last_24h": [asdict(tally) for tally in tally_since(store, now - timedelta(days=1))],
    }


def amount(size_bytes: int) -> str:
    """`1.2 GB`"""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if size_bytes >= size:
            return f"{size_bytes / size:.1f} {unit}"
    return f"{size_bytes} B"
