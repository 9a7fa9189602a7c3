"""Stories in memory: what the database does with candidates and verdicts, in a few lines and without its speed."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime

from pipelines.article import Article
from pipelines.stories import (
    CANDIDATES_MAX, COPY_WINDOW, EVENT_WINDOW, MIN_SHARED_CUES, MIN_SHARED_SHINGLES, decide, filed, fingerprint,
)
from pipelines.story import Candidate, Filed, Relation, Verdict


class Shelf:
    """Articles come one by one; links to several stories join them."""

    def __init__(self) -> None:
        self.filed: list[Filed] = []
        self.story: list[int] = []
        self.verdicts: list[Verdict] = []
        self.by_text: dict[str, list[int]] = defaultdict(list)
        self.by_shingle: dict[int, list[int]] = defaultdict(list)
        self.by_cue: dict[int, list[int]] = defaultdict(list)

    def add(self, article: Article, now: datetime) -> Verdict:
        new = filed(article, fingerprint(article), now)
        verdict = decide(new, self.candidates(new), now)
        number = len(self.filed)
        self.filed.append(new)
        self.verdicts.append(verdict)
        self.story.append(verdict.story_ids[0] if verdict.story_ids else number)
        for joined in verdict.story_ids[1:]:
            self.story = [self.story[number] if s == joined else s for s in self.story]
        self.by_text[new.fingerprint.text_hash].append(number)
        for shingle in new.fingerprint.shingles:
            self.by_shingle[shingle].append(number)
        for cue in new.fingerprint.cues:
            self.by_cue[cue].append(number)
        return verdict

    def candidates(self, new: Filed) -> list[Candidate]:
        print_ = new.fingerprint
        shingles = Counter(n for s in print_.shingles for n in self.by_shingle[s])
        cues = Counter(n for c in print_.cues for n in self.by_cue[c])
        found = set(self.by_text[print_.text_hash])
        found |= {n for n, c in shingles.most_common(CANDIDATES_MAX) if c >= MIN_SHARED_SHINGLES and self._near(n, new, COPY_WINDOW)}
        found |= {n for n, c in cues.most_common() if c >= MIN_SHARED_CUES and self._near(n, new, EVENT_WINDOW)}
        return [Candidate(article_id=n, story_id=self.story[n], filed=self.filed[n]) for n in sorted(found)]

    def _near(self, number, new, window):
        return abs(self.filed[number].at - new.at) <= window

    def groups(self) -> set[frozenset[int]]:
        members: dict[int, set[int]] = defaultdict(set)
        for number, story in enumerate(self.story):
            members[story].add(number)
        return {frozenset(group) for group in members.values()}
