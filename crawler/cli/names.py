"""Names as typed in --topic and --press. One that nobody knows is a mistake, not an empty result."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from crawler.cli.context import Session
from pipelines.errors import UserError
from pipelines.tomlfile import suggestion


def refuse_unknown(
    session: Session, connection: sqlite3.Connection, *, topic: str | None = None, press: str | None = None
) -> None:
    """Raises UserError for a topic that is neither watched, shipped nor stored, and a press that no list and no article names."""
    from pipelines.press import press_of_name
    from pipelines.store.judgements import has_matches
    from pipelines.store.search import has_press

    if topic is not None and not has_matches(connection, topic):
        _refuse_unknown_topic(session, connection, topic)
    if press is not None and not press_of_name(press) and not has_press(connection, press):
        _refuse_unknown_press(session, press)


def no_such_topic(name: str, known: Iterable[str]) -> UserError:
    names = list(dict.fromkeys(known))
    return UserError(f'there is no topic "{name}"{suggestion(name, names)} (known: {", ".join(names)})')


def _refuse_unknown_topic(session: Session, connection: sqlite3.Connection, name: str) -> None:
    from pipelines.store.judgements import topics_with_matches
    from pipelines.topics import load_topics, shipped

    watched = load_topics(session.config.sosik.topics, session.config.beside(".")).topics
    known = (*(topic.name for topic in watched), *topics_with_matches(connection), *shipped())
    if name not in known:
        raise no_such_topic(name, known)


def _refuse_unknown_press(session: Session, name: str) -> None:
    from crawler.sources import load_catalogue
    from pipelines.press import presses

    sources = load_catalogue(session.config).sources
    names = {each.name for each in presses()} | {source.press_name for source in sources}
    if name in names:
        return
    by_id = {press.id: press.name for press in presses()} | {source.name: source.press_name for source in sources}
    near = f'; did you mean "{by_id[name]}"?' if name in by_id else suggestion(name, sorted(names))
    raise UserError(f'there is no press "{name}"{near} (names: sosik sources list)')
