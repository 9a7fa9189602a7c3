"""An Atom feed of each topic's alerts, written as a file when there is something new."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pipelines.alerts.card import Letterhead, card
from pipelines.alerts.wire import atom, feed_name
from pipelines.disk import write_shared
from pipelines.store import telling
from pipelines.store.beats import beat, last_beat
from pipelines.store.database import Store

ENTRIES = 50  # what feed readers fetch at once; chosen by hand


def write_feeds(store: Store, folder: Path, head: Letterhead, now: datetime, *, home: Path) -> int:
    """How many feeds were written, outside of `home`, the data folder, for every user to read. A feed whose newest alert is known
    to have been written is left alone."""
    written = 0
    with store.reading() as connection:
        newest_alerts = telling.newest_alerts(connection)
    for topic, newest in newest_alerts.items():
        path, mark = folder / feed_name(topic), last_beat(store, f"feed {topic}")
        if mark and mark.value == str(newest) and path.exists():
            continue
        with store.reading() as connection:
            tellings = [telling.telling(connection, each) for each in telling.last_alerts(connection, topic, ENTRIES)]
        entries = [(told.message_id, told.born_at, card(told, head)) for told in tellings]
        write_shared(path, atom(topic, head.label(topic), entries), home=home)
        beat(store, f"feed {topic}", str(newest), now)
        written += 1
    return written
