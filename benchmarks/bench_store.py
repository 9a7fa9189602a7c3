"""What recording and searching cost as the archive grows. `python -m benchmarks.bench_store [--to 1000000]`

Synthetic articles: words drawn as words of a language are (few common, many rare), 1,430 characters a text (the mean of real
Korean news, facts: speed.md), 5,000 a day, a fifth of them copies. At each size 200 more are recorded one by one and timed; what
lies between two sizes is filled in without comparing, many to a transaction, and is not timed.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

from pipelines import record as recording
from pipelines.alerts.birth import AlertPolicy
from pipelines.article import Article, Hint, Page, Stamp
from pipelines.reading import Reading, Understood
from pipelines.store import articles, filing
from pipelines.store.candidates import add_probes
from pipelines.store.database import Store, open_store
from pipelines.store.search import search
from pipelines.stories import filed, fingerprint

SIZES = (1_000, 10_000, 100_000, 1_000_000)
TIMED = 200
A_DAY = 5_000
START = datetime(2025, 1, 1, tzinfo=UTC)
COMMON, RARE = "인공지능", "훈민정음해례본"
SYLLABLES = "가각간감강개거건게격결경계고공과관광교구국군권귀규그극근금급기길김나남내너노농누뉴능니다단달담당대더데도동두드들등디라락란람랑래량러력련령로록론료루류르리린림마만말매면명모목무문물미민바박반발방배백번범법변별병보복본부북분불비사산살상새색생서석선설성세소속손송수순스습승시식신실심아안앞애야약양어언업에여역연열영예오온올와완외요용우운울원월위유육율으은을음의이인일임입자작잔장재저적전절점정제조족존종좌주준중즈증지직진질집차착찬참창책처천철청체초총최추축출충취측치카코크타태택터토통투트특파판패편평포표품프피하학한할함합항해행향허험현협형혜호화확환활황회획효후흐히"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    articles: int
    candidates_ms: float
    record_cpu_ms: float
    record_ms: float
    common_ms: float
    rare_ms: float
    best_ms: float
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
        self.written: list[Article] = []
        self.count = 0

    def reading(self) -> Reading:
        self.count += 1
        moment = START + timedelta(seconds=self.count * 86_400 / A_DAY)
        url = f"https://news.example/{self.count}"
        article = self.copy(url, moment) if self.written and self.random.random() < 0.2 else self.article(url, moment)
        self.written = [*self.written[-200:], article]
        page = Page(
            url=url, key=url, requested_url=url, requested_key=url, status=200, body=b"", content_type="text/html",
            fetched_at=moment, source=f"s{self.count % 50}", hint=Hint())
        return Reading(page=page, result=Understood(article=article, fingerprint=fingerprint(article)))

    def article(self, url: str, moment: datetime) -> Article:
        words = self.random.choices(self.words, cum_weights=self.weights, k=340)
        if self.count % 5_000 == 17:
            words[9] = RARE
        sentences = [" ".join(words[i : i + 12]) + "다." for i in range(12, len(words), 12)]
        return Article(
            url=url, title=" ".join(words[:9]), press=f"신문{self.count % 50}", published=Stamp(at=moment),
            paragraphs=tuple(" ".join(sentences[i : i + 3]) for i in range(0, len(sentences), 3)))

    def copy(self, url: str, moment: datetime) -> Article:
        old = self.random.choice(self.written)
        return Article(url=url, title=old.title, press=f"신문{self.count % 50}", published=Stamp(at=moment), paragraphs=old.paragraphs[:-1])


def fill(store: Store, room: Newsroom, size: int) -> None:
    while room.count < size:
        with store.transaction() as connection:
            for _ in range(min(1_000, size - room.count)):
                reading = room.reading()
                now = reading.page.fetched_at
                assert isinstance(reading.result, Understood)
                one = filed(reading.result.article, reading.result.fingerprint, now)
                story_id = filing.open_story(connection, reading.result.article.title, now=now)
                article_id = articles.add(connection, reading.page, reading.result, one, story_id=story_id, link=None, now=now)
                add_probes(connection, article_id, one)
                recording._settle(connection, reading.page, recording._receipt(
                    reading.page, reading.result, recording.Outcome.STORED, article_id, story_id, "", 0), now)


def measure(store: Store, room: Newsroom) -> Row:
    looked, cpu, wall = [], [], []
    for _ in range(TIMED):
        reading = room.reading()
        now = reading.page.fetched_at
        assert isinstance(reading.result, Understood)
        one = filed(reading.result.article, reading.result.fingerprint, now)
        looked.append(timed(lambda: recording._decided(store.db.conn, one, now)))  # noqa: B023  # called at once
        started = time.process_time()
        wall.append(timed(lambda: recording.record(store, reading, now=now, policy=AlertPolicy(), keep_raw=False)))  # noqa: B023
        cpu.append((time.process_time() - started) * 1000)
    store.checkpoint()
    return Row(
        articles=room.count, candidates_ms=statistics.median(looked), record_cpu_ms=statistics.mean(cpu),
        record_ms=statistics.median(wall),
        common_ms=searching(store, COMMON), rare_ms=searching(store, RARE), best_ms=searching(store, COMMON, best=True),
        kib_an_article=store.path.stat().st_size / room.count / 1024,
        memory_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def searching(store: Store, query: str, *, best: bool = False) -> float:
    return statistics.median(timed(lambda: search(store.db.conn, query, best=best)) for _ in range(7))


def timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=int, default=10_000, help="how many articles (1,000,000 takes an hour)")
    parser.add_argument("--folder", type=Path, help="keep the database here")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store((chosen.folder or Path(folder)) / "bench.db")
        room = Newsroom()
        print("articles  candidates  record  record  search: common  rare  best   KiB an   peak\n"
              "           + verdict   CPU    wall           ms     ms    ms   article   MiB")
        for size in (size for size in SIZES if size <= chosen.to):
            fill(store, room, size - TIMED)
            row = measure(store, room)
            print(f"{row.articles:8}  {row.candidates_ms:10.2f}  {row.record_cpu_ms:6.2f}  {row.record_ms:6.2f}  "
                  f"{row.common_ms:14.2f}  {row.rare_ms:4.2f}  {row.best_ms:5.2f}  {row.kib_an_article:7.2f}  {row.memory_mib:5.0f}",
                  flush=True)
        store.close()


if __name__ == "__main__":
    main()
