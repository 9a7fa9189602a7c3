"""A message about sosik itself → rows that are delivered as alerts are. Sends nothing."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from pipelines.alerts.enqueue import message_id
from pipelines.alerts.policy import AlertPolicy
from pipelines.clock import stored
from pipelines.store.notices import Facts, NoticeKind, add_notice, address_notice, facts_written


def give_notice(
    connection: sqlite3.Connection,
    kind: NoticeKind,
    facts: Facts,
    *,
    policy: AlertPolicy,
    now: datetime,
    thread_id: int | None = None,
) -> int:
    """The notice's id. It goes once to each address on each channel, whatever topics its reader wants. Inside a transaction."""
    identity = message_id(policy.domain, "notice", kind, facts_written(facts), stored(now))
    notice_id = add_notice(connection, kind=kind, facts=facts, message_id=identity, thread_id=thread_id, now=now)
    address_notice(connection, notice_id, dict.fromkeys((r.channel, r.address) for r in policy.recipients), now)
    return notice_id
