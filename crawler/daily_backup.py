"""The daily backup. When none can be made, the readers hear of it once, and it is tried again until there is one."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

from pipelines.alerts.notices import give_notice
from pipelines.alerts.policy import AlertPolicy
from pipelines.errors import DiskFull, StoreBusy, StoreDamaged, StoreError, StoreUnwritable
from pipelines.store.backup import back_up
from pipelines.store.beats import BACKUP, beat, last_beat
from pipelines.store.database import Store
from pipelines.store.notices import NoticeKind, last_of
from pipelines.store.tally import totals

logger = logging.getLogger(__name__)

# by consequence, as pipelines/wording/health.toml words them; the log has the whole story
REASONS = {DiskFull: "disk-full", StoreDamaged: "damaged", StoreUnwritable: "unwritable", StoreBusy: "busy"}


def back_up_or_tell(store: Store, policy: AlertPolicy, *, keep: int, now: datetime) -> Path | None:
    """The new backup; None where none is wanted or could be made, or nothing is stored. The beat BACKUP holds why, "" when all is
    well. The readers hear of the first failure, and of its end."""
    if not keep:
        beat(store, BACKUP, "", now)
        return None
    if not totals(store).articles:
        return None
    before = last_beat(store, BACKUP)
    try:
        made = back_up(store, now=now, keep=keep)
    except StoreError as error:
        logger.error("backup=skipped why=%s", error)
        why = REASONS.get(type(error), "other")
        with store.transaction() as connection:
            if not (before and before.value):
                give_notice(connection, NoticeKind.BACKUP, {"why": why}, policy=policy, now=now)
            beat(store, BACKUP, why, now)
        return None
    with store.transaction() as connection:
        told = last_of(connection, NoticeKind.BACKUP)
        if told > last_of(connection, NoticeKind.BACKUP_OVER):  # a backup by hand may have ended it before
            give_notice(connection, NoticeKind.BACKUP_OVER, {}, policy=policy, now=now, thread_id=told)
    return made


def is_owed(store: Store) -> bool:
    """Whether the last backup that was due could not be made, or there was nothing to put into a first one."""
    last = last_beat(store, BACKUP)
    return last is None or bool(last.value)
