"""Stories split and joined by hand, and how that sticks: what the user split is never joined again by a verdict."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pipelines.clock import stored
from pipelines.errors import UserError
from pipelines.store.filing import move_articles, open_story, refresh
from pipelines.story import Relation, Verdict


def split(connection: sqlite3.Connection, story_id: int, article_ids: Sequence[int], *, now: datetime) -> int:
    """Take articles, with the alerts that tell them, out of a story into one of their own, whose id it gives back. Raises
    UserError. Call in a transaction."""
    story_id = living(connection, story_id)
    held = {article_id for (article_id,) in connection.execute("SELECT id FROM article WHERE story_id = ?", (story_id,))}
    if strangers := [str(article_id) for article_id in article_ids if article_id not in held]:
        raise UserError(f"story {story_id} has no article {', '.join(strangers)}. Its articles: sosik show {story_id}")
    taken = sorted(set(article_ids))
    if len(taken) == len(held):
        raise UserError(f"story {story_id} has no other articles: nothing would be left of it. Name fewer articles.")
    (title,) = connection.execute("SELECT title FROM article WHERE id = ?", (taken[0],)).fetchone()
    new_id = open_story(connection, title, now=now)
    connection.executemany("UPDATE article SET story_id = ? WHERE id = ?", [(new_id, article_id) for article_id in taken])
    _take_alerts(connection, taken, new_id, now)
    connection.execute(  # a relation across the two stories no longer holds
        """UPDATE article SET relation = '', related_to = NULL, containment = 0, reasons = '[]'
           WHERE story_id IN (:old, :new) AND related_to IN (SELECT other.id FROM article AS other
             WHERE other.story_id IN (:old, :new) AND other.story_id <> article.story_id)""", {"old": story_id, "new": new_id})
    apart = {story_id, *(other for pair in _living_apart(connection) if story_id in pair for other in pair)}
    connection.executemany(  # also from what the old story was split from before
        "INSERT INTO story_apart (story_id, other_id, split_at) VALUES (?, ?, ?)",
        [(each, new_id, stored(now)) for each in apart])
    refresh(connection, story_id)
    refresh(connection, new_id)
    return new_id


def join(connection: sqlite3.Connection, story_id: int, other_id: int) -> int:
    """Make two stories one, though they were split before; the id of the one that stays. Raises UserError."""
    keep, other = living(connection, story_id), living(connection, other_id)
    if keep == other:
        raise UserError(f"{story_id} and {other_id} are one story already ({keep}).")
    for one, two in _apart(connection):
        if {living(connection, one), living(connection, two)} == {keep, other}:
            connection.execute("DELETE FROM story_apart WHERE story_id = ? AND other_id = ?", (one, two))
    move_articles(connection, keep, other)
    refresh(connection, keep)
    return keep


def living(connection: sqlite3.Connection, story_id: int) -> int:
    """The story that this one is now: itself, or what it was joined into. Raises UserError."""
    while True:
        row = connection.execute("SELECT joined_into FROM story WHERE id = ?", (story_id,)).fetchone()
        if row is None:
            raise UserError(f"there is no story {story_id}. List them: sosik stories")
        if row[0] is None:
            return story_id
        story_id = row[0]


def as_allowed(connection: sqlite3.Connection, verdict: Verdict, own: int | None = None) -> Verdict:
    """The verdict without the links that would join what the user split. `own`: the story that the article is in already.

    Of two stories kept apart, the closer one wins.
    """
    pairs = _living_apart(connection)
    if not pairs:
        return verdict
    taken = [] if own is None else [own]
    kept = []
    for link in verdict.links:
        if link.relation is not Relation.CORRECTION:
            if any(frozenset((link.story_id, story_id)) in pairs for story_id in taken):
                continue
            taken.append(link.story_id)
        kept.append(link)
    return replace(verdict, links=tuple(kept))


def _take_alerts(connection: sqlite3.Connection, article_ids: Sequence[int], story_id: int, now: datetime) -> None:
    """Bring the alerts that tell these articles into their story: what was told is not told again.

    A story has one first alert on a topic. A second one, of a time when there were two stories, has a story of its own that
    counts as joined into this one.
    """
    ids = json.dumps(article_ids)
    connection.execute(
        "UPDATE OR IGNORE alert SET story_id = ? WHERE article_id IN (SELECT value FROM json_each(?))", (story_id, ids))
    left = connection.execute(
        "SELECT id, subject FROM alert WHERE article_id IN (SELECT value FROM json_each(?)) AND story_id <> ?", (ids, story_id))
    for alert_id, headline in left.fetchall():
        own = open_story(connection, headline, now=now)
        move_articles(connection, story_id, own)
        connection.execute("UPDATE alert SET story_id = ? WHERE id = ?", (own, alert_id))


def _living_apart(connection: sqlite3.Connection) -> set[frozenset[int]]:
    """The stories that the user split, in pairs, as they are now."""
    return {frozenset((living(connection, one), living(connection, two))) for one, two in _apart(connection)}


def _apart(connection: sqlite3.Connection) -> list[tuple[int, int]]:
    return connection.execute("SELECT story_id, other_id FROM story_apart").fetchall()
