"""The states of a delivery, and the groups of them that the ledger, its reports and its tests ask for. A noun; knows nothing.

    pending ─┬→ sending → sent
    held ────┘      ├→ retry → sending …        refused for now
                    ├→ unknown → sending …      may have arrived: goes again with the same Message-ID
                    └→ dead                     refused for good, or for three days
    held: waits for its digest, of a day, a week or a storm, which holds what was pending
    dropped: muted, withdrawn, told by a later report, or nobody wants it any more
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class State(StrEnum):
    """As the table `delivery` holds them."""

    PENDING = "pending"
    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    RETRY = "retry"
    UNKNOWN = "unknown"
    DEAD = "dead"
    DROPPED = "dropped"


# Why deliveries are dropped, as the ledger notes it; pipelines.wording.deliveries has the words
MUTED = "muted"  # unmuting looks for this one
WITHDRAWN = "withdrawn"
OVERTAKEN = "overtaken"
UNWANTED = "unwanted"
INTERRUPTED = "interrupted"  # not dropped: goes again

SETTLED = (State.SENT, State.DEAD, State.DROPPED)  # wait for nothing
WAITING = (State.PENDING, State.RETRY, State.UNKNOWN)  # go out when their time has come
TRIED = (State.RETRY, State.UNKNOWN)  # were out once, and go again


def listed(states: Iterable[State]) -> str:
    """`('sent', 'dead')`: for SQL. No state holds a quote."""
    return "(" + ", ".join(f"'{state}'" for state in states) + ")"


IS_OPEN = f"state NOT IN {listed(SETTLED)}"  # word for word as the schema's indexes say it: SQLite proves it of no `state IN (…)`
