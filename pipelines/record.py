"""Reading → Receipt: ONE transaction that decides where an article belongs and writes all that follows from it.

Look-up, verdict and writes share the transaction, so that of two copies read at the same moment one sees the other, and so
that a kill leaves either everything of a page (article, story, matches, alerts, its address's outcome) or nothing.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pipelines.alerts.enqueue import enqueue_alerts
from pipelines.alerts.policy import AlertPolicy
from pipelines.article import Page, Refusal, RefusalReason
from pipelines.clock import stored
from pipelines.match import Level
from pipelines.outcome import Outcome
from pipelines.reading import Reading, Receipt, Understood
from pipelines.store import articles, endings, filing, frontier
from pipelines.store.archive import Compressed
from pipelines.store.articles import Known
from pipelines.store.by_hand import as_allowed
from pipelines.store.candidates import add_probes, candidates, drop_probes, filed_article, furniture
from pipelines.store.database import Store
from pipelines.stories import COPY_WINDOW, EVENT_WINDOW, decide, filed
from pipelines.stories.comparing import NOTICE_WINDOW
from pipelines.story import Filed, Relation, Verdict


def record(store: Store, reading: Reading, *, now: datetime, policy: AlertPolicy, keep_raw: bool = True) -> Receipt:
    """Everything that follows from one page, written together. Raises StoreError when nothing could be written."""
    page = reading.page
    with store.reading() as connection:
        compressed = store.archive.compress(connection, page.body) if keep_raw else None
    with store.transaction() as connection:
        if page.requested_key != page.key:
            frontier.enter_goal(connection, key=page.key, url=page.url, came_from=page.requested_key, now=now)
        known = _known(connection, reading)
        if isinstance(reading.result, Refusal):
            receipt = _refused(connection, page, reading.result, known, now)
        elif known is None:
            receipt = _new(connection, page, reading.result, policy, now)
        else:
            receipt = _seen_again(connection, page, reading.result, known, policy, now)
        if not (known and isinstance(reading.result, Refusal)):  # what an article was read from stays
            _archive(store, connection, page, compressed, receipt)
        _settle(connection, page, receipt, now)
    return receipt


def withdraw(store: Store, *, key: str, url: str, source: str, reason: str, now: datetime) -> Receipt:
    """The address answers 404 or 410: withdrawn when it held an article, else gone. `reason` is the status, for `status`."""
    with store.transaction() as connection:
        known = articles.find(connection, key)
        if known:
            articles.withdraw(connection, known.id, now=now)
            receipt = Receipt(url=url, source=source, outcome=Outcome.WITHDRAWN, reason=reason, article_id=known.id,
                              story_id=known.story_id, title=known.title)
            endings.settle_withdrawn(connection, key=key, url=url, source=source, reason=reason, article_id=known.id, now=now)
        else:
            receipt = Receipt(url=url, source=source, outcome=Outcome.GONE, reason=reason)
            endings.settle_failure(connection, key=key, url=url, source=source, outcome=Outcome.GONE, reason=reason, now=now)
    return receipt


class Change(StrEnum):
    """What reading a stored page again came to."""

    SAME = "same"
    CHANGED = "changed"
    NEW = "new"  # was refused before
    REFUSED = "refused"  # as before
    LOST = "lost"  # is refused now; the article stays as it was


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    change: Change
    title: str = ""
    fields: tuple[str, ...] = ()  # the columns of `article` that a reader would see changed; topics as "topic: old → new"
    reason: str = ""  # of a refusal


def reread(store: Store, reading: Reading, *, now: datetime) -> Reread:
    """Put a better reading of a stored page in its article's place. The publisher changed nothing: no revision, no alert."""
    page, understood = reading.page, reading.result
    silent = AlertPolicy(is_silent=True)
    with store.transaction() as connection:
        known = _known(connection, reading)
        if isinstance(understood, Refusal):
            return Reread(change=Change.LOST if known else Change.REFUSED, title=known.title if known else "",
                          reason=understood.reason)
        if known is None:
            receipt = _new(connection, page, understood, silent, page.fetched_at)
            _settle(connection, page, receipt, now)
            return Reread(change=Change.NEW, title=receipt.title)
        one = filed(understood.article, understood.fingerprint, filed_article(connection, known.id).filed.at)
        fields = articles.differing(connection, known.id, understood, one)
        before = articles.levels(connection, known.id)
        story_id = _replace(connection, understood, known, now=now, keep_old=False) if fields else known.story_id
        articles.put_matches(connection, known.id, understood.matches, now=now)
        _alert(connection, known.id, story_id, understood, silent, now, relation=None)
        after = articles.levels(connection, known.id)
    told = tuple(name for name in fields if name not in articles.FOR_COMPARING)
    told += tuple(f"{topic}: {before.get(topic, Level.NO)} → {after.get(topic, Level.NO)}"
                  for topic in sorted({*before, *after}) if before.get(topic) != after.get(topic))
    return Reread(change=Change.CHANGED if told else Change.SAME, title=understood.article.title, fields=told)


def _known(connection: sqlite3.Connection, reading: Reading) -> Known | None:
    """The article this page is a new look at: the one of its address, or one that moved here and still says the same."""
    page, result = reading.page, reading.result
    if isinstance(result, Refusal):
        return articles.find(connection, page.requested_key) or articles.find(connection, page.key)
    if known := articles.find(connection, page.key):
        return known
    moved = articles.found_at(connection, page.key) or articles.found_at(connection, page.requested_key)
    is_same = moved and (moved.text_hash == result.fingerprint.text_hash or moved.title == result.article.title)
    return moved if is_same else None


def _refused(connection: sqlite3.Connection, page: Page, refusal: Refusal, known: Known | None, now: datetime) -> Receipt:
    """A refusal never changes an article's text; a notice that the article was deleted marks it withdrawn."""
    is_withdrawn = known is not None and refusal.reason is RefusalReason.DELETED
    if known and is_withdrawn:
        articles.withdraw(connection, known.id, now=now)
    return Receipt(
        url=page.url, source=page.source, outcome=Outcome.WITHDRAWN if is_withdrawn else Outcome.REFUSED, reason=refusal.reason,
        article_id=known.id if known else None, story_id=known.story_id if known else None)


def _new(connection: sqlite3.Connection, page: Page, understood: Understood, policy: AlertPolicy, now: datetime) -> Receipt:
    one = filed(understood.article, understood.fingerprint, now)
    verdict = _decided(connection, one)
    closest = verdict.closest
    story_id = closest.story_id if closest else filing.open_story(connection, understood.article.title, now=now)
    article_id = articles.add(connection, page, understood, one, story_id=story_id, link=closest, now=now)
    add_probes(connection, article_id, one)
    filing.grow(connection, story_id, article_id)
    story_id = _follow(connection, article_id, story_id, verdict)
    articles.put_matches(connection, article_id, understood.matches, now=now)
    alerts = _alert(connection, article_id, story_id, understood, policy, now, relation=closest.relation if closest else None)
    return _receipt(page, understood, Outcome.STORED, article_id, story_id, closest.relation if closest else "", alerts)


def _seen_again(
    connection: sqlite3.Connection, page: Page, understood: Understood, known: Known, policy: AlertPolicy, now: datetime
) -> Receipt:
    articles.touch(connection, known.id, now=now)
    if understood.fingerprint.text_hash == known.text_hash and understood.article.title == known.title:
        return _receipt(page, understood, Outcome.UNCHANGED, known.id, known.story_id, "", 0)
    story_id = _replace(connection, understood, known, now=now)
    articles.put_matches(connection, known.id, understood.matches, now=now)
    alerts = _alert(connection, known.id, story_id, understood, policy, now, relation=None)  # an edit is no news by itself
    return _receipt(page, understood, Outcome.REVISED, known.id, story_id, "", alerts)


def _replace(
    connection: sqlite3.Connection, understood: Understood, known: Known, *, now: datetime, keep_old: bool = True
) -> int:
    """Put a new reading in a known article's place; the story it then belongs to. `keep_old` keeps what it said as a revision."""
    before = filed_article(connection, known.id).filed
    drop_probes(connection, known.id, before)
    one = filed(understood.article, understood.fingerprint, before.at)
    articles.revise(connection, known, understood, one, now=now, keep_old=keep_old)
    one = filed_article(connection, known.id).filed  # an unknown time of publishing is that of the first sight
    add_probes(connection, known.id, one)
    filing.refresh(connection, known.story_id)
    return _follow(connection, known.id, known.story_id, _decided(connection, one, known=known))


def _decided(connection: sqlite3.Connection, one: Filed, *, known: Known | None = None) -> Verdict:
    found = candidates(connection, one, copy_window=COPY_WINDOW, apart_from=known.id if known else None,
                       event_window=NOTICE_WINDOW if one.is_correction else EVENT_WINDOW)
    verdict = decide(one, found, ignored=furniture(one, found))
    return as_allowed(connection, verdict, known.story_id if known else None)


def _follow(connection: sqlite3.Connection, article_id: int, story_id: int, verdict: Verdict) -> int:
    """Join the stories that the article shows to be one, and note what it corrects. The oldest story stays; its id."""
    oldest, *others = sorted({story_id, *verdict.story_ids})
    for other in others:
        filing.move_articles(connection, oldest, other)
    if others:
        filing.refresh(connection, oldest)
    connection.executemany(
        "INSERT OR IGNORE INTO correction (article_id, corrects) VALUES (?, ?)",
        [(article_id, link.article_id) for link in verdict.links if link.relation is Relation.CORRECTION])
    return oldest


def _alert(
    connection: sqlite3.Connection, article_id: int, story_id: int, understood: Understood, policy: AlertPolicy, now: datetime,
    *, relation: Relation | None,
) -> int:
    return sum(
        enqueue_alerts(connection, story_id=story_id, topic=match.topic, article_id=article_id,
                   relation=relation, policy=policy, now=now)
        for match in understood.matches if match.level is Level.MATCH or policy.tells_mentions)


def _archive(store: Store, connection: sqlite3.Connection, page: Page, compressed: Compressed | None, receipt: Receipt) -> None:
    if compressed:
        is_kept = any(match.endswith(f":{Level.MATCH}") for match in receipt.matches)
        store.archive.put(connection, page, compressed, is_kept=is_kept)
    elif receipt.outcome is not Outcome.UNCHANGED:
        store.archive.drop(connection, page.key)  # an older page must not be read in the place of this one


def _settle(connection: sqlite3.Connection, page: Page, receipt: Receipt, now: datetime) -> None:
    """The outcome of the address that answered; one that only led there has moved, for the same reason."""
    article_id = None if receipt.outcome is Outcome.REFUSED else receipt.article_id
    if page.requested_key != page.key:
        endings.settle(connection, key=page.requested_key, url=page.requested_url, source=page.source, outcome=Outcome.MOVED,
                         reason=receipt.outcome, now=now, article_id=article_id)
    if receipt.outcome is Outcome.REFUSED:
        endings.settle_refusal(connection, key=page.key, url=page.url, source=page.source, reason=receipt.reason, now=now)
        return
    endings.settle(connection, key=page.key, url=page.url, source=page.source, outcome=receipt.outcome, reason=receipt.reason,
                   now=now, article_id=article_id)


def _receipt(
    page: Page, understood: Understood, outcome: Outcome, article_id: int, story_id: int, relation: str, alerts: int
) -> Receipt:
    article = understood.article
    return Receipt(
        url=page.url, source=page.source, outcome=outcome, article_id=article_id, story_id=story_id, relation=relation,
        title=article.title, press=article.press or "", published=stored(article.published.at) if article.published else "",
        matches=tuple(f"{match.topic}:{match.level}" for match in understood.matches), alerts=alerts)
