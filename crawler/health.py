"""What the figures of the sources mean: which alarms are due. Pure; the daemon and `sosik status` act on it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median

from pipelines.store.alarms import Alarm, AlarmKind
from pipelines.store.health import SourceHealth

QUIET_AT_LEAST = timedelta(hours=12)  # no source is called silent sooner: papers sleep. Chosen by hand
GAP_TIMES = 2  # its own longest gap of four weeks, doubled. Chosen by hand
TRIED_AT_LEAST = 10  # fewer tries or articles say nothing
SUSPECT_SHARE = 0.5
VOLUME_LOW, VOLUME_HIGH = 0.2, 5.0  # of the median of the same weekdays. Chosen by hand
VOLUME_USUAL_AT_LEAST = 20
VOLUME_WATCHED = timedelta(days=1)  # the span that is counted
STOPPED_AFTER = timedelta(hours=3)  # no poll of any source worked


def due_alarms(healths: Iterable[SourceHealth], since: datetime, now: datetime) -> tuple[Alarm, ...]:
    """Everything that is wrong now. When nothing at all comes in, that one alarm stands for all the silent sources.

    `since`: when we began to watch without a gap. A daemon that was off, or a machine that slept, proves nothing of a source.
    """
    healths = tuple(healths)
    alarms = [alarm for health in healths for alarm in _of_source(health, since, now)]
    successes = [h.last_success_at for h in healths if h.last_success_at]
    if successes and (quiet := now - max(since, *successes)) > STOPPED_AFTER:
        alarms = [a for a in alarms if a.kind is not AlarmKind.SILENT]
        alarms.append(Alarm(source="", kind=AlarmKind.STOPPED, facts={"quiet_s": int(quiet.total_seconds())}))
    return tuple(alarms)


def _of_source(health: SourceHealth, since: datetime, now: datetime) -> Iterable[Alarm]:
    def alarm(kind: AlarmKind, **facts: int) -> Alarm:
        return Alarm(source=health.source, kind=kind, facts=facts)

    if health.is_robots_closed:
        yield alarm(AlarmKind.ROBOTS)
        return
    if health.last_article_at and health.longest_gap is not None:
        quiet, allowed = now - max(since, health.last_article_at), max(QUIET_AT_LEAST, GAP_TIMES * health.longest_gap)
        if quiet > allowed:
            yield alarm(AlarmKind.SILENT, quiet_s=int(quiet.total_seconds()), usual_s=int(health.longest_gap.total_seconds()))
            return
    if health.tried >= TRIED_AT_LEAST and not health.has_article:
        yield alarm(AlarmKind.NO_ARTICLES, read=health.tried)
    if health.fresh >= TRIED_AT_LEAST and health.suspect > SUSPECT_SHARE * health.fresh:
        yield alarm(AlarmKind.NO_BODIES, suspect=health.suspect, fresh=health.fresh)
    if now - since < VOLUME_WATCHED or not health.is_watched:
        return
    usual = median(health.usual) if len(health.usual) >= 2 else 0
    if usual >= VOLUME_USUAL_AT_LEAST and not VOLUME_LOW * usual <= health.fresh <= VOLUME_HIGH * usual:
        yield alarm(AlarmKind.VOLUME, fresh=health.fresh, usual=int(usual))
