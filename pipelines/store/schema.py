"""The tables, as append-only migrations. A migration that has been released is never edited: add the next one.

Times are TEXT as `pipelines.clock.stored` writes them, unless the name ends in `_epoch` (REAL, seconds since 1970, for pacing).
Lists and flags are JSON text. No reference is deferred: while one is open, SQLite looks through whole tables for its child.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from sqlite_utils import Database, Migrations

APPLICATION_ID = 0x736F736B  # "sosk": tells our files from other SQLite files

migrations = Migrations("sosik")


@migrations()
def m001_first(db: Database) -> None:
    db.conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    for statement in statements(FIRST):
        db.conn.execute(statement)


@migrations()
def m002_counts_and_hours(db: Database) -> None:
    for statement in statements(COUNTS_AND_HOURS):
        db.conn.execute(statement)
    for counted in COUNTED:
        for statement in counting(*counted):
            db.conn.execute(statement)
    db.conn.execute(f"INSERT INTO tally {RECOUNT}")


@migrations()
def m003_silent_stories_are_told(db: Database) -> None:
    for statement in statements(SILENT_STORIES_ARE_TOLD):
        db.conn.execute(statement)


@migrations()
def m004_notices_keep_what_happened(db: Database) -> None:
    for statement in statements(NOTICES_KEEP_WHAT_HAPPENED):
        db.conn.execute(statement)


@migrations()
def m005_what_refers_to_articles(db: Database) -> None:
    for statement in statements(WHAT_REFERS_TO_ARTICLES):
        db.conn.execute(statement)


@migrations()
def m006_reasons_are_keys(db: Database) -> None:
    for key, sentence in REASONS_IN_WORDS.items():
        db.conn.execute("UPDATE delivery SET trouble = ? WHERE state = 'dropped' AND trouble = ?", [key, sentence])


def counting(table: str, *key: str) -> Iterator[str]:
    """Triggers that keep a table's rows in `tally`, whoever writes. Insert and update apart: what a statement does on a conflict
    goes for its triggers, too (sqlite.org/lang_createtrigger.html).
    """
    new, old = (", ".join([f"'{table}'", *(each.format(row=row) for each in key)]) for row in ("new", "old"))
    added = f"""INSERT INTO tally {TALLY_KEY} SELECT {new} WHERE NOT EXISTS (SELECT 1 FROM tally WHERE {TALLY_KEY} = ({new}));
      UPDATE tally SET count = count + 1 WHERE {TALLY_KEY} = ({new});"""
    removed = f"UPDATE tally SET count = count - 1 WHERE {TALLY_KEY} = ({old});"
    yield f"CREATE TRIGGER {table}_counted AFTER INSERT ON {table} BEGIN {added} END"
    yield f"CREATE TRIGGER {table}_uncounted AFTER DELETE ON {table} BEGIN {removed} END"
    if new == old:
        return
    yield f"""CREATE TRIGGER {table}_recounted AFTER UPDATE ON {table}
      WHEN ({new}) <> ({old}) BEGIN {removed} {added} END"""


def statements(script: str) -> Iterator[str]:
    """The script's statements one by one: `executescript` would commit the migration's transaction before it runs."""
    lines: list[str] = []
    for line in script.splitlines():
        lines.append(line)
        if sqlite3.complete_statement("\n".join(lines)):
            yield "\n".join(lines)
            lines = []


FIRST = """
CREATE TABLE address (                 -- every URL ever met: the frontier and the outcomes
  key TEXT PRIMARY KEY,                -- identity (pipelines.urls)
  url TEXT NOT NULL,                   -- as it is requested
  source TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'retry', 'done')),
  outcome TEXT,                        -- pipelines.outcome.Outcome, NULL while pending
  reason TEXT NOT NULL DEFAULT '',
  article_id INTEGER REFERENCES article(id),
  tries INTEGER NOT NULL DEFAULT 0,    -- in vain, since a page came last
  visits INTEGER NOT NULL DEFAULT 0,   -- pages that came
  next_try_at TEXT,
  discovered_at TEXT NOT NULL,
  tried_at TEXT,
  hint_title TEXT,
  hint_summary TEXT,
  hint_published TEXT,
  is_silent INTEGER NOT NULL DEFAULT 0 -- found by a first crawl or a back-fill: its article is stored, not told
) STRICT, WITHOUT ROWID;
CREATE INDEX address_due ON address (source, state, next_try_at) WHERE state <> 'done';
CREATE INDEX address_tried ON address (tried_at);
CREATE INDEX address_silent ON address (article_id) WHERE is_silent = 1;  -- few; what they brought is no rhythm of a source
CREATE INDEX address_outcome ON address (source, outcome, reason);

CREATE TABLE story (
  id INTEGER PRIMARY KEY,
  canonical_article_id INTEGER REFERENCES article(id),
  headline TEXT NOT NULL,
  stage TEXT NOT NULL DEFAULT '',
  first_seen_at TEXT NOT NULL,
  last_seen_at TEXT NOT NULL,
  articles INTEGER NOT NULL DEFAULT 1,
  joined_into INTEGER REFERENCES story(id)   -- two stories found to be one: the trace stays
) STRICT;
CREATE INDEX story_last_seen ON story (last_seen_at) WHERE joined_into IS NULL;
CREATE INDEX story_joined ON story (joined_into) WHERE joined_into IS NOT NULL;

CREATE TABLE article (
  id INTEGER PRIMARY KEY,
  story_id INTEGER NOT NULL REFERENCES story(id),
  key TEXT NOT NULL UNIQUE REFERENCES address(key),
  url TEXT NOT NULL,
  canonical_url TEXT,
  source TEXT NOT NULL,
  press TEXT NOT NULL DEFAULT '',
  origin TEXT NOT NULL DEFAULT '',
  title TEXT NOT NULL,
  byline TEXT NOT NULL DEFAULT '{}',
  tags TEXT NOT NULL DEFAULT '[]',
  flags TEXT NOT NULL DEFAULT '[]',
  section TEXT,
  language TEXT NOT NULL DEFAULT 'ko',
  family TEXT NOT NULL DEFAULT '',
  published_at TEXT,
  published_evidence TEXT NOT NULL DEFAULT '',
  modified_at TEXT,
  first_seen_at TEXT NOT NULL,
  last_seen_at TEXT NOT NULL,
  withdrawn_at TEXT,
  stage TEXT NOT NULL DEFAULT '',
  is_correction INTEGER NOT NULL DEFAULT 0,
  text_hash TEXT NOT NULL,
  fingerprint TEXT NOT NULL,           -- JSON of pipelines.story.Fingerprint without text_hash, shingles and cues
  shingles BLOB NOT NULL DEFAULT x'',  -- as pipelines.store.packing writes numbers
  cues BLOB NOT NULL DEFAULT x'',      -- as shingles
  relation TEXT NOT NULL DEFAULT '',   -- to `related_to`: copy, update, same-event; '' opened the story
  related_to INTEGER REFERENCES article(id),
  containment REAL NOT NULL DEFAULT 0,
  reasons TEXT NOT NULL DEFAULT '[]',
  subtitle TEXT,                       -- from here on: what comparing never reads, so that it stays off the first page of a row
  captions TEXT NOT NULL DEFAULT '[]',
  images TEXT NOT NULL DEFAULT '[]',
  text TEXT NOT NULL                   -- paragraphs, one a line
) STRICT;
CREATE INDEX article_story ON article (story_id);
CREATE INDEX article_text_hash ON article (text_hash);
CREATE INDEX article_first_seen ON article (first_seen_at, source);
CREATE INDEX article_source ON article (source, first_seen_at);

CREATE TABLE revision (                -- what an article said before the publisher edited it
  id INTEGER PRIMARY KEY,
  article_id INTEGER NOT NULL REFERENCES article(id),
  title TEXT NOT NULL,
  subtitle TEXT,
  text TEXT NOT NULL,
  text_hash TEXT NOT NULL,
  seen_at TEXT NOT NULL,               -- first seen in this form
  replaced_at TEXT NOT NULL
) STRICT;
CREATE INDEX revision_article ON revision (article_id);

CREATE TABLE probe (                   -- looked up to find candidates: shingles (kind 0) and cues (kind 1)
  kind INTEGER NOT NULL,
  hash INTEGER NOT NULL,               -- the low 31 bits
  day INTEGER NOT NULL,                -- of publishing, else of the first sight; counted from 1970
  article_id INTEGER NOT NULL,
  PRIMARY KEY (kind, hash, day, article_id)
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE article_search USING fts5 (   -- rowid is article.id; filled with the terms of pipelines.store.terms
  title, lede, body, press, section, content = '', tokenize = 'ascii'
);

CREATE TABLE story_apart (             -- two stories that the user split: never joined again, whatever comes
  story_id INTEGER NOT NULL REFERENCES story(id),
  other_id INTEGER NOT NULL REFERENCES story(id),
  split_at TEXT NOT NULL,
  PRIMARY KEY (story_id, other_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE correction (              -- a correction notice and the article it corrects
  article_id INTEGER NOT NULL REFERENCES article(id),
  corrects INTEGER NOT NULL REFERENCES article(id),
  PRIMARY KEY (article_id, corrects)
) STRICT, WITHOUT ROWID;
CREATE INDEX correction_corrected ON correction (corrects);

CREATE TABLE match (
  article_id INTEGER NOT NULL REFERENCES article(id),
  topic TEXT NOT NULL,
  level TEXT NOT NULL CHECK (level IN ('match', 'mention')),
  score REAL NOT NULL,
  subtopics TEXT NOT NULL DEFAULT '[]',
  sentence TEXT NOT NULL DEFAULT '',
  evidence TEXT NOT NULL DEFAULT '[]', -- JSON of pipelines.match.Evidence
  matched_at TEXT NOT NULL,
  PRIMARY KEY (topic, article_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX match_article ON match (article_id, level);

CREATE TABLE judgement (               -- what the user said of a match
  article_id INTEGER NOT NULL REFERENCES article(id),
  topic TEXT NOT NULL,
  is_right INTEGER NOT NULL CHECK (is_right IN (0, 1)),
  judged_at TEXT NOT NULL,
  PRIMARY KEY (topic, article_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE alert (                   -- one per story and topic, and one more for each update that brings new facts
  id INTEGER PRIMARY KEY,
  story_id INTEGER NOT NULL REFERENCES story(id),
  topic TEXT NOT NULL,
  article_id INTEGER NOT NULL REFERENCES article(id),   -- the article that set it off
  kind TEXT NOT NULL DEFAULT 'new' CHECK (kind IN ('new', 'update')),
  subject TEXT NOT NULL,               -- as it was when the alert was born: a thread keeps the subject of its first
  message_id TEXT NOT NULL UNIQUE,
  thread_id INTEGER REFERENCES alert(id), -- an update: the alert that told the story first
  news TEXT NOT NULL DEFAULT '[]',     -- an update: the sentences that say what no earlier article did
  is_silent INTEGER NOT NULL DEFAULT 0, -- the first crawl of a source or topic: stored, not sent
  born_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX alert_once ON alert (story_id, topic) WHERE kind = 'new';
CREATE INDEX alert_thread ON alert (thread_id) WHERE thread_id IS NOT NULL;
CREATE INDEX alert_born ON alert (topic, born_at);
CREATE INDEX alert_told ON alert (topic) WHERE is_silent = 0;  -- in the order of id
CREATE INDEX alert_story ON alert (story_id, topic);

CREATE TABLE digest (                  -- several alerts to one recipient in one message; its content never changes
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('daily', 'weekly', 'storm')),
  message_id TEXT NOT NULL UNIQUE,
  since TEXT NOT NULL,
  made_at TEXT NOT NULL
) STRICT;

CREATE TABLE notice (                  -- a message about sosik itself: test mails, source alarms
  id INTEGER PRIMARY KEY,
  message_id TEXT NOT NULL UNIQUE,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  thread_id INTEGER REFERENCES notice(id), -- the notice it answers: an alarm that ended
  born_at TEXT NOT NULL
) STRICT;

CREATE TABLE mute (                    -- stories that the user wants to hear no more of
  story_id INTEGER PRIMARY KEY REFERENCES story(id),
  muted_at TEXT NOT NULL
) STRICT;

CREATE TABLE delivery (                -- the ledger: one per alert (or notice), recipient, channel and mode
  id INTEGER PRIMARY KEY,
  alert_id INTEGER REFERENCES alert(id),
  notice_id INTEGER REFERENCES notice(id),
  channel TEXT NOT NULL,
  recipient TEXT NOT NULL,
  mode TEXT NOT NULL DEFAULT 'instant' CHECK (mode IN ('instant', 'daily', 'weekly')),
  digest_id INTEGER REFERENCES digest(id), -- the digest that carries it, once that is made
  state TEXT NOT NULL DEFAULT 'pending' -- held: waits for its digest; dropped: muted, or the recipient was removed
    CHECK (state IN ('pending', 'held', 'sending', 'sent', 'retry', 'unknown', 'dead', 'dropped')),
  tries INTEGER NOT NULL DEFAULT 0,
  first_tried_at TEXT,
  next_try_at TEXT NOT NULL,
  sent_at TEXT,
  trouble TEXT NOT NULL DEFAULT '',
  CHECK ((alert_id IS NULL) <> (notice_id IS NULL)),
  UNIQUE (alert_id, channel, recipient, mode)
) STRICT;
CREATE INDEX delivery_due ON delivery (state, next_try_at) WHERE state NOT IN ('sent', 'dead', 'dropped');
CREATE INDEX delivery_open ON delivery (channel) WHERE state NOT IN ('sent', 'dead', 'dropped');  -- in the order of id
CREATE INDEX delivery_digest ON delivery (digest_id) WHERE digest_id IS NOT NULL;

CREATE TABLE source_run (              -- what is known of a source between runs
  source TEXT PRIMARY KEY,
  first_run_at TEXT,
  last_run_at TEXT,
  last_success_at TEXT,
  last_article_at TEXT,
  next_due_at TEXT,
  interval_s INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0, -- in a row
  trouble TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE TABLE endpoint (                -- a feed, sitemap or list: its validators and its habits
  url TEXT PRIMARY KEY,
  source TEXT NOT NULL,
  etag TEXT NOT NULL DEFAULT '',
  last_modified TEXT NOT NULL DEFAULT '',
  body_hash TEXT NOT NULL DEFAULT '',
  polls INTEGER NOT NULL DEFAULT 0,
  polled_at TEXT,
  status INTEGER,
  links INTEGER NOT NULL DEFAULT 0,
  new_links INTEGER NOT NULL DEFAULT 0,
  newest_published TEXT,
  trouble TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE TABLE host (                    -- the pace of one host, across processes
  host TEXT PRIMARY KEY,
  started_epoch REAL NOT NULL DEFAULT 0,     -- when the last request was sent
  busy_until_epoch REAL NOT NULL DEFAULT 0,  -- a request is under way: a lease, should its holder never come back
  holder TEXT NOT NULL DEFAULT '',           -- machine:pid
  paused_until_epoch REAL NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,       -- in a row
  trouble TEXT NOT NULL DEFAULT ''           -- why it is paused
) STRICT, WITHOUT ROWID;

CREATE TABLE robots (                  -- robots.txt as last seen, per origin (scheme://host:port)
  origin TEXT PRIMARY KEY,
  status INTEGER,                      -- NULL: could not be fetched
  body BLOB NOT NULL DEFAULT x'',
  fetched_epoch REAL NOT NULL,
  failing_since_epoch REAL
) STRICT, WITHOUT ROWID;

CREATE TABLE raw_page (                -- what a server answered, the newest readable answer of each address
  key TEXT PRIMARY KEY,
  url TEXT NOT NULL,
  requested_url TEXT NOT NULL,         -- before redirects
  requested_key TEXT NOT NULL,
  source TEXT NOT NULL,
  press TEXT NOT NULL DEFAULT '',
  hint TEXT NOT NULL DEFAULT '{}',     -- what the place of discovery said: title, summary, published
  content_type TEXT NOT NULL,
  status INTEGER NOT NULL,
  fetched_at TEXT NOT NULL,
  dictionary_id INTEGER,               -- NULL: compressed without one
  body BLOB NOT NULL,                  -- zstd
  is_kept INTEGER NOT NULL DEFAULT 0   -- of a matched article: never pruned
) STRICT;
CREATE INDEX raw_page_fetched ON raw_page (fetched_at) WHERE is_kept = 0;

CREATE TABLE dictionary (
  id INTEGER PRIMARY KEY,
  body BLOB NOT NULL,
  made_at TEXT NOT NULL
) STRICT;

CREATE TABLE alarm (                   -- something is wrong with a source; "" is the whole of it
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  kind TEXT NOT NULL,                  -- pipelines.store.health.AlarmKind
  reason TEXT NOT NULL,
  raised_at TEXT NOT NULL,
  healed_at TEXT,                      -- NULL: still so
  notice_id INTEGER REFERENCES notice(id) -- the mail that told it
) STRICT;
CREATE UNIQUE INDEX alarm_open ON alarm (source, kind) WHERE healed_at IS NULL;

CREATE TABLE beat (                    -- heartbeats and other small facts of the running program
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""

COUNTS_AND_HOURS = """
CREATE TABLE tally (                   -- how many rows there are: a report must not read whole tables. Kept by triggers
  name TEXT NOT NULL,                  -- the table
  source TEXT NOT NULL,                -- of addresses; else ''
  state TEXT NOT NULL,                 -- an address's outcome ('' untried), a delivery's state, a match's level, 'joined' stories
  reason TEXT NOT NULL,                -- of an address's outcome; else ''
  count INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (name, source, state, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE source_hour (             -- hours in which a source was crawled: of the others nothing is known
  source TEXT NOT NULL,
  hour INTEGER NOT NULL,               -- counted from 1970
  is_answered INTEGER NOT NULL,        -- 0: it was asked, and never answered
  PRIMARY KEY (source, hour)
) STRICT, WITHOUT ROWID;

-- the process that crawls a source: `machine:number`; '' when the last run came to its end
ALTER TABLE source_run ADD COLUMN run_by TEXT NOT NULL DEFAULT '';

CREATE INDEX delivery_dead ON delivery (next_try_at) WHERE state = 'dead';
CREATE INDEX alert_recent ON alert (born_at) WHERE is_silent = 0;
CREATE INDEX article_canonical ON article (canonical_url) WHERE canonical_url <> url;  -- look-ups by hand
"""

SILENT_STORIES_ARE_TOLD = """
DROP INDEX alert_once;
CREATE UNIQUE INDEX alert_once ON alert (story_id, topic, is_silent) WHERE kind = 'new';  -- stored silently, told later
"""

NOTICES_KEEP_WHAT_HAPPENED = """
-- what the notice tells: pipelines.store.notices.NoticeKind; '' was worded when it was written: subject, body
ALTER TABLE notice ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE notice ADD COLUMN facts TEXT NOT NULL DEFAULT '{}';  -- what its words are filled in with, by name
ALTER TABLE alarm ADD COLUMN facts TEXT;  -- likewise; NULL: it was worded when it was written: reason
CREATE INDEX delivery_notice ON delivery (notice_id) WHERE notice_id IS NOT NULL;
CREATE INDEX notice_kind ON notice (kind, id);
"""

# For each row that goes, SQLite looks for rows that refer to it: without an index, through whole tables
WHAT_REFERS_TO_ARTICLES = """
CREATE INDEX address_article ON address (article_id) WHERE article_id IS NOT NULL;
CREATE INDEX article_related ON article (related_to) WHERE related_to IS NOT NULL;
CREATE INDEX story_canonical ON story (canonical_article_id);
CREATE INDEX alert_article ON alert (article_id);
CREATE INDEX judgement_article ON judgement (article_id);
CREATE INDEX story_apart_other ON story_apart (other_id);
"""

# Why deliveries were dropped, as earlier versions noted it
REASONS_IN_WORDS = {
    "muted": "the story was muted",
    "withdrawn": "the article was withdrawn before it was told",
    "overtaken": "a later report of the story was told instead",
    "unwanted": "not among the recipients any more",
}

# table, and by what its rows are counted: source, state, reason. {row} is `new` or `old` in a trigger, the table elsewhere
COUNTED = (
    ("address", "{row}.source", "coalesce({row}.outcome, '')", "{row}.reason"),
    ("article", "''", "''", "''"),
    ("story", "''", "iif({row}.joined_into IS NULL, '', 'joined')", "''"),
    ("match", "''", "{row}.level", "''"),
    ("delivery", "''", "{row}.state", "''"),
)
TALLY_KEY = "(name, source, state, reason)"
RECOUNT = " UNION ALL ".join(
    f"SELECT '{table}', {', '.join(each.format(row=table) for each in key)}, count(*) FROM {table} GROUP BY 1, 2, 3, 4"
    for table, *key in COUNTED
)
