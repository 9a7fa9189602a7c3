"""Power cuts, without the hardware: the write-ahead log cut or spoilt at random places.

    python -m tests.store.cuts --cuts 500

A database is written commit by commit and never checkpointed. Then copies of it get a log that ends, or turns to noise, at a
random byte. Each must open, be sound, and hold exactly the first so many articles, each of them whole.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from pipelines.record import record
from pipelines.store.database import open_store
from pipelines.store.files import complaints as unsound
from tests.store.kills import PARTS, numbered
from tests.store.making import NOW, POLICY

ARTICLES = 60


def write(path: Path, articles: int = ARTICLES) -> None:
    """A database whose articles are all in the log, which stays when it is copied before closing."""
    with open_store(path) as store:
        store.checkpoint()
        store.db.execute("PRAGMA wal_autocheckpoint = 0")
        for number in range(articles):
            record(store, numbered(number), now=NOW, policy=POLICY)
        for side in ("", "-wal"):
            shutil.copyfile(f"{path}{side}", f"{path}.kept{side}")


def cut(path: Path, to: Path, chance: random.Random) -> int:
    """A copy of the database whose log is whole up to the byte it gives back."""
    shutil.copyfile(f"{path}.kept", to)
    log = Path(f"{path}.kept-wal").read_bytes()
    place = chance.randrange(len(log) + 1)
    noise = chance.randbytes(min(4096, len(log) - place)) if chance.random() < 0.3 else b""
    rest = log[place + len(noise) :] if noise else b""
    Path(f"{to}-wal").write_bytes(log[:place] + noise + rest)
    Path(f"{to}-shm").unlink(missing_ok=True)
    return place


def complaints(path: Path) -> tuple[int, list[str]]:
    """How many articles are there, and what is wrong with them."""
    with closing(sqlite3.connect(path)) as connection:  # reads the log, as any program would
        numbers = [int(key[-6:]) for (key,) in connection.execute("SELECT key FROM article ORDER BY id")]
        found = [] if numbers == list(range(len(numbers))) else ["not the first ones"]
        for told, condition in PARTS.items():
            (count,) = connection.execute(f"SELECT count(*) FROM article WHERE {condition}").fetchone()
            found += [f"{count} articles with {told}"] if count else []
    return len(numbers), found + list(unsound(path, thorough=True))


def storm(folder: Path, cuts: int, seed: int) -> tuple[int, int]:
    """Cut so often; the fewest and the most articles that were left. Exits at the first complaint."""
    chance = random.Random(seed)
    path, copy = folder / "sosik.db", folder / "cut.db"
    write(path)
    left: dict[int, int] = {}
    for _ in range(cuts):
        place = cut(path, copy, chance)
        left[place], found = complaints(copy)
        if found:
            sys.exit(f"cut at byte {place}: {'; '.join(found)}")
    ordered = [left[place] for place in sorted(left)]
    if ordered != sorted(ordered):
        sys.exit("a longer log holds fewer articles")
    return ordered[0], ordered[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=500)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        least, most = storm(Path(folder), chosen.cuts, chosen.seed)
    print(f"{chosen.cuts} cuts (seed {chosen.seed}): every copy sound, {least} to {most} of {ARTICLES} articles, "
          "always the first ones")


if __name__ == "__main__":
    main()
