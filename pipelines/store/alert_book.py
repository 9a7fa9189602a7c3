"""The ledger as its owner looks at it: alerts and notices with how they were delivered; trying again; muting. SQL only."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipelines.clock import loaded, stored
from pipelines.delivery import MUTED, TRIED, WAITING, State, listed
from pipelines.store.outbox import FAMILY
from pipelines.store.pauses import end_pauses
from pipelines.store.telling import Notice, notice

DAY = timedelta(days=1)
STILL_NEWS = {"instant": DAY, "daily": DAY, "weekly": 7 * DAY}  # for so long an alert that a mute dropped is told; chosen by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """One alert on one line."""

    alert_id: int
    story_id: int
    article_id: int
    kind: str
    topic: str
    title: str
    press: str
    born_at: datetime
    is_silent: bool
    states: str  # "sent:2 retry:1"; "" without a delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLine:
    """One message about sosik itself."""

    notice: Notice
    states: str  # as of an alert

    @property
    def born_at(self) -> datetime:
        return self.notice.born_at


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryLine:
    delivery_id: int
    channel: str
    recipient: str
    mode: str
    state: State
    tries: int
    next_try_at: datetime
    sent_at: datetime | None
    trouble: str


def alert_lines(
    connection: sqlite3.Connection, *, limit: int, topic: str = "", state: str = "", alert_id: int | None = None
) -> tuple[AlertLine, ...]:
    """The newest alerts first; with a state, those with a delivery in it."""
    rows = connection.execute(
        """SELECT alert.id, alert.story_id, article.id, alert.kind, topic, article.title, article.press, born_at, is_silent,
             (SELECT group_concat(state || ':' || n, ' ') FROM
               (SELECT state, count(*) AS n FROM delivery WHERE alert_id = alert.id GROUP BY state ORDER BY state))
           FROM alert JOIN article ON article.id = alert.article_id
           WHERE (:topic = '' OR topic = :topic) AND (:alert_id IS NULL OR alert.id = :alert_id)
             AND (:state = '' OR EXISTS (SELECT 1 FROM delivery WHERE alert_id = alert.id AND state = :state))
           ORDER BY alert.id DESC LIMIT :limit""",
        {"topic": topic, "state": state, "alert_id": alert_id, "limit": limit},
    )
    return tuple(
        AlertLine(
            alert_id=alert, story_id=story, article_id=article, kind=kind, topic=name, title=title, press=press,
            born_at=loaded(born), is_silent=bool(silent), states=states or "",
        )
        for alert, story, article, kind, name, title, press, born, silent, states in rows
    )  # fmt: skip


def notice_lines(
    connection: sqlite3.Connection, *, limit: int, state: str = "", notice_id: int | None = None
) -> tuple[NoticeLine, ...]:
    """The newest notices first; with a state, those with a delivery in it."""
    rows = connection.execute(
        """SELECT id, (SELECT group_concat(state || ':' || n, ' ') FROM
               (SELECT state, count(*) AS n FROM delivery WHERE notice_id = notice.id GROUP BY state ORDER BY state))
           FROM notice WHERE (:notice_id IS NULL OR id = :notice_id)
             AND (:state = '' OR EXISTS (SELECT 1 FROM delivery WHERE notice_id = notice.id AND state = :state))
           ORDER BY id DESC LIMIT :limit""",
        {"state": state, "notice_id": notice_id, "limit": limit},
    ).fetchall()
    return tuple(NoticeLine(notice=notice(connection, each), states=states or "") for each, states in rows)


def delivery_lines(
    connection: sqlite3.Connection, *, alert_id: int | None = None, notice_id: int | None = None
) -> tuple[DeliveryLine, ...]:
    """Those of an alert, or of a notice."""
    rows = connection.execute(
        """SELECT id, channel, recipient, mode, state, tries, next_try_at, sent_at, trouble FROM delivery
           WHERE alert_id = ? OR notice_id = ? ORDER BY id""",
        (alert_id, notice_id),
    )
    return tuple(
        DeliveryLine(
            delivery_id=line, channel=channel, recipient=recipient, mode=mode, state=State(state), tries=tries,
            next_try_at=loaded(next_try), sent_at=loaded(sent) if sent else None, trouble=trouble,
        )
        for line, channel, recipient, mode, state, tries, next_try, sent, trouble in rows
    )  # fmt: skip


def revive(connection: sqlite3.Connection, now: datetime, *, alerts: Sequence[int] = (), notices: Sequence[int] = ()) -> int:
    """Deliveries that are dead or wait for another try are due now, with a fresh count of tries; those of these alerts and
    notices, by id, or without any all of them.

    A digest goes again as a whole. Channels that rest are tried again, too.
    """
    end_pauses(connection)
    chosen = {"alerts": json.dumps(alerts), "notices": json.dumps(notices), "all": not alerts and not notices, "now": stored(now)}
    return connection.execute(
        f"""UPDATE delivery SET state = CASE state WHEN '{State.UNKNOWN}' THEN state ELSE '{State.RETRY}' END, tries = 0,
             first_tried_at = NULL, next_try_at = :now
           WHERE state IN {listed((State.DEAD, *TRIED))} AND (:all OR alert_id IN (SELECT value FROM json_each(:alerts))
             OR notice_id IN (SELECT value FROM json_each(:notices))
             OR digest_id IN (SELECT digest_id FROM delivery WHERE alert_id IN (SELECT value FROM json_each(:alerts))))""",
        chosen,
    ).rowcount


def mute(connection: sqlite3.Connection, story_id: int, now: datetime) -> int:
    """No more of this story; what still waits is dropped. How many deliveries that were. Raises LookupError."""
    if connection.execute("SELECT 1 FROM story WHERE id = ?", (story_id,)).fetchone() is None:
        raise LookupError(f"there is no story {story_id}")
    connection.execute("INSERT OR IGNORE INTO mute (story_id, muted_at) VALUES (?, ?)", (story_id, stored(now)))
    connection.execute(
        FAMILY
        + f"""UPDATE delivery SET state = '{State.DROPPED}', trouble = :muted, digest_id = NULL
             WHERE state IN {listed((State.HELD, *WAITING))}
               AND alert_id IN (SELECT alert.id FROM alert JOIN family ON alert.story_id = family.id)""",
        {"story_id": story_id, "muted": MUTED},
    )
    return _changed(connection)


def unmute(connection: sqlite3.Connection, story_id: int, now: datetime) -> int | None:
    """Tell of the story again, and of those joined with it; how many dropped deliveries wait again. None: it was not muted.

    What the mute dropped waits again while it is news; a digest that went without it is followed by another.
    """
    connection.execute(FAMILY + "DELETE FROM mute WHERE story_id IN (SELECT id FROM family)", {"story_id": story_id})
    if not _changed(connection):
        return None
    dropped = connection.execute(
        FAMILY
        + f"""SELECT delivery.id, mode, tries, next_try_at, born_at FROM delivery JOIN alert ON alert.id = alert_id
             JOIN family ON alert.story_id = family.id WHERE state = '{State.DROPPED}' AND trouble = :muted""",
        {"story_id": story_id, "muted": MUTED},
    ).fetchall()
    waiting: list[tuple[State, str, int]] = []
    for line, mode, tries, due, born in dropped:
        if now - loaded(born) > STILL_NEWS[mode]:
            continue
        if mode == "instant":
            waiting.append((State.RETRY if tries else State.PENDING, stored(now), line))
        else:
            waiting.append((State.HELD, due if loaded(due) > now else stored(loaded(due) + STILL_NEWS[mode]), line))
    connection.executemany("UPDATE delivery SET state = ?, next_try_at = ?, trouble = '' WHERE id = ?", waiting)
    return len(waiting)


def _changed(connection: sqlite3.Connection) -> int:
    """How many rows the last statement changed; the cursor does not count behind a WITH."""
    (count,) = connection.execute("SELECT changes()").fetchone()
    return int(count)
