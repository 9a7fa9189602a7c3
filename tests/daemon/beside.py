"""A daemon inside the test's process, with crawls that the test writes; for what a real one does too rarely or too slowly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from crawler.child import ChildEnd
from crawler.crawls import Crawls
from crawler.daemon import Daemon
from crawler.lock import only_daemon
from crawler.plan import load_plan
from pipelines.alerts.notice_words import NoticeWords, notice_words
from pipelines.clock import stored
from pipelines.rhythm import Run
from pipelines.store.database import Store
from pipelines.store.polls import begin_run, end_run
from pipelines.store.telling import notice
from pipelines.wording import Wording

Maker = Callable[..., Daemon]
SOURCES = "".join(
    f'[[source]]\nname = "{name}"\ntitle = "{name}"\nhosts = ["{name}.invalid"]\nfeeds = ["https://{name}.invalid/rss"]\n\n'
    for name in ("alpha", "beta", "gamma")
)
WELL = ChildEnd(status=0, was_stopped=False, said="stored=1", errors="")
CRASHED = ChildEnd(status=-11, was_stopped=False, said="", errors="")


def settings(folder: Path, more: str = "") -> Path:
    """The path of a sosik.toml with three sources that lead nowhere."""
    (folder / "sources.toml").write_text(SOURCES, encoding="utf-8")
    path = folder / "sosik.toml"
    general = '[sosik]\nlanguage = "en"\ndata_dir = "."\nsources_file = "sources.toml"\nshipped_sources = false\n'
    path.write_text(general + more, encoding="utf-8")
    return path


def beating(daemon: Daemon, store: Store) -> None:
    daemon.store = store
    asyncio.run(daemon.beat())


@dataclass
class Launches:
    """What the daemon started; each ends as `end` says, or hangs until it is cancelled when that is None."""

    end: Callable[[], ChildEnd | None] = lambda: WELL
    started: list[bytes] = field(default_factory=list)

    async def __call__(self, job: bytes, environment: object, *, deadline_s: float) -> ChildEnd:
        self.started.append(job)
        end = self.end()
        if end is None:
            await asyncio.Event().wait()
        assert end
        return end


@contextmanager
def ready(folder: Path, launches: Launches, more: str = "") -> Iterator[Daemon]:
    """A daemon that has read its files and opened its database, but does nothing yet."""
    daemon = Daemon(config_path=settings(folder, more), crawls=Crawls(run=launches))
    daemon.plan = load_plan(daemon.config_path)
    path = daemon.plan.config.database_path
    with only_daemon(path), daemon._open() as daemon.store:
        yield daemon


def publish(store: Store, source: str, times: list[datetime]) -> None:
    """Articles of a source, with as little in them as the table allows."""
    store.db.execute("PRAGMA foreign_keys = OFF")
    with store.transaction() as connection:
        (story,) = connection.execute(
            "INSERT INTO story (headline, first_seen_at, last_seen_at) VALUES ('t', 't', 't') RETURNING id"
        ).fetchone()
        columns = [row[1:5] for row in connection.execute("PRAGMA table_info(article)")]
        needed = {name: kind for name, kind, not_null, default in columns if not_null and not default}
        blank: dict[str, object] = {name: {"TEXT": "", "BLOB": b""}.get(kind, 0) for name, kind in needed.items()}
        (already,) = connection.execute("SELECT count(*) FROM article WHERE source = ?", [source]).fetchone()
        for number, at in enumerate(times, already):
            values = blank | {
                "key": f"{source}/{number}", "source": source, "story_id": story, "first_seen_at": stored(at),
                "last_seen_at": stored(at),
            }
            marks = ", ".join(f":{name}" for name in values)
            connection.execute(f"INSERT INTO article ({', '.join(values)}) VALUES ({marks})", values)


def notices(store: Store, say: Wording) -> list[NoticeWords]:
    """What the readers were told of sosik itself."""
    ids = [row[0] for row in store.db.execute("SELECT id FROM notice ORDER BY id").fetchall()]
    return [notice_words(notice(store.db.conn, each), say) for each in ids]


def crawled(store: Store, source: str, since: datetime, until: datetime, *, is_answered: bool = True) -> None:
    """A crawl of the source at every half hour between the two."""
    run, step = Run(answers=1) if is_answered else Run(trouble="http-500"), timedelta(minutes=30)
    with store.transaction():
        for number in range(int((until - since) / step)):
            at = since + number * step
            begin_run(store, source, at)
            end_run(store, source, run, began=at, now=at)


def ticks(daemon: Daemon, count: int = 1) -> None:
    """So many looks at what is due, each crawl ended before the next look."""

    async def look() -> None:
        for _ in range(count):
            await daemon.start_due()
            await asyncio.gather(*daemon.crawls.running)
            await asyncio.sleep(0)  # for what is to be done after a crawl

    asyncio.run(look())
