"""Run the daemon under faults and kills, then count: what was lost, what was told twice, what grew.

    python -m tests.soak [--minutes 10] [--hosts 30] [--kill-every 60] [--spare-daemon] [--keep FOLDER]

Memory is judged over the daemon's longest life: spare the daemon and only its children are killed.

Exit status 0 when all promises hold (Figures.broken); those that do not are named.
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
import threading
import time
from contextlib import closing, suppress
from itertools import pairwise
from pathlib import Path

import psutil

from pipelines.delivery import State, listed
from tests.mailroom import Mailroom
from tests.soak.figures import Figures, Vitals, percentile
from tests.soak.wire import Wire

MARK = "SOSIK_SOAK"
WAITING = f"SELECT count(*) FROM delivery WHERE state NOT IN {listed((State.SENT, State.DROPPED))}"
DRAIN_S = 420.0  # at most, after the last story: two polls, and the back-off of what failed
SETTINGS = """
[sosik]
data_dir = "."
sources_file = "sources.toml"
shipped_sources = false
[fetch]
delay_s = 0.05
allow_networks = ["127.0.0.0/8"]
allow_ports = [{web}]
[alerts]
first_crawl = "tell"
[mail]
to = ["analyst@example.org"]
server = "127.0.0.1"
port = {mail}
security = "none"
storm = 1000
[daemon]
tick_s = 2.0
revisit_hours = []
"""


class Soak:
    """One daemon after another on the same folder. All its processes carry the folder's name in their environment."""

    def __init__(self, folder: Path, draw: random.Random, *, spares_daemon: bool) -> None:
        self.folder, self.draw, self.spares_daemon = folder, draw, spares_daemon
        self.vitals: list[Vitals] = []
        self.kills = 0
        self.crawl_memory = 0
        self.runs: dict[object, list[object]] = {}  # source → the times at which its crawls began

    def start(self) -> None:
        with (self.folder / "log.txt").open("ab") as log:
            self.daemon = subprocess.Popen(
                [sys.executable, "-m", "crawler", "--config", str(self.folder / "sosik.toml"), "daemon"],
                stderr=log, start_new_session=True, env={**os.environ, MARK: str(self.folder)},
            )
        self.vitals.append(Vitals())

    def kill(self) -> bool:
        """SIGKILL, by turns to the daemon (unless spared) and to one of the processes below it; False while there is none."""
        daemon = psutil.Process(self.daemon.pid)
        tree = [daemon] if self.kills % 2 and not self.spares_daemon else daemon.children(recursive=True)
        if not tree:
            return False
        victim = self.draw.choice(tree)
        self.kills += 1
        try:
            os.kill(victim.pid, signal.SIGKILL)
        except ProcessLookupError:
            return True
        if victim.pid == self.daemon.pid:
            self.daemon.wait()
            self.start()
        return True

    def run(self, seconds: float, *, kill_every_s: float) -> None:
        ends, next_kill = time.monotonic() + seconds, time.monotonic() + kill_every_s
        while time.monotonic() < ends:
            time.sleep(1)
            self.vitals[-1].sample(self.daemon.pid)
            self._note_runs()
            self._weigh()
            if kill_every_s and time.monotonic() >= next_kill and self.kill():
                next_kill = time.monotonic() + kill_every_s

    def drain(self, wire: Wire) -> None:
        """Until all that was published is stored and told, at most DRAIN_S."""
        ends = time.monotonic() + DRAIN_S
        while time.monotonic() < ends and not self.is_done(wire):
            self.run(5, kill_every_s=0)

    def is_done(self, wire: Wire) -> bool:
        (articles,), (waiting,) = *self.rows("SELECT count(*) FROM article"), *self.rows(WAITING)
        return articles == len(wire.stories) and not waiting

    def stop(self) -> int:
        self.daemon.send_signal(signal.SIGTERM)
        return self.daemon.wait(timeout=30)

    def _weigh(self) -> None:
        """The largest crawl process so far; its reading processes are not counted in."""
        with suppress(psutil.Error):
            for crawl in psutil.Process(self.daemon.pid).children():
                self.crawl_memory = max(self.crawl_memory, crawl.memory_info().rss)

    def _note_runs(self) -> None:
        with suppress(sqlite3.OperationalError):  # the tables are being made
            for source, began in self.rows("SELECT source, unixepoch(last_run_at) FROM source_run"):
                times = self.runs.setdefault(source, [])
                if began not in times:
                    times.append(began)

    @property
    def gaps(self) -> list[float]:
        """Seconds between two crawls of a source, the longest last."""
        return sorted(float(b) - float(a) for times in self.runs.values() for a, b in pairwise(times))

    def left(self) -> int:
        """Processes that are there although no daemon is."""
        found = 0
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                found += process.environ().get(MARK) == str(self.folder) and process.status() != psutil.STATUS_ZOMBIE
        return found

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(f"file:{self.folder / 'sosik.db'}?mode=ro", uri=True)) as connection:
            return connection.execute(query).fetchall()


def main() -> int:
    asked = parsed()
    folder = Path(asked.keep or tempfile.mkdtemp(prefix="sosik-soak-"))
    folder.mkdir(parents=True, exist_ok=True)
    heard: dict[str, float] = {}
    with Mailroom() as mailroom, Wire(hosts=asked.hosts, every_s=asked.publish_every) as wire:
        (folder / "sosik.toml").write_text(SETTINGS.format(web=wire.port, mail=mailroom.port), encoding="utf-8")
        (folder / "sources.toml").write_text(wire.sources_toml(), encoding="utf-8")
        listening = threading.Event()
        ear = threading.Thread(target=listen, args=(mailroom, heard, listening), daemon=True)
        ear.start()
        soak = Soak(folder, random.Random(7), spares_daemon=asked.spare_daemon)
        soak.start()
        print(f"{asked.hosts} sites, {asked.minutes:g} minutes, a kill every {asked.kill_every:g} s; folder {folder}", flush=True)
        soak.run(asked.minutes * 60, kill_every_s=asked.kill_every)
        wire.stop_publishing()
        soak.drain(wire)
        status = soak.stop()
        listening.set()
        ear.join()
        found = figures_of(soak, wire, mailroom, heard, status)
        show(soak, found)
    for promise in (broken := found.broken):
        print("  broken:", promise)
    return 1 if broken else 0


def listen(mailroom: Mailroom, heard: dict[str, float], stop: threading.Event) -> None:
    """When each mail's text was first seen."""
    seen = 0
    while not stop.wait(0.2):
        for delivered in mailroom.messages[seen:]:
            seen += 1
            heard.setdefault(str(delivered.message["Subject"]), time.time())


def figures_of(soak: Soak, wire: Wire, mailroom: Mailroom, heard: dict[str, float], status: int) -> Figures:
    stored = [str(url) for (url,) in soak.rows("SELECT url FROM article")]
    later = {str(url) for (url,) in soak.rows("SELECT url FROM address WHERE state <> 'done'")}  # failed, and due again
    matched = dict(soak.rows("SELECT a.url, al.id FROM alert al JOIN article a ON a.id = al.article_id WHERE al.kind = 'new'"))
    about = [story for story in wire.stories if story.is_about_china_ai]
    told = [
        (at - story.published_at, story.number in wire.disturbed) for story in about for subject, at in heard.items()
        if story.title in subject
    ]
    ((alerts,),) = soak.rows("SELECT count(*) FROM alert WHERE is_silent = 0")
    ((waiting,),) = soak.rows(WAITING)
    return Figures(
        published=len(wire.stories), stored=len(stored), twice=len(stored) - len(set(stored)), later=len(later),
        lost=tuple(url for s in wire.stories if (url := wire.url(s)) not in {*stored, *later}),
        matches=len(about), untold=tuple(url for s in about if (url := wire.url(s)) not in {*matched, *later}),
        alerts=int(str(alerts)), waiting=int(str(waiting)), mails=tuple(str(m.message["Message-ID"]) for m in mailroom.messages),
        lags=sorted(lag for lag, _ in told), smooth=sorted(lag for lag, is_disturbed in told if not is_disturbed),
        gaps=soak.gaps, kills=soak.kills, requests=wire.requests, crawl_memory=soak.crawl_memory,
        status=status, left=soak.left(), life=max(soak.vitals, key=lambda v: len(v.at)),
    )


def show(soak: Soak, found: Figures) -> None:
    life = found.life
    (soak.folder / "memory.csv").write_text(
        "".join(f"{t - life.at[0]:.0f},{m}\n" for t, m in zip(life.at, life.memory, strict=True)), encoding="utf-8"
    )
    print(f"stories published {found.published} · stored {found.stored} · to be tried again {found.later}"
          f" · lost {len(found.lost)} · twice {found.twice}")
    print(f"about the topic {found.matches} · not alerted {len(found.untold)} · mails {len(found.mails)}"
          f" · distinct {len(set(found.mails))} · waiting {found.waiting}")
    print(f"published → mail: median {percentile(found.lags, 0.5):.0f} s, 95 % within {percentile(found.lags):.0f} s;"
          f" without a fault on their way ({len(found.smooth)} of {len(found.lags)}):"
          f" 95 % within {percentile(found.smooth):.0f} s")
    print(f"from crawl to crawl of a source: median {percentile(found.gaps, 0.5):.0f} s,"
          f" 95 % within {percentile(found.gaps):.0f} s, longest {found.gaps[-1]:.0f} s · processes left over {found.left}")
    print(f"kills {found.kills} · requests {found.requests} · last exit status {found.status}")
    print(f"longest life {life.length_s:.0f} s: memory {min(life.memory) / 2**20:.0f} to {max(life.memory) / 2**20:.0f} MiB,"
          f" slope {life.slope:+.1f} MiB/h after {life.warm_up_s / 60:.0f} min, files {min(life.files)}-{max(life.files)},"
          f" threads {min(life.threads)}-{max(life.threads)}; largest crawl process {found.crawl_memory / 2**20:.0f} MiB")
    for url in (found.lost + found.untold)[:10]:
        print("  missing:", url, soak.rows(f"SELECT state, outcome, reason, tries FROM address WHERE url = '{url}'"))


def parsed() -> argparse.Namespace:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--minutes", type=float, default=10)
    ask.add_argument("--hosts", type=int, default=30)
    ask.add_argument("--publish-every", type=float, default=1.0, help="seconds between two stories, over all sites")
    ask.add_argument("--kill-every", type=float, default=60, help="seconds between two kills; 0: none")
    ask.add_argument("--spare-daemon", action="store_true", help="kill only its children: one long life to judge memory by")
    ask.add_argument("--keep", help="folder for database and log (default: a new one)")
    return ask.parse_args()


if __name__ == "__main__":
    sys.exit(main())
