"""Which story an article belongs to. Pure: no database, no network; runs in milliseconds.

    print_ = fingerprint(article)                  # in the worker
    new = filed(article, print_, now)              # in the transaction
    verdict = decide(new, candidates)              # candidates as below

Candidates are stored articles worth comparing with, each with its shingles and cues: those with the same `text_hash`, those that
share shingles within COPY_WINDOW, those that share cues within EVENT_WINDOW. pipelines.store.candidates looks them up, and
says how many hashes they must share and how many are taken.
"""

from pipelines.stories.comparing import COPY_WINDOW, EVENT_WINDOW, Comparison, relate
from pipelines.stories.prints import filed, fingerprint
from pipelines.stories.verdict import decide

__all__ = ["COPY_WINDOW", "EVENT_WINDOW", "Comparison", "decide", "filed", "fingerprint", "relate"]
