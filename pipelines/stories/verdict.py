"""Where a new article belongs: its links to all known articles of the same story, the closest first.

Pure. All links are kept, not the best alone: that is what makes stories the same whatever the order of arrival.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from pipelines.stories.comparing import relate
from pipelines.story import Candidate, Filed, Link, Relation, Verdict

# An update of one's own report says more than the copies of that report which lie around it.
CLOSENESS = (Relation.UPDATE, Relation.COPY, Relation.SAME_EVENT, Relation.CORRECTION)


def decide(filed: Filed, candidates: Sequence[Candidate], *, ignored: AbstractSet[int] = frozenset()) -> Verdict:
    """Compare with every candidate. `ignored`: shingles known as boilerplate of the article's press."""
    found = [(candidate, relate(filed, candidate.filed, ignored=ignored)) for candidate in candidates]
    found = [(candidate, said) for candidate, said in found if said.relation is not Relation.DIFFERENT]
    found.sort(key=lambda pair: (CLOSENESS.index(pair[1].relation), -pair[1].containment, -pair[1].likeness, pair[0].article_id))
    return Verdict(
        links=tuple(
            Link(
                article_id=candidate.article_id, story_id=candidate.story_id, relation=said.relation,
                containment=said.containment, reasons=said.reasons,
            )
            for candidate, said in found
        )
    )
