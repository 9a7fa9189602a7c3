"""kill -9 at random moments of real crawls that send mails: all processes of `sosik crawl --all; sosik alerts send` at once.

    python -m tests.store.crawl_kills --kills 200

An undisturbed crawl of the offline newsroom is the measure. Then each round begins with an empty database and is killed and
started again until it comes through by itself. What is then stored, and who was told what, must be the same.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pipelines.store.database import open_store
from pipelines.store.upkeep import check
from tests.mailroom import Mailroom
from tests.newsroom import Newsroom

ROOT = Path(__file__).parents[2]
JOB = f"{sys.executable} -m crawler crawl --all; {sys.executable} -m crawler alerts send"
GOES_ON_FOR_S = 120.0


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a crawl left, without what differs from run to run: numbers and times."""

    articles: frozenset[tuple[str, str, str]]  # address, title, hash of the text
    stories: frozenset[frozenset[str]]  # the addresses of each
    matches: frozenset[tuple[str, str, str]]
    alerts: frozenset[tuple[str, str]]  # a story's first address, and topic; updates differ with the order of arrival
    outcomes: frozenset[tuple[str, str, str]]


def outcome(path: Path) -> Outcome:
    with closing(sqlite3.connect(path)) as connection:
        def rows(statement: str) -> list[tuple[str, ...]]:
            return connection.execute(statement).fetchall()

        stories = rows("SELECT group_concat(key, char(10)) FROM article GROUP BY story_id")
        return Outcome(
            articles=frozenset(rows("SELECT key, title, text_hash FROM article")),
            stories=frozenset(frozenset(keys.split("\n")) for (keys,) in stories),
            matches=frozenset(rows("SELECT key, topic, level FROM match JOIN article ON article.id = article_id")),
            alerts=frozenset(rows(
                """SELECT min(article.key), topic FROM alert JOIN article USING (story_id) WHERE alert.kind = 'new'
                   GROUP BY alert.id""")),
            outcomes=frozenset(rows("SELECT key, outcome, reason FROM address")))


def run(folder: Path, seconds: float | None) -> bool:
    """Crawl and send; whether it came to its end before it was killed."""
    job = subprocess.Popen(
        JOB, shell=True, cwd=ROOT, env=os.environ | {"SOSIK_CONFIG": str(folder / "sosik.toml")},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        job.wait(seconds or GOES_ON_FOR_S)
        return True
    except subprocess.TimeoutExpired:
        os.killpg(job.pid, signal.SIGKILL)
        job.wait()
        return False


def complaints(path: Path, undisturbed: Outcome, mailroom: Mailroom, mails_before: int) -> list[str]:
    with open_store(path) as store:
        found = list(check(store))
    seen = outcome(path)
    for name in Outcome.__dataclass_fields__:
        if missing := getattr(undisturbed, name) - getattr(seen, name):
            found.append(f"{name} lost: {sorted(map(str, missing))[:3]}")
        if extra := getattr(seen, name) - getattr(undisturbed, name):
            found.append(f"{name} too many: {sorted(map(str, extra))[:3]}")
    with closing(sqlite3.connect(path)) as connection:
        born = {message_id for (message_id,) in connection.execute("SELECT message_id FROM alert")}
        unsent = connection.execute("SELECT count(*) FROM delivery WHERE state <> 'sent'").fetchone()[0]
    told = set(message_ids(mailroom)[mails_before:])
    if told != born or unsent:
        found.append(f"{len(born - told)} alerts never told, {len(told - born)} told of nothing, {unsent} not sent")
    return found


def message_ids(mailroom: Mailroom) -> list[str]:
    return [str(each.message["Message-ID"]) for each in mailroom.messages]


def storm(kills: int, seed: int, folder: Path) -> tuple[int, int]:
    """So many kills; rounds that came through, and mails that went out twice. Exits at the first complaint."""
    chance = random.Random(seed)
    path = folder / "sosik.db"
    with Newsroom() as newsroom, Mailroom() as mailroom:
        (folder / "sources.toml").write_text(newsroom.sources_toml(), encoding="utf-8")
        (folder / "sosik.toml").write_text(newsroom.config_toml(mail_port=mailroom.port), encoding="utf-8")
        started = time.monotonic()
        run(folder, None)
        whole = time.monotonic() - started
        undisturbed = outcome(path)
        if not undisturbed.articles or not undisturbed.alerts:
            sys.exit("the undisturbed crawl stored no article or alert: nothing to compare with")
        done, rounds, twice = 0, 0, 0
        while done < kills:
            for each in folder.glob("sosik.db*"):
                each.unlink()
            before = len(mailroom.messages)
            while not run(folder, chance.uniform(0.2, 1.0) * whole if done < kills else None):
                done += 1
            rounds += 1
            if found := complaints(path, undisturbed, mailroom, before):
                sys.exit(f"round {rounds}, {done} kills: {'; '.join(found)}")
            ids = message_ids(mailroom)[before:]
            twice += len(ids) - len(set(ids))
            print(f"{done} kills, {rounds} rounds came through, {len(undisturbed.articles)} articles each", flush=True)
    return rounds, twice


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rounds, twice = storm(chosen.kills, chosen.seed, Path(folder))
    print(f"{chosen.kills} kills (seed {chosen.seed}), {rounds} crawls came through: 0 articles lost, 0 twice, 0 alerts lost; "
          f"{twice} mails were sent again with the same Message-ID")


if __name__ == "__main__":
    main()
