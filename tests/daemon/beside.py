"""A daemon inside the test's process, with crawls that the test writes; for what a real one does too rarely or too slowly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from crawler.child import ChildEnd
from crawler.daemon import Daemon
from crawler.plan import load_plan
from pipelines.store.database import Store, open_store

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
class Crawls:
    """What the daemon started; each ends as `end` says, or hangs until it is cancelled when that is None."""

    end: Callable[[], ChildEnd | None] = lambda: WELL
    started: list[bytes] = field(default_factory=list)

    async def __call__(self, errand: bytes, environment: object, *, deadline_s: float) -> ChildEnd:
        self.started.append(errand)
        end = self.end()
        if end is None:
            await asyncio.Event().wait()
        assert end
        return end


def ready(folder: Path, crawls: Crawls, more: str = "") -> Daemon:
    """A daemon that has read its files and opened its database, but does nothing yet."""
    daemon = Daemon(config_path=settings(folder, more), crawl=crawls)
    daemon.plan = load_plan(daemon.config_path)
    daemon.store = open_store(daemon.plan.config.database_path)
    return daemon
