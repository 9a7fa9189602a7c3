"""Why a message was not handed over: how the ledger notes it, and in words. Pure.

A reason of ours is noted as its key (`muted`), with what fills it in (`webhook-silent {"host": "…"}`), so that it
is told in either language. What a server said is noted as it was said, and shown so.
"""

from __future__ import annotations

import json

from pipelines.wording import Wording, texts


def noted(why: str, **facts: str | float) -> str:
    """The reason `why-…` of alerts.toml, as the ledger keeps it."""
    return f"{why} {json.dumps(facts, ensure_ascii=False)}" if facts else why


def why_in_words(note: str, say: Wording) -> str:
    """A note, told; what has no words of its own as it is."""
    why, _, filling = note.partition(" ")
    if f"why-{why}" not in texts("alerts"):
        return note
    try:
        return say(f"alerts.why-{why}", **json.loads(filling or "{}"))
    except (ValueError, KeyError):  # a server's words that begin like one of ours
        return note
