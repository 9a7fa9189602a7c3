"""sosik.toml as Scrapy settings, both for `sosik crawl` and for `scrapy crawl`."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import version

from scrapy.settings import BaseSettings

from crawler.config import Config, load_config
from crawler.outbox import alert_policy
from crawler.sources.catalogue import Catalogue, load_catalogue
from pipelines.reader import ReaderLimits


def config_of(settings: BaseSettings) -> Config:
    """The Config that the caller put into the settings, else the one that sosik.toml or the defaults give. Raises UserError."""
    given = settings.get("SOSIK_CONFIG")
    return given if isinstance(given, Config) else load_config(None)


def catalogue_of(settings: BaseSettings) -> Catalogue:
    """The sources that the caller put into the settings, else what the files say. Raises UserError."""
    given = settings.get("SOSIK_CATALOGUE")
    return given if isinstance(given, Catalogue) else _catalogue(config_of(settings))


_catalogue = lru_cache(maxsize=1)(load_catalogue)  # a crawl of 200 sources is 200 crawlers in one process, with one catalogue


def user_agent(config: Config) -> str:
    """Our own name, never a browser's: `sosik/0.1.0 (+https://example.org/about-us)`."""
    contact = f" (+{config.sosik.contact})" if config.sosik.contact else ""
    return f"sosik/{version('sosik')}{contact}"


def reader_limits(config: Config, *, takes_last_good: bool = False) -> ReaderLimits:
    return ReaderLimits(
        last_good=config.sosik.data_dir / "topics" if takes_last_good else None,
        workers=config.read.workers,
        deadline_s=config.read.deadline_s,
        memory_bytes_max=config.read.memory_bytes_max,
        topics=config.sosik.topics,
        structures_file=config.beside(config.read.structures_file) if config.read.structures_file else None,
        topics_folder=config.beside("."),
    )


class Configured:
    """Scrapy add-on: lays the user's settings over the wiring."""

    def update_settings(self, settings: BaseSettings) -> None:
        config = config_of(settings)
        values: dict[str, object] = {
            "SOSIK_CONFIG": config,
            "SOSIK_DATABASE": settings.get("SOSIK_DATABASE") or config.database_path,
            "SOSIK_READER_LIMITS": reader_limits(config, takes_last_good=settings.getbool("SOSIK_LAST_GOOD_TOPICS")),
            "SOSIK_ALERT_POLICY": alert_policy(config),
            "SOSIK_KEEP_RAW": config.read.keep_raw_days > 0,
            "USER_AGENT": user_agent(config),
            "DOWNLOAD_TIMEOUT": config.fetch.timeout_s,
            "DOWNLOAD_MAXSIZE": config.fetch.body_bytes_max,
            "DOWNLOAD_WARNSIZE": 0,
            "REDIRECT_MAX_TIMES": config.fetch.redirects_max,
        }
        for name, value in values.items():
            settings.set(name, value, priority="addon")
