"""`sosik match`, `sosik topics`, `sosik judge`: topics from the command line."""

from __future__ import annotations

import json
import re
import shlex
import sys
import unicodedata
from contextlib import suppress
from datetime import datetime
from html import unescape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli import moment
from crawler.cli.context import Session
from crawler.cli.names import no_such_topic
from crawler.cli.topic_reports import tell_account, tell_topics, tell_trial
from pipelines.clock import now
from pipelines.errors import FileProblem, UserError
from pipelines.match import Level, Match
from pipelines.tomlfile import TomlFile

if TYPE_CHECKING:
    from pipelines.article import Article
    from pipelines.store.database import Store
    from pipelines.store.judgements import StoredArticle
    from pipelines.topics import Topics

SHIPPED = "china-ai"
TOPIC_NAME_LENGTH_MAX = 61  # pipelines.topics.compile takes no longer ones


@click.command(short_help="Match articles given as JSON lines.")
@click.option("--jsonl", "is_jsonl", is_flag=True, required=True, help="Read JSON lines {id, title, text}; answer one line each.")
@click.option("--topic", default=SHIPPED, show_default=True, help="A topic's name, or the path of a topic file.")
@click.pass_obj
def match(session: Session, is_jsonl: bool, topic: str) -> None:  # noqa: ARG001  # the one form there is
    """Match articles that stand in no database.

    An answer holds id, level (match, mention or no), score, subtopics, sentence and evidence; places count in the text after
    HTML entities (&quot;) are undone. A line that cannot be read is answered with {"id", "error"}.
    """
    topics = _load(session, topic)
    for number, line in enumerate(sys.stdin.buffer, 1):
        if line.strip():
            click.echo(json.dumps(_answer(topics, line, number), ensure_ascii=False))


def _answer(topics: Topics, line: bytes, number: int) -> dict[str, object]:
    from pipelines.topics import match_article

    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:  # broken JSON, bytes that are no UTF-8, brackets without end
        return {"id": None, "error": f"line {number} is not JSON: {error}"}
    if not isinstance(row, dict):
        return {"id": None, "error": f"line {number} is not a JSON object"}
    title, text = row.get("title") or "", row.get("text") or ""
    if not isinstance(title, str) or not isinstance(text, str):
        return {"id": row.get("id"), "error": f"line {number}: title and text must be texts"}
    article = _typed_article(str(row.get("url") or ""), _sound(unescape(title)), _sound(unescape(text)))
    found = match_article(topics, article)
    if not found:
        return {"id": row.get("id"), "level": Level.NO, "score": 0.0, "subtopics": [], "evidence": []}
    (first,) = found
    return {
        "id": row.get("id"), "level": first.level, "score": first.score, "subtopics": list(first.subtopics),
        "sentence": first.sentence,
        "evidence": [{"field": e.field, "start": e.start, "end": e.end, "text": e.text, "rule": e.rule} for e in first.evidence],
    }


def _sound(text: str) -> str:
    """Without halves of surrogate pairs, which JSON may hold and no terminal can show."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _typed_article(url: str, title: str, text: str) -> Article:
    from pipelines.article import Article

    return Article(url=url, title=title, paragraphs=tuple(line for line in text.splitlines() if line.strip()))


@click.group(short_help="Topics: list, write, explain, try out.")
def topics() -> None:
    """The topics that are watched, and the rule lab."""


@topics.command("list", short_help="The topics watched and shipped.")
@click.pass_obj
def list_(session: Session) -> None:
    """Show the topics that sosik.toml names, and the shipped ones."""
    from pipelines.topics import load_topics, shipped

    watched = session.config.sosik.topics
    names = (*watched, *(name for name in shipped() if name not in watched))
    loaded = load_topics(names, session.config.beside("."))
    click.echo(tell_topics(loaded, watched=len(watched), say=session.say))


@topics.command(short_help="Write a commented starter file.")
@click.argument("name")
@click.option("--title", default="", help="What readers see. Without one, NAME as typed.")
@click.pass_obj
def new(session: Session, name: str, title: str) -> None:
    """Write NAME.toml in this folder: a topic file that works, with a comment on each key.

    NAME may be a title of several words: "반도체 수출통제" becomes 반도체-수출통제.toml.
    """
    from pipelines.topics import compile_topics, shipped

    typed = Path(unicodedata.normalize("NFC", name.removesuffix(".toml")))
    path = typed.with_name(f"{topic_name(typed.name)}.toml")
    if path.exists():
        raise UserError(f"{path} exists already; choose another name or edit it.")
    if path.stem in shipped():
        raise UserError(f"{path.stem} is a topic that comes with sosik; choose another name.")
    starter = files("pipelines.topics").joinpath(f"starter.{session.config.sosik.language}.txt").read_text(encoding="utf-8")
    quoted = json.dumps(title or typed.name, ensure_ascii=False)  # JSON's strings are TOML's basic strings
    text = starter.replace("NAME", path.stem).replace("TITLE", quoted)
    compile_topics([TomlFile(text, path)])  # what no topic file may hold is refused before anything is written
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        with suppress(OSError):  # a full disk holds the beginning
            path.unlink()
        raise UserError(f"{path}: cannot be written: {error.strerror}") from error
    click.echo(session.say("topics.new", path=path))


def topic_name(title: str) -> str:
    """반도체-수출통제 for 반도체 수출통제. Raises UserError when nothing of it may stand in a name."""
    name = re.sub(r"[^a-z0-9가-힣]+", "-", title.lower()).strip("-")[:TOPIC_NAME_LENGTH_MAX]
    if not name:
        command = f"sosik topics new my-topic --title {shlex.quote(title)}"
        raise UserError(f'"{title}" has no letter that a topic\'s name may hold; write: {command}')
    return name


@topics.command(short_help="Why an article matches, or why not.")
@click.argument("topic")
@click.argument("what", metavar="ARTICLE|URL|FILE")
@click.pass_obj
def explain(session: Session, topic: str, what: str) -> None:
    """Show every word and rule that fired or did not count, and how the score came about.

    ARTICLE is the number of a stored article, URL its address, FILE a saved page (.html, .html.gz) or a text whose first
    line is the title.
    """
    from pipelines.topics.explain import explain_article

    loaded = _load(session, topic)
    article = _article(session, what)
    click.echo(tell_account(explain_article(loaded, loaded.topics[0].name, article), article, session.say))


@topics.command(short_help="Try an edited topic on the archive.")
@click.argument("topic")
@click.option("--since", type=moment.since, metavar="WHEN", help="Articles since: 24h, 7d, 2025-02-03.")
@click.option("--against", metavar="OLDFILE", help="Compare with this version, instead of with what is stored.")
@click.option("--examples", type=click.IntRange(min=0), metavar="N", default=10, show_default=True,
              help="Gains and losses to show.")
@click.pass_obj
def test(session: Session, topic: str, since: datetime | None, against: str | None, examples: int) -> None:
    """Run TOPIC over the stored articles: what it gains and loses, and how it does on articles you have judged.

    Nothing is changed. `sosik topics apply` takes the result over.
    """
    from pipelines.store.judgements import judgements, levels, stored_articles
    from pipelines.topics.lab import only, try_topic

    loaded = _load(session, topic)
    name = loaded.topics[0].name
    old = only(_load(session, against)) if against else None
    with session.open_to_read() as store:
        known = levels(store, name)
        trial = try_topic(
            only(loaded), ((each.id, each.article) for each in stored_articles(store, since=since)),
            (lambda _, article: old(article)) if old else (lambda id_, _: Level(known.get(id_, Level.NO))),
            judgements(store, name))
    click.echo(tell_trial(trial, name, session.say, examples=examples))


@topics.command(short_help="Match stored articles again.")
@click.argument("topic")
@click.option("--since", type=moment.since, metavar="WHEN", help="Articles since: 24h, 7d, 2025-02-03.")
@click.pass_obj
def apply(session: Session, topic: str, since: datetime | None) -> None:
    """Match the stored articles again with TOPIC as it is now. Nobody is alerted of the past."""
    from pipelines.store.judgements import levels, stored_articles
    from pipelines.topics.lab import only

    loaded = _load(session, topic)
    name, verdict = loaded.topics[0].name, only(loaded)
    changed = count = 0
    with session.open_store() as store:
        known = levels(store, name)
        batch: list[tuple[int, Match | None]] = []
        for each in stored_articles(store, since=since):
            found = verdict(each.article)
            count += 1
            changed += (found.level if found else None) != known.get(each.id)
            batch.append((each.id, found))
            if len(batch) >= APPLY_BATCH:
                _put(store, name, batch)
                batch = []
        _put(store, name, batch)
    click.echo(session.say("topics.applied", topic=name, count=count, changed=changed))


APPLY_BATCH = 200  # articles in one transaction: a crawl that writes meanwhile waits for milliseconds


def _put(store: Store, topic: str, batch: list[tuple[int, Match | None]]) -> None:
    from pipelines.store.judgements import put_match

    with store.transaction() as connection:
        for article_id, found in batch:
            put_match(connection, article_id=article_id, topic=topic, match=found, now=now())


@click.command(short_help="Say whether an article belongs to a topic.")
@click.argument("article")
@click.argument("verdict", type=click.Choice(["yes", "no"]))
@click.option("--topic", default="", help="The topic; without it the one that the article was matched by.")
@click.pass_obj
def judge(session: Session, article: str, verdict: str, topic: str) -> None:
    """Tell sosik whether ARTICLE, a number or an address, belongs to a topic. `sosik topics test` measures rules on it."""
    from pipelines.store.judgements import judge as write
    from pipelines.store.judgements import topics_of

    with session.open_store() as store:
        found = _stored(session, store, article)
        if found is None:
            raise UserError(f"{article}: no such article is stored. `sosik search` shows the numbers.")
        chosen = _judged_topic(session, topic, topics_of(store, found.id), found.id)
        with store.transaction() as connection:
            write(connection, article_id=found.id, topic=chosen, is_right=verdict == "yes", now=now())
    click.echo(session.say(f"topics.judged_{verdict}", id=found.id, topic=chosen, title=found.article.title))


def _judged_topic(session: Session, named: str, matched: tuple[str, ...], article_id: int) -> str:
    """The topic that is judged: the named one, else the one that matched, else the only one watched. Raises UserError."""
    from pipelines.topics import load_topics, shipped

    watched = tuple(t.name for t in load_topics(session.config.sosik.topics, session.config.beside(".")).topics)
    known = list(dict.fromkeys((*matched, *watched, *shipped())))
    if named and named not in known:
        raise no_such_topic(named, known)
    choice = matched or watched
    if not named and len(choice) != 1:
        raise UserError(f"article {article_id} may belong to {', '.join(choice or known)}: name one with --topic")
    return named or choice[0]


def _load(session: Session, name: str) -> Topics:
    """One topic: a path typed here, or a name as sosik.toml knows it."""
    from pipelines.topics import load_topics, path_of, shipped

    if name.endswith(".toml") and Path(name).exists():
        return load_topics([name], Path.cwd())
    watched = {Path(each).stem: each for each in session.config.sosik.topics}
    known = (*watched, *shipped())
    if name not in known and not path_of(name, session.config.beside(".")).is_file():
        raise no_such_topic(name, known)
    return load_topics([watched.get(name, name)], session.config.beside("."))


def _article(session: Session, what: str) -> Article:
    """The article that the user means. Raises UserError."""
    path = Path(what)
    if path.is_file():
        return _article_in(session, path)
    if not what.isdigit() and not what.startswith(("http://", "https://")):
        raise FileProblem("there is no such file; a stored article is named by its number or address", file=path)
    with session.open_to_read() as store:
        found = _stored(session, store, what)
    if found is None:
        hint = "`sosik search` shows the numbers." if what.isdigit() else f"Fetch it first: sosik crawl {what}"
        raise UserError(f"{what}: no such article is stored. {hint}")
    return found.article


def _stored(session: Session, store: Store, name: str) -> StoredArticle | None:
    """The stored article of this number or address."""
    from crawler.sources import load_catalogue
    from pipelines.store.judgements import look_up

    return look_up(store, name, rules=None if name.isdigit() else load_catalogue(session.config).rules)


def _article_in(session: Session, path: Path) -> Article:
    from crawler.cli.read import bytes_of, explained, own_structures, saved_page
    from pipelines.article import Refusal

    if path.name.lower().removesuffix(".gz").endswith((".html", ".htm")):
        result = explained(saved_page(str(path)), own_structures(session)).result
        if isinstance(result, Refusal):
            raise UserError(f"{path}: no article was found in this page ({result.reason})")
        return result
    try:
        title, _, text = bytes_of(path).decode("utf-8-sig").strip().partition("\n")
    except UnicodeDecodeError as error:
        raise FileProblem("is not UTF-8 text; save it as UTF-8", file=path) from error
    return _typed_article(path.as_uri() if path.is_absolute() else str(path), title.strip(), text)
