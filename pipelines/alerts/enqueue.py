"""A matched article → alert and delivery rows, inside the transaction that records the article. Sends nothing.

A story is told once for each topic. Later copies change nothing here: how many there are is counted when the message is
composed. An update is told, in the same thread, when it states facts that no earlier article of the story had. A story that was
stored silently is told, as a new one, by the first report of it that states such facts.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

from pipelines.alerts.news import news
from pipelines.alerts.policy import AlertPolicy, Mode, Recipient, is_old
from pipelines.clock import stored
from pipelines.delivery import State
from pipelines.store import outbox
from pipelines.store.outbox import Trigger
from pipelines.story import Relation

LATE = timedelta(days=1)  # for so long a reader whose wishes only a later copy meets hears of the story; chosen by hand


def enqueue_alerts(
    connection: sqlite3.Connection,
    *,
    story_id: int,
    topic: str,
    article_id: int,
    relation: Relation | None,
    policy: AlertPolicy,
    now: datetime,
) -> int:
    """How many alerts were born that will be told: 0 or 1.

    Call inside the recording transaction, after the rows of story, article and match, for matches that the policy tells: those
    of level MATCH, mentions when `tells_mentions`.
    `relation` is the article's to the closest one of its story; None when it opened the story, or is an edit of what it was.
    """
    if outbox.is_muted(connection, story_id):
        return 0
    trigger = outbox.trigger(connection, article_id=article_id, topic=topic)
    is_silent = trigger.is_silent or policy.is_silent or is_old(trigger, policy)
    thread = outbox.thread_of(connection, story_id=story_id, topic=topic)
    told: tuple[str, ...] = ()
    if thread is not None:
        if is_silent:
            return 0
        if not thread.is_silent and now - thread.born_at < LATE:
            known = outbox.readers_told(connection, story_id=story_id, topic=topic)
            others = tuple(r for r in policy.recipients if (r.channel, r.address) not in known)
            _address(connection, thread.alert_id, trigger, others, now)
            outbox.wake(connection, thread.alert_id, now)
        goes_on = relation is Relation.UPDATE or (thread.is_silent and relation is Relation.SAME_EVENT)
        if not goes_on or outbox.is_overtaken(connection, thread_id=thread.alert_id, article_id=article_id):
            return 0
        told = news(*outbox.texts(connection, story_id=story_id, article_id=article_id))
        if not told:
            return 0
        if thread.is_silent:
            thread, told = None, ()  # to its readers all of it is new
    alert_id = outbox.add_alert(
        connection,
        story_id=story_id, topic=topic, article_id=article_id, subject=subject(trigger), news=told, is_silent=is_silent, now=now,
        thread_id=thread.alert_id if thread else None,
        message_id=message_id(policy.domain, "alert", trigger.key, topic, str(story_id), stored(now)),
    )
    if is_silent:
        return 0
    _address(connection, alert_id, trigger, policy.recipients, now)
    return 1


def subject(trigger: Trigger) -> str:
    """The headline with its stage and press: `[속보] 제목 (연합뉴스)`. Not yet fit for a header: see `header_text`."""
    stage = f"[{trigger.stage}] " if trigger.stage and trigger.stage not in trigger.title else ""
    press = f" ({trigger.press})" if trigger.press else ""
    return f"{stage}{trigger.title}{press}"


def message_id(domain: str, *parts: str) -> str:
    """`<sosik.…@domain>`: fixed when the alert is born, so that a message sent twice can be told to be one."""
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
    return f"<sosik.{digest[:32]}@{domain}>"


def _address(
    connection: sqlite3.Connection, alert_id: int, trigger: Trigger, recipients: Sequence[Recipient], now: datetime
) -> None:
    """One delivery for each recipient, channel and mode that wants it."""
    for recipient in recipients:
        if not recipient.wants(trigger):
            continue
        if recipient.mode is not Mode.DIGEST:
            outbox.add_delivery(
                connection, alert_id=alert_id, channel=recipient.channel, recipient=recipient.address,
                mode="instant", state=State.PENDING, due=now,
            )
        if recipient.mode is not Mode.INSTANT:
            outbox.add_delivery(
                connection, alert_id=alert_id, channel=recipient.channel, recipient=recipient.address,
                mode=recipient.digest.rhythm, state=State.HELD, due=recipient.digest.next_after(now),
            )
