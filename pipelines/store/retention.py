"""Stories that no topic matched go when their time is over: articles, revisions, look-up rows and pages. Addresses stay, so that
nothing of it is fetched, stored or told again.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime

from pipelines.clock import stored
from pipelines.store.articles import unindex
from pipelines.store.candidates import drop_probes, filed_article
from pipelines.store.database import Store

AT_ONCE = 50  # stories in one transaction: a tenth of a second

# A story and all that were joined into it, by the id that is put in
WITH_JOINED = """WITH RECURSIVE family (id) AS (
  SELECT {} UNION SELECT other.id FROM story AS other JOIN family ON other.joined_into = family.id) SELECT id FROM family"""
# Since earlier versions an alert may refer to a story though the article that it tells was split off (pipelines.store.by_hand)
UNWANTED = f"""SELECT id FROM story WHERE joined_into IS NULL AND last_seen_at < :before AND NOT EXISTS (
  SELECT 1 FROM article AS a WHERE story_id = story.id AND (
    EXISTS (SELECT 1 FROM match WHERE article_id = a.id AND level = 'match')
    OR EXISTS (SELECT 1 FROM alert WHERE article_id = a.id)
    OR EXISTS (SELECT 1 FROM judgement WHERE article_id = a.id)
    OR EXISTS (SELECT 1 FROM correction WHERE article_id = a.id OR corrects = a.id)))
  AND NOT EXISTS (SELECT 1 FROM alert WHERE story_id IN ({WITH_JOINED.format("story.id")}))
  ORDER BY last_seen_at LIMIT :limit"""


def drop_unmatched(store: Store, *, before: datetime) -> int:
    """Drop the stories whose last article came before this, unless an article of theirs matches, was told, judged, or is tied to
    another by a correction, or an alert was born in them; how many. In short steps: others may write between.
    """
    dropped = 0
    while True:
        with store.transaction() as connection:
            unwanted = connection.execute(UNWANTED, {"before": stored(before), "limit": AT_ONCE}).fetchall()
            for (story_id,) in unwanted:
                _drop(connection, story_id)
        dropped += len(unwanted)
        if len(unwanted) < AT_ONCE:
            return dropped


def _drop(connection: sqlite3.Connection, story_id: int) -> None:
    """The story with all that hangs on it, and the traces of those that were joined into it."""
    articles = [article_id for (article_id,) in connection.execute("SELECT id FROM article WHERE story_id = ?", (story_id,))]
    for article_id in articles:
        drop_probes(connection, article_id, filed_article(connection, article_id).filed)
        unindex(connection, article_id)
    family = json.dumps([each for (each,) in connection.execute(WITH_JOINED.format("?"), (story_id,))])
    for statement in (
        "DELETE FROM raw_page WHERE key IN (SELECT key FROM article WHERE id IN ({}))",
        "DELETE FROM revision WHERE article_id IN ({})",
        "DELETE FROM match WHERE article_id IN ({})",
        "UPDATE address SET article_id = NULL WHERE article_id IN ({})",
        "UPDATE article SET related_to = NULL WHERE related_to IN ({})",
        "UPDATE story SET canonical_article_id = NULL WHERE canonical_article_id IN ({})",
        "DELETE FROM article WHERE id IN ({})",
    ):
        connection.execute(statement.format("SELECT value FROM json_each(?)"), (json.dumps(articles),))
    for statement in (
        "DELETE FROM mute WHERE story_id IN ({})",
        "DELETE FROM story_apart WHERE story_id IN ({})",
        "DELETE FROM story_apart WHERE other_id IN ({})",
        "DELETE FROM story WHERE id IN ({})",
    ):
        connection.execute(statement.format("SELECT value FROM json_each(?)"), (family,))
