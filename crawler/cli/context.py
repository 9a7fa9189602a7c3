"""What every command gets: the settings, the database and the language, each made when first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from crawler.config import Config, load_config
from pipelines.wording import Language, Wording

if TYPE_CHECKING:
    from crawler.crawl_context import CrawlContext
    from pipelines.store.database import Store


@dataclass(kw_only=True)
class Session:
    """One call of `sosik`."""

    config_path: Path | None = None
    database: Path | None = None

    @cached_property
    def config(self) -> Config:
        return load_config(self.config_path)

    @cached_property
    def say(self) -> Wording:
        return Wording(cast(Language, self.config.sosik.language))

    @property
    def database_path(self) -> Path:
        return self.database or self.config.database_path

    def open_store(self) -> Store:
        """The database that a crawl made: a mistyped path makes none. Raises StoreError."""
        from pipelines.store.database import open_store

        return open_store(self.database_path, must_exist=True)

    def open_to_read(self) -> Store:
        """The same for looking, also where nothing can be written; says when the newest may be missing. Raises StoreError."""
        from pipelines.store.database import open_to_read

        store = open_to_read(self.database_path)
        if store.lacks_log:
            click.echo(self.say("archive.without_log", path=self.database_path), err=True)
        return store

    def open_crawl_context(self) -> CrawlContext:
        """What a crawl works with; to be closed. Imports Scrapy."""
        from crawler.crawl_context import CrawlContext

        return CrawlContext(self.config, self.database_path)
