"""A topic as typed in --topic. When nothing was found under it, a name that nobody knows is a mistake, not an empty result."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from crawler.cli.context import Session
from pipelines.errors import UserError
from pipelines.tomlfile import suggestion


def refuse_unknown(session: Session, connection: sqlite3.Connection, topic: str | None) -> None:
    """To be asked when nothing was found. Raises UserError."""
    from pipelines.store.judgements import topics_with_matches

    watched = (Path(name).stem for name in session.config.sosik.topics)
    known = list(dict.fromkeys((*watched, *topics_with_matches(connection))))
    if topic and topic not in known:
        raise UserError(f'there is no topic "{topic}"{suggestion(topic, known)} (known: {", ".join(known)})')
