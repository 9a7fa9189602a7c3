"""kill -9 at random moments while two programs record articles with alerts into one database.

    python -m tests.store.kills --kills 200

After each pair of kills the file is opened and everything in it is checked: what was acknowledged is there, once, and whole
(article, story, match, alert, delivery, search row, raw page, outcome). Then the next pair goes on where the last one stopped.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from pipelines.reading import Reading
from pipelines.record import record
from pipelines.store.database import open_store
from pipelines.store.upkeep import check
from tests.store.making import NOW, POLICY, article, match, page, reading

WRITERS = 2
WORDS = (
    "정부", "시장", "기업", "연구", "발표", "협약", "투자", "수출", "기술", "인력", "예산", "공장", "대학", "병원", "도로",
    "항만", "전력", "위성", "배터리", "로봇", "백신", "의회", "법원", "시민",
)


def sentence(chance: random.Random) -> str:
    return " ".join(chance.choices(WORDS, k=9)) + f" {chance.randrange(10**6)}건이라고 밝혔다."


def numbered(number: int) -> Reading:
    """Always the same reading for one number. Every third is matched, every fifth a copy of the one before."""
    chance = random.Random(number - (number % 5 == 4))
    made = article(f"소식 {chance.randrange(10**9)}", [sentence(chance) for _ in range(8)], press=f"신문{number % 7}")
    matches = [match()] if number % 3 == 0 else []
    return reading(made, page(f"{number:06}", body=os.urandom(3000)), matches=matches)


def write(path: Path, first: int, acknowledged: int) -> None:
    """Record numbers from `first`, every WRITERS-th, until killed; tell each one when record() has come back."""
    with open_store(path) as store:
        number = first
        while True:
            record(store, numbered(number), now=NOW, policy=POLICY)
            os.write(acknowledged, b"%06d\n" % number)
            number += WRITERS


def run_and_kill(path: Path, starts: list[int], seconds: float) -> set[int]:
    """The numbers that were acknowledged before all writers were killed."""
    children, pipes = [], []
    for start in starts:
        reading_end, writing_end = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading_end)
            write(path, start, writing_end)
        os.close(writing_end)
        children.append(child)
        pipes.append(reading_end)
    time.sleep(seconds)
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    told = b""
    for pipe in pipes:
        with os.fdopen(pipe, "rb") as lines:
            told += lines.read()
    return {int(line) for line in told.split()}


PARTS = {  # what each article must have, as SQL that finds those without
    "no outcome": "key NOT IN (SELECT key FROM address WHERE state = 'done' AND outcome = 'stored' AND article_id = article.id)",
    "no raw page": "key NOT IN (SELECT key FROM raw_page)",
    "no story": "story_id NOT IN (SELECT id FROM story WHERE joined_into IS NULL)",
    "no look-up rows": "id NOT IN (SELECT article_id FROM probe)",
    "no match": "substr(key, -6) % 3 = 0 AND id NOT IN (SELECT article_id FROM match)",
    "no alert": "id IN (SELECT article_id FROM match) AND story_id NOT IN (SELECT story_id FROM alert)",
}


def complaints(path: Path, acknowledged: set[int]) -> list[str]:
    """What is lost, doubled or half done."""
    with open_store(path) as store:
        found = list(check(store))
    with closing(sqlite3.connect(path)) as connection:
        numbers = [int(key[-6:]) for (key,) in connection.execute("SELECT key FROM article")]
        found += [f"{len(acknowledged - set(numbers))} lost"] if acknowledged - set(numbers) else []
        found += ["recorded twice"] if len(numbers) != len(set(numbers)) else []
        for told, condition in PARTS.items():
            (count,) = connection.execute(f"SELECT count(*) FROM article WHERE {condition}").fetchone()
            found += [f"{count} articles with {told}"] if count else []
        (doubled,) = connection.execute(
            """SELECT count(*) FROM (
                 SELECT 1 FROM alert WHERE kind = 'new' GROUP BY story_id, topic HAVING count(*) > 1)""").fetchone()
        (untold,) = connection.execute(
            "SELECT count(*) FROM alert WHERE kind = 'new' AND id NOT IN (SELECT alert_id FROM delivery)").fetchone()
        found += [f"{doubled} alerts twice"] if doubled else []
        found += [f"{untold} alerts without a delivery"] if untold else []
    return found


def next_starts(path: Path) -> list[int]:
    """Where each writer goes on: after the last number of its own that is stored, as a frontier would."""
    with closing(sqlite3.connect(path)) as connection:
        numbers = [int(key[-6:]) for (key,) in connection.execute("SELECT key FROM article")]
    return [max((n + WRITERS for n in numbers if n % WRITERS == writer), default=writer) for writer in range(WRITERS)]


def storm(path: Path, kills: int, seed: int) -> tuple[int, int]:
    """Kill so many writers; how many articles were acknowledged and how many are stored. Exits at the first complaint."""
    chance = random.Random(seed)
    acknowledged: set[int] = set()
    open_store(path).close()
    for _ in range(0, kills, WRITERS):
        acknowledged |= run_and_kill(path, next_starts(path), chance.uniform(0.02, 0.6))
        if found := complaints(path, acknowledged):
            sys.exit(f"after {len(acknowledged)} articles: {'; '.join(found)}")
    with closing(sqlite3.connect(path)) as connection:
        (stored,) = connection.execute("SELECT count(*) FROM article").fetchone()
    return len(acknowledged), stored


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        acknowledged, stored = storm(Path(folder) / "sosik.db", chosen.kills, chosen.seed)
    print(f"{chosen.kills} kills (seed {chosen.seed}): {acknowledged} articles acknowledged, {stored} stored, "
          "0 lost, 0 twice, 0 half, 0 alerts lost")


if __name__ == "__main__":
    main()
