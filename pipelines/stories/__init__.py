"""Which story an article belongs to. Pure: no database, no network; runs in milliseconds.

    print_ = fingerprint(article)                  # in the worker
    new = filed(article, print_, now)              # in the transaction
    verdict = decide(new, candidates, now)         # candidates as below

Candidates are all stored articles that meet one of these, each with its shingles and cues loaded:
  - `text_hash` equal, published or first seen within COPY_WINDOW
  - at least MIN_SHARED_SHINGLES of `fingerprint.shingles` in common, within COPY_WINDOW
  - at least MIN_SHARED_CUES of `fingerprint.cues` in common, within EVENT_WINDOW
Of more than CANDIDATES_MAX of one kind, take those with the most in common. With 3 cues in common instead of 2, 3 of 100
joined pairs of the feeds are not found (measured); with fewer than 40 candidates by cues, big stories fall apart in two.
"""

from pipelines.stories.comparing import COPY_WINDOW, EVENT_WINDOW, Comparison, relate
from pipelines.stories.prints import filed, fingerprint
from pipelines.stories.verdict import decide

MIN_SHARED_SHINGLES = 4
MIN_SHARED_CUES = 2
CANDIDATES_MAX = 100

__all__ = [
    "CANDIDATES_MAX", "COPY_WINDOW", "EVENT_WINDOW", "MIN_SHARED_CUES", "MIN_SHARED_SHINGLES", "Comparison", "decide", "filed",
    "fingerprint", "relate",
]
