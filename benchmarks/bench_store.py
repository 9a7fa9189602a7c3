"""What recording and searching cost as the archive grows. `python -m benchmarks.bench_store [--to 1000000]`

Synthetic articles: words drawn as words of a language are (few common, many rare), some 1,430 characters a text (the mean of real
Korean news, facts: speed.md), 5,000 a day; one in twenty matches a topic and has been told to a reader. At each size 200 more are
recorded one by one and timed, a fifth of them copies, every other one matched; what lies between two sizes is filled in without
comparing, many to a transaction, and is not timed.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

import psutil

from pipelines import record as recording
from pipelines.alerts.enqueue import enqueue_alerts
from pipelines.alerts.gather import gather
from pipelines.alerts.policy import AlertPolicy, Recipient
from pipelines.article import Article, Hint, Page, Stamp
from pipelines.clock import stored
from pipelines.match import Evidence, Field, Level, Match
from pipelines.outcome import Outcome
from pipelines.reading import Reading, Understood
from pipelines.store import articles, endings, filing, ledger
from pipelines.store.candidates import probes
from pipelines.store.database import Store, open_store
from pipelines.store.health import source_healths
from pipelines.store.revisits import due_revisits
from pipelines.store.search import search
from pipelines.store.tally import tally_since
from pipelines.stories import filed, fingerprint

SIZES = (1_000, 10_000, 100_000, 300_000, 1_000_000)
TIMED = 200
A_DAY = 5_000
START = datetime(2025, 1, 1, tzinfo=UTC)
POLICY = AlertPolicy(recipients=(Recipient(address="desk@example.org"),))
MATCH = Match(topic="bench", level=Level.MATCH, score=0.9, subtopics=(), sentence="",
              evidence=(Evidence(field=Field.TITLE, start=0, end=2, text="", rule="bench"),))
COMMON, RARE = "인공지능", "훈민정음해례본"
SYLLABLES = (
    "가각간감강개거건게격결경계고공과관광교구국군권귀규그극근금급기길김나남내너노농누뉴능니다단달담당대더"
    "데도동두드들등디라락란람랑래량러력련령로록론료루류르리린림마만말매면명모목무문물미민바박반발방배백번"
    "범법변별병보복본부북분불비사산살상새색생서석선설성세소속손송수순스습승시식신실심아안앞애야약양어언업"
    "에여역연열영예오온올와완외요용우운울원월위유육율으은을음의이인일임입자작잔장재저적전절점정제조족존종"
    "좌주준중즈증지직진질집차착찬참창책처천철청체초총최추축출충취측치카코크타태택터토통투트특파판패편평포"
    "표품프피하학한할함합항해행향허험현협형혜호화확환활황회획효후흐히"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """CPU milliseconds; medians but for the writing, where the mean holds the index's merges."""

    articles: int
    compared: float  # candidates + verdict
    written: float  # the whole of record() without these two, of an article that matches nothing
    told: float  # what a match and its alert add
    tick: float  # what sending asks every ten seconds while nothing is due
    reports: float  # the end of a crawl, and which articles are due for another look
    health: float  # the figures that alarms are judged by, every quarter of an hour
    common: float
    rare: float
    best: float
    kib_an_article: float
    memory_mib: float


class Newsroom:
    """Writes articles, always the same ones for one seed."""

    def __init__(self, seed: int = 7) -> None:
        self.random = random.Random(seed)
        words = {"".join(self.random.choices(SYLLABLES, k=self.random.choice((2, 2, 3, 3, 4)))) for _ in range(40_000)}
        self.words = sorted(words)
        self.random.shuffle(self.words)
        self.words[60] = COMMON
        self.weights = list(accumulate(1 / (rank + 8) for rank in range(len(self.words))))
        self.sentences = [" ".join(self.draw(12)) + "다." for _ in range(20_000)]  # to fill with
        self.written: list[Article] = []
        self.count = 0

    def draw(self, count: int) -> list[str]:
        return self.random.choices(self.words, cum_weights=self.weights, k=count)

    def reading(self, *, is_filler: bool = False) -> Reading:
        """A filler's shingles are drawn by lot: its text is not read."""
        self.count += 1
        moment = START + timedelta(seconds=self.count * 86_400 / A_DAY)
        url = f"https://news.example/{self.count}"
        is_copy = self.written and not is_filler and self.random.random() < 0.2
        article = self.copy(url, moment) if is_copy else self.article(url, moment, is_filler=is_filler)
        self.written = [*self.written[-200:], article]
        page = Page(
            url=url, key=url, requested_url=url, requested_key=url, status=200, body=b"", content_type="text/html",
            fetched_at=moment, source=f"s{self.count % 50}", hint=Hint())
        if not is_filler:
            matches = (MATCH,) if self.count % 2 else ()
            return Reading(page=page, result=Understood(article=article, fingerprint=fingerprint(article), matches=matches))
        known = fingerprint(replace(article, paragraphs=article.paragraphs[:1]))
        shingles = tuple(sorted(int(self.random.random() * 2**29) * 8 for _ in range(120)))
        return Reading(page=page, result=Understood(
            article=article, fingerprint=replace(known, shingles=shingles, text_hash=f"{self.count:064x}", length=1_100),
            matches=(MATCH,) if self.count % 20 == 0 else ()))

    def article(self, url: str, moment: datetime, *, is_filler: bool) -> Article:
        if is_filler:
            sentences = self.random.choices(self.sentences, k=30)
        else:
            sentences = [" ".join(self.draw(12)) + "다." for _ in range(30)]
        title = self.draw(9)
        if self.count % 5_000 == 17:
            title[4] = RARE
        return Article(
            url=url, title=" ".join(title), press=f"신문{self.count % 50}", published=Stamp(at=moment),
            paragraphs=tuple(" ".join(sentences[i : i + 3]) for i in range(0, len(sentences), 3)))

    def copy(self, url: str, moment: datetime) -> Article:
        old = self.random.choice(self.written)
        press = f"신문{self.count % 50}"
        return Article(url=url, title=old.title, press=press, published=Stamp(at=moment), paragraphs=old.paragraphs[:-1])


def fill(store: Store, room: Newsroom, size: int) -> None:
    """What a crawl would have left, at a tenth of its cost: nothing is compared, and the look-up table is written in order."""
    with store.reading() as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA temp_store = FILE")
        connection.execute("CREATE TEMP TABLE filled (kind INTEGER, hash INTEGER, day INTEGER, article_id INTEGER)")
        while room.count < size:
            with store.transaction():
                for _ in range(min(1_000, size - room.count)):
                    rows = _fill_one(connection, room.reading(is_filler=True))
                    connection.executemany("INSERT INTO filled VALUES (?, ?, ?, ?)", rows)
        with store.transaction():
            connection.execute("INSERT INTO probe SELECT DISTINCT * FROM filled ORDER BY 1, 2, 3, 4")
        connection.execute("DROP TABLE filled")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA synchronous = FULL")
        store.checkpoint()


def _fill_one(connection: sqlite3.Connection, reading: Reading) -> list[tuple[int, int, int, int]]:
    understood, now = reading.result, reading.page.fetched_at
    assert isinstance(understood, Understood)
    one = filed(understood.article, understood.fingerprint, now)
    story_id = filing.open_story(connection, understood.article.title, now=now)
    article_id = articles.add(connection, reading.page, understood, one, story_id=story_id, link=None, now=now)
    filing.grow(connection, story_id, article_id)
    endings.settle(connection, key=reading.page.key, url=reading.page.url, source=reading.page.source, outcome=Outcome.STORED,
                     now=now, article_id=article_id)
    if understood.matches:
        articles.put_matches(connection, article_id, understood.matches, now=now)
        enqueue_alerts(
            connection, story_id=story_id, topic=MATCH.topic, article_id=article_id, relation=None, policy=POLICY, now=now)
        connection.execute("UPDATE delivery SET state = 'sent', sent_at = ? WHERE state = 'pending'", (stored(now),))
    day = int(one.at.timestamp() // 86_400)
    return [(kind, each, day, article_id) for kind, hashes in probes(one.fingerprint) for each in hashes]


def measure(store: Store, room: Newsroom) -> Row:
    compared: list[float] = []
    whole: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(TIMED):
        reading = room.reading()
        now = reading.page.fetched_at
        assert isinstance(reading.result, Understood)
        one = filed(reading.result.article, reading.result.fingerprint, now)
        compared.append(timed(lambda: recording._decided(store.db.conn, one, now)))  # noqa: B023  # called at once
        whole[bool(reading.result.matches)].append(
            timed(lambda: recording.record(store, reading, now=now, policy=POLICY, keep_raw=False)))  # noqa: B023
    plain, matched = statistics.mean(whole[False]), statistics.mean(whole[True])
    with store.transaction() as connection:
        connection.execute("UPDATE delivery SET state = 'sent', sent_at = ? WHERE state = 'pending'", (stored(now),))
    store.checkpoint()
    return Row(
        articles=room.count, compared=statistics.median(compared), written=plain - statistics.mean(compared),
        told=matched - plain, tick=typical(lambda: tick(store, now)), reports=typical(lambda: reports(store, now)),
        health=typical(lambda: source_healths(store, [f"s{number}" for number in range(50)], now)),
        common=searching(store, COMMON), rare=searching(store, RARE), best=searching(store, COMMON, best=True),
        kib_an_article=store.path.stat().st_size / room.count / 1024,
        memory_mib=psutil.Process().memory_info().rss / 2**20)


def tick(store: Store, now: datetime) -> None:
    with store.transaction() as connection:
        ledger.recover(connection, ["mail"], now)
        gather(connection, ["mail"], POLICY, now=now, storm=20)
    ledger.next_due(store.db.conn, "mail", now, after=0)


def reports(store: Store, now: datetime) -> None:
    tally_since(store, now - timedelta(minutes=5), {"s1"})
    due_revisits(store, now, [timedelta(hours=1), timedelta(hours=6), timedelta(hours=24)])


def searching(store: Store, query: str, *, best: bool = False) -> float:
    return typical(lambda: search(store.db.conn, query, best=best))


def typical(work: Callable[[], object]) -> float:
    return statistics.median(timed(work) for _ in range(7))


def timed(work: Callable[[], object]) -> float:
    """CPU milliseconds, the kernel's included: other programs on the machine do not count."""
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1000


def main(arguments: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=int, default=10_000, help="how many articles (1,000,000 takes an hour)")
    parser.add_argument("--folder", type=Path, help="keep the database here")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store((chosen.folder or Path(folder)) / "bench.db")
        room = Newsroom()
        print("articles  comparing  writing  a match's  tick   reports  health  search:  rare   best   KiB an   memory\n"
              "                             alert                             common                 article     MiB   (CPU ms)")
        for size in (size for size in SIZES if size <= chosen.to):
            fill(store, room, size - TIMED)
            row = measure(store, room)
            print(f"{row.articles:8}  {row.compared:9.2f}  {row.written:7.2f}  {row.told:9.2f}  {row.tick:5.2f}  "
                  f"{row.reports:7.2f}  {row.health:6.1f}  {row.common:7.2f}  {row.rare:5.2f}  {row.best:5.2f}  "
                  f"{row.kib_an_article:7.2f}  {row.memory_mib:7.0f}", flush=True)
        store.close()


if __name__ == "__main__":
    main(sys.argv[1:])
