"""Stories in memory: what the database does with candidates and verdicts, in a few lines and without its speed."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta

from pipelines.article import Article
from pipelines.stories import (
    COPY_WINDOW,
    EVENT_WINDOW,
    MIN_SHARED_CUES,
    MIN_SHARED_SHINGLES,
    decide,
    filed,
    fingerprint,
)
from pipelines.story import Candidate, Filed, Verdict


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
        found = set(self.by_text[print_.text_hash])
        found |= self._sharing(self.by_shingle, print_.shingles, MIN_SHARED_SHINGLES, new, COPY_WINDOW)
        found |= self._sharing(self.by_cue, print_.cues, MIN_SHARED_CUES, new, EVENT_WINDOW)
        return [Candidate(article_id=n, story_id=self.story[n], filed=self.filed[n]) for n in sorted(found)]

    def _sharing(
        self, index: dict[int, list[int]], hashes: tuple[int, ...], least: int, new: Filed, window: timedelta
    ) -> set[int]:
        counted = Counter(number for each in hashes for number in index[each])
        return {n for n, count in counted.items() if count >= least and abs(self.filed[n].at - new.at) <= window}

    def groups(self) -> set[frozenset[int]]:
        members: dict[int, set[int]] = defaultdict(set)
        for number, story in enumerate(self.story):
            members[story].add(number)
        return {frozenset(group) for group in members.values()}
