"""Articles recorded one after another into a database of their own, as crawls do it, and the stories they make."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path
from types import TracebackType
from typing import Self

from pipelines.alerts.policy import AlertPolicy
from pipelines.article import Article, Hint, Page
from pipelines.clock import now
from pipelines.reading import Reading, Receipt, Understood
from pipelines.record import record
from pipelines.store.database import open_store
from pipelines.stories import fingerprint


class Shelf:
    """Use as a context manager. Articles are numbered from 1 as they come."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.store = open_store(Path(self._folder.name) / "sosik.db")
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.store.close()
        self._folder.cleanup()

    def add(self, article: Article) -> Receipt:
        self.count += 1
        url, at = f"https://news.example/{self.count}", now()
        page = Page(url=url, key=url, requested_url=url, requested_key=url, status=200, body=b"", content_type="text/html",
                    fetched_at=at, source="s", hint=Hint())
        read = Reading(page=page, result=Understood(article=article, fingerprint=fingerprint(article)))
        return record(self.store, read, now=at, policy=AlertPolicy(), keep_raw=False)

    def groups(self) -> set[frozenset[int]]:
        """The articles' numbers, by story."""
        members: dict[int, set[int]] = defaultdict(set)
        for article_id, story_id in self.store.db.execute("SELECT id, story_id FROM article"):
            members[story_id].add(article_id)
        return {frozenset(group) for group in members.values()}

    def corrections(self) -> list[tuple[int, int]]:
        """(notice, corrected article), by number."""
        return self.store.db.execute("SELECT article_id, corrects FROM correction").fetchall()

    def relation(self, number: int) -> tuple[str, int | None]:
        """What the article was to which other when it came."""
        (found,) = self.store.db.execute("SELECT relation, related_to FROM article WHERE id = ?", [number]).fetchall()
        return found
