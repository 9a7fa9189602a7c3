"""Run the daemon under faults and kills, then count: what was lost, what was told twice, what grew.

    python -m tests.soak [--minutes 10] [--hosts 30] [--kill-every 60] [--spare-daemon] [--keep FOLDER]

Memory is judged over the daemon's longest life: spare the daemon and only its children are killed.

Exit status 0 when all PROMISES hold; those that do not are named.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import psutil

from pipelines.delivery import State, listed
from tests.mailroom import Mailroom
from tests.soak.wire import FEED_S, Wire

MARK = "SOSIK_SOAK"
WAITING = f"SELECT count(*) FROM delivery WHERE state NOT IN {listed((State.SENT, State.DROPPED))}"
TOLD_WITHIN_S = 90.0  # 95 % of the matches
MISSED_S = 2 * FEED_S  # from crawl to crawl: more is a slot missed
SLOPE_MAX, SLOPE_FROM_S = 1.0, 2700.0  # MiB an hour, in a life long enough to tell
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


@dataclass
class Vitals:
    """What the daemon used, sampled through its lives."""

    at: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)

    def sample(self, pid: int) -> None:
        try:
            process = psutil.Process(pid)
            figures = process.memory_info().rss, process.num_fds(), process.num_threads()
        except psutil.Error:
            return
        self.at.append(time.monotonic())
        for series, value in zip((self.memory, self.files, self.threads), figures, strict=True):
            series.append(value)

    @property
    def warm_up_s(self) -> float:
        """A sixth of the life, but at least a minute: ten minutes of an hour. Chosen by hand."""
        return max(60.0, (self.at[-1] - self.at[0]) / 6)


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
        return verdict(soak, wire, mailroom, heard, status)


def listen(mailroom: Mailroom, heard: dict[str, float], stop: threading.Event) -> None:
    """When each mail's text was first seen."""
    seen = 0
    while not stop.wait(0.2):
        for delivered in mailroom.messages[seen:]:
            seen += 1
            heard.setdefault(str(delivered.message["Subject"]), time.time())


def verdict(soak: Soak, wire: Wire, mailroom: Mailroom, heard: dict[str, float], status: int) -> int:
    """Print the figures; 0 when all promises held."""
    stored = [str(url) for (url,) in soak.rows("SELECT url FROM article")]
    later = {str(url) for (url,) in soak.rows("SELECT url FROM address WHERE state <> 'done'")}  # failed, and due again
    lost = [wire.url(s) for s in wire.stories if wire.url(s) not in {*stored, *later}]
    matched = dict(soak.rows("SELECT a.url, al.id FROM alert al JOIN article a ON a.id = al.article_id WHERE al.kind = 'new'"))
    untold = [wire.url(s) for s in wire.stories if s.is_about_china_ai and wire.url(s) not in {*matched, *later}]
    waiting = soak.rows(WAITING)[0][0]
    ids = [str(m.message["Message-ID"]) for m in mailroom.messages]
    told = [
        (at - story.published_at, story.number in wire.disturbed) for story in wire.stories if story.is_about_china_ai
        for subject, at in heard.items() if story.title in subject
    ]
    lags = sorted(lag for lag, _ in told)
    smooth = sorted(lag for lag, is_disturbed in told if not is_disturbed)
    longest = max(soak.vitals, key=lambda v: len(v.at))
    (soak.folder / "memory.csv").write_text(
        "".join(f"{t - longest.at[0]:.0f},{m}\n" for t, m in zip(longest.at, longest.memory, strict=True)), encoding="utf-8"
    )
    print(f"stories published {len(wire.stories)} · stored {len(stored)} · to be tried again {len(later)} · lost {len(lost)}"
          f" · twice {len(stored) - len(set(stored))}")
    print(f"about the topic {sum(s.is_about_china_ai for s in wire.stories)} · not alerted {len(untold)} · mails {len(ids)}"
          f" · distinct {len(set(ids))} · waiting {waiting}")
    print(f"published → mail: median {statistics.median(lags) if lags else 0:.0f} s, 95 % within {percentile(lags):.0f} s;"
          f" without a fault on their way ({len(smooth)} of {len(lags)}): 95 % within {percentile(smooth):.0f} s")
    gaps = soak.gaps
    print(f"from crawl to crawl of a source: median {statistics.median(gaps):.0f} s, 95 % within {percentile(gaps):.0f} s,"
          f" longest {gaps[-1]:.0f} s · processes left over {soak.left()}")
    print(f"kills {soak.kills} · requests {wire.requests} · last exit status {status}")
    print(f"longest life {longest.at[-1] - longest.at[0]:.0f} s: memory {min(longest.memory) / 2**20:.0f} to"
          f" {max(longest.memory) / 2**20:.0f} MiB, slope {slope(longest):+.1f} MiB/h after {longest.warm_up_s / 60:.0f} min,"
          f" files {min(longest.files)}-{max(longest.files)}, threads {min(longest.threads)}-{max(longest.threads)};"
          f" largest crawl process {soak.crawl_memory / 2**20:.0f} MiB")
    for url in (lost + untold)[:10]:
        print("  missing:", url, soak.rows(f"SELECT state, outcome, reason, tries FROM address WHERE url = '{url}'"))
    promises = {
        "every story is stored": not lost,
        "none twice": len(stored) == len(set(stored)),
        "every match is told": not untold and not waiting,
        "one Message-ID an alert": [(len(set(ids)),)] == soak.rows("SELECT count(*) FROM alert WHERE is_silent = 0"),
        f"95 % of the mails within {TOLD_WITHIN_S:g} s": not lags or percentile(lags) <= TOLD_WITHIN_S,
        "no slot missed": not gaps or gaps[-1] < MISSED_S,
        f"memory grows by less than {SLOPE_MAX:g} MiB an hour":
            longest.at[-1] - longest.at[0] < SLOPE_FROM_S or slope(longest) < SLOPE_MAX,
        "it ends with 0 and leaves no process": status == 0 and not soak.left(),
    }
    for promise in (promise for promise, is_kept in promises.items() if not is_kept):
        print("  broken:", promise)
    return 0 if all(promises.values()) else 1


def percentile(ordered: list[float], share: float = 0.95) -> float:
    return ordered[int(share * (len(ordered) - 1))] if ordered else float("nan")


def slope(vitals: Vitals) -> float:
    """MiB an hour, by least squares, after the warm-up."""
    points = [(t, m) for t, m in zip(vitals.at, vitals.memory, strict=True) if t - vitals.at[0] > vitals.warm_up_s]
    if len(points) < 30:
        return float("nan")
    return statistics.linear_regression(*zip(*points, strict=True)).slope * 3600 / 2**20


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
