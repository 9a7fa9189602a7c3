"""What the files say: settings, sources and topics, taken over as a whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crawler.config import FILE_NAME, Config, load_config
from crawler.policy import check_wishes
from crawler.sources import Catalogue, load_catalogue
from pipelines.errors import UserError
from pipelines.tomlfile import mtime
from pipelines.topics import Topics, load_topics, path_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One consistent reading of the files."""

    config: Config
    catalogue: Catalogue
    topics: Topics
    mtimes: tuple[tuple[Path, float], ...]  # the files, and when each was last changed

    @property
    def has_changed(self) -> bool:
        """Whether a file it was read from is another one now."""
        return any(mtime(path) != known for path, known in self.mtimes)


def load_plan(config_path: Path | None) -> Plan:
    """Settings, sources and topics from their files. Raises UserError, naming file, line and key."""
    config = load_config(config_path)
    mtimes = tuple((path, mtime(path)) for path in _files(config))  # before reading: no change is missed
    topics = load_topics(config.sosik.topics, config.beside("."))
    check_wishes(config, topics)
    return Plan(config=config, catalogue=load_catalogue(config), topics=topics, mtimes=mtimes)


def successor(old: Plan, config_path: Path | None) -> Plan:
    """The files read anew. Raises UserError when they are wrong, or ask for what a running daemon cannot change."""
    new = load_plan(config_path)
    if new.config.sosik.data_dir != old.config.sosik.data_dir or new.config.database_path != old.config.database_path:
        raise UserError("sosik.data_dir and sosik.database cannot change while the daemon runs. Restart it.")
    return new


def _files(config: Config) -> Iterator[Path]:
    """All files that the settings are read from, and those that would be if they were there."""
    yield config.path or Path(FILE_NAME)
    yield from (config.beside(name) for name in (config.sosik.sources_file, config.read.structures_file) if name)
    topics = [path_of(name, config.beside(".")) for name in config.sosik.topics]
    yield from topics
    yield from {topic.with_name("sets.toml") for topic in topics}
