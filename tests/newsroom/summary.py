"""What the demo prints of a run: what each source had, the stories, each match with its sentence, and the mails."""

from __future__ import annotations

import email
import email.policy
import json
import os
import sqlite3
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from pipelines.clock import KST, stored
from pipelines.outcome import Outcome
from pipelines.sentences import gone_and_come
from pipelines.wording import Wording, texts
from tests.newsroom.server import Request
from tests.newsroom.site import Host, table

READ = (Outcome.STORED, Outcome.REVISED, Outcome.UNCHANGED, Outcome.MOVED)
STORIES = """
  SELECT story.*, canonical_article_id AS canonical,
    (SELECT min(level) FROM match JOIN article ON article.id = article_id WHERE story_id = story.id) AS level
  FROM story WHERE joined_into IS NULL
  ORDER BY level IS NULL, level, articles DESC, (SELECT min(published_at) FROM article WHERE story_id = story.id)
"""
LEVELS = {"match": "★", "mention": "☆", None: "·"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of the demo."""

    folder: Path
    began: datetime
    requests: tuple[Request, ...]  # that the newsroom answered
    mails: tuple[Path, ...]  # that arrived in this run


def summary(run: Run, say: Wording) -> str:
    with closing(sqlite3.connect(f"file:{run.folder / 'sosik.db'}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        (new,) = database.execute("SELECT count(*) FROM article WHERE first_seen_at >= ?", [stored(run.began)]).fetchone()
        if not new and not run.mails:
            return "\n".join(["", _again(run, database, say), *_next(run.folder, say, _told(database))])
        sections = (
            _sources(database, say), _stories(database, say), _revisions(database, say), _mails(run, say),
            _next(run.folder, say, _told(database)),
        )
        return "\n".join(["", *("\n".join([*lines, ""]) for lines in sections)])


def _again(run: Run, database: sqlite3.Connection, say: Wording) -> str:
    asked = [r for r in run.requests if any((r.host, r.path) == (site.host, site.endpoint) for site in table().host)]
    (articles,) = database.execute("SELECT count(*) FROM article").fetchone()
    return say("demo.again", lists=len(asked), unchanged=sum(r.status == 304 for r in asked), requests=len(run.requests),
               articles=articles, mails=len(run.mails))


def _sources(database: sqlite3.Connection, say: Wording) -> Iterator[str]:
    yield heading(say("demo.sources"))
    for site in table().host:
        rows = database.execute("SELECT * FROM address WHERE source = ? ORDER BY url", [site.source]).fetchall()
        articles = {row["article_id"] for row in rows if row["outcome"] in READ} - {None}  # a redirect and its goal are one
        unread = [row for row in rows if row["outcome"] not in READ]
        counts = say("demo.counts", found=len(articles) + len(unread), read=len(articles))
        missed = say("demo.unread", unread=len(unread)) if unread else ""
        yield f"  {padded(site.source, 11)}{padded(site.press, 12)}{padded(say(f'demo.way-{site.way}'), 14)}{counts}{missed}"
        for row in unread:
            yield f"      ✗ {padded(path_of(row['url'], site), 21)}{why_not(row, say)}"


def why_not(row: sqlite3.Row, say: Wording) -> str:
    """In a newcomer's words where the demo has them, else as `sosik crawl` says it."""
    if f"why-{row['reason']}" in texts("demo"):
        return say(f"demo.why-{row['reason']}")
    words = say(f"crawl.outcome-{row['outcome']}") if row["outcome"] else say("demo.waiting")
    return f"{words} ({row['reason']})" if row["reason"] else words


def path_of(url: str, site: Host) -> str:
    """Short for an address of the source's own site."""
    parts = urlsplit(url)
    return url if parts.hostname != site.host else parts.path + (f"?{parts.query}" if parts.query else "")


def _stories(database: sqlite3.Connection, say: Wording) -> Iterator[str]:
    stories = database.execute(STORIES).fetchall()
    (articles,) = database.execute("SELECT count(*) FROM article").fetchone()
    yield heading(say("demo.stories", stories=len(stories), articles=articles))
    for story in stories:
        yield f"  {LEVELS[story['level']]} {padded(str(story['id']), 4)}{story['headline']}"
        yield from _articles(database, story, say)
        if story["level"]:
            yield from _proof(database, story, say)
            yield ""


def _told(database: sqlite3.Connection) -> int:
    """The story that stands first in the report."""
    return int(database.execute(STORIES).fetchone()["id"])


def _articles(database: sqlite3.Connection, story: sqlite3.Row, say: Wording) -> Iterator[str]:
    rows = database.execute("SELECT * FROM article WHERE story_id = ? ORDER BY published_at", [story["id"]]).fetchall()
    canonical = next(row for row in rows if row["id"] == story["canonical"])
    for row in rows:
        kind = [say(f"demo.{kind_of(row, canonical)}")] if len(rows) > 1 else []
        origin = [say("demo.origin", origin=row["origin"])] if row["origin"] not in ("", row["press"]) else []
        yield f"         {shown(row['published_at'])}  {padded(row['press'], 12)}{' '.join([*kind, *origin])}".rstrip()


def kind_of(row: sqlite3.Row, canonical: sqlite3.Row) -> str:
    """What an article is to the story's own one, whichever of them was crawled first."""
    if row["id"] == canonical["id"]:
        return "original" if row["origin"] in ("", row["press"]) else "stand-in"
    if row["press"] == canonical["press"] and row["stage"] != canonical["stage"]:
        return "relation-update"
    return f"relation-{row['relation'] or canonical['relation'] or 'same-event'}"


def _proof(database: sqlite3.Connection, story: sqlite3.Row, say: Wording) -> Iterator[str]:
    """The sentence of the story's own article if it matched, else of the best match."""
    row = database.execute(
        """SELECT match.*, article.title FROM match JOIN article ON article.id = article_id
           WHERE story_id = ? ORDER BY level, article_id <> ?, score DESC LIMIT 1""", [story["id"], story["canonical"]]
    ).fetchone()
    subtopics = ", ".join(json.loads(row["subtopics"]))
    level = say(f"demo.level-{row['level']}")
    yield f"         {level} {row['topic']} {row['score']:.2f}" + (f" ({subtopics})" if subtopics else "")
    yield f"         “{marked(row['sentence'], [e['text'] for e in json.loads(row['evidence'])])}”"


def marked(sentence: str, terms: list[str]) -> str:
    """The sentence with the terms that matched between « »: the longest first, none inside another."""
    spots: list[tuple[int, int]] = []
    for term in sorted(filter(None, set(terms)), key=len, reverse=True):
        start = sentence.find(term)
        end = start + len(term)
        if start >= 0 and all(end <= left or right <= start for left, right in spots):
            spots.append((start, end))
    for start, end in sorted(spots, reverse=True):
        sentence = f"{sentence[:start]}«{sentence[start:end]}»{sentence[end:]}"
    return sentence


def _revisions(database: sqlite3.Connection, say: Wording) -> Iterator[str]:
    rows = database.execute(
        """SELECT revision.text AS old, article.text AS new, article.title, article.press FROM revision
           JOIN article ON article.id = article_id ORDER BY revision.id"""
    ).fetchall()
    yield heading(say("demo.revisions", count=len(rows)))
    for row in rows:
        yield f"  {row['press']}  {row['title']}"
        gone, come = gone_and_come(row["old"], row["new"])
        yield from (f"      - {sentence}" for sentence in gone)
        yield from (f"      + {sentence}" for sentence in come)


def _mails(run: Run, say: Wording) -> Iterator[str]:
    messages = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in run.mails]
    replies = sum(bool(message["In-Reply-To"]) for message in messages)
    yield heading(say("demo.mails", count=len(messages), stories=len(messages) - replies, replies=replies))
    for path, message in zip(run.mails, messages, strict=True):
        yield f"  {path}  {'↳ ' if message['In-Reply-To'] else ''}{message['Subject']}"


def _next(folder: Path, say: Wording, story: int) -> Iterator[str]:
    yield heading(say("demo.next"))
    lines = commands(folder, say, story)
    column = max(width(command) for command, _ in lines) + 3
    yield from (f"  {padded(command, column)}{what}" for command, what in lines)


def commands(folder: Path, say: Wording, story: int) -> list[tuple[str, str]]:
    """What to type next, and what it shows. All of it works without the newsroom."""
    sosik = f"sosik --config {folder / 'sosik.toml'}"
    typed = ["stories", f"show {story}", "search '딥시크'", "alerts show 1", "status"]
    return [
        (f". {activation()}", say("demo.next-activate")),
        *((f"{sosik} {verb}", say(f"demo.next-{verb.partition(' ')[0]}")) for verb in typed),
        ("sosik read seeds/*.txt", say("demo.next-read")),
        ("make demo", say("demo.next-demo")),
        ("make demo ARGS=--fresh", say("demo.next-fresh")),
    ]


def activation() -> str:
    """The file that makes a terminal know the command, as one would type it: relative when it lies below this folder."""
    path = Path(sys.executable).parent / "activate"
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def shown(moment: str | None) -> str:
    return datetime.fromisoformat(moment).astimezone(KST).strftime("%Y-%m-%d %H:%M") if moment else " " * 16


def heading(text: str) -> str:
    return f"── {text} " + "─" * max(3, 90 - width(text))


def padded(text: str, columns: int) -> str:
    """Filled up with spaces, at least one: a Hangul syllable takes two columns of a terminal."""
    return text + " " * max(1, columns - width(text))


def width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
