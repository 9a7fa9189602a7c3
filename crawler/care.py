"""The daily backup. When none can be made, the readers hear of it once, and it is tried again until there is one."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

from pipelines.alerts.birth import AlertPolicy
from pipelines.alerts.notices import give_notice
from pipelines.errors import StoreError
from pipelines.store.backup import back_up
from pipelines.store.beats import BACKUP, beat, last_beat
from pipelines.store.database import Store
from pipelines.store.tally import totals
from pipelines.wording import Wording

logger = logging.getLogger(__name__)


def back_up_or_tell(store: Store, policy: AlertPolicy, say: Wording, *, keep: int, now: datetime) -> Path | None:
    """The new backup; None where none is wanted or could be made, or nothing is stored. The beat BACKUP holds why, "" when all is
    well."""
    if not keep:
        beat(store, BACKUP, "", now)
        return None
    if not totals(store).articles:
        return None
    before = last_beat(store, BACKUP)
    try:
        return back_up(store, now=now, keep=keep)
    except StoreError as error:
        logger.error("backup=skipped why=%s", error)
        with store.transaction() as connection:
            if not (before and before.value):
                body = say("health.no_backup", reason=error)
                give_notice(connection, subject=say("health.subject", source=say("health.backup")), body=body,
                            policy=policy, now=now)
            beat(store, BACKUP, str(error), now)
        return None


def is_owed(store: Store) -> bool:
    """Whether the last backup that was due could not be made, or there was nothing to put into a first one."""
    last = last_beat(store, BACKUP)
    return last is None or bool(last.value)
