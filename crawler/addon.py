"""sosik.toml as Scrapy settings, both for `sosik crawl` and for `scrapy crawl`."""

from __future__ import annotations

from importlib.metadata import version

from scrapy.settings import BaseSettings

from crawler.config import Config, load_config
from crawler.crawl_context import SETTING, CrawlContext


def user_agent(config: Config) -> str:
    """Our own name, never a browser's: `sosik/0.1.0 (+https://example.org/about-us)`."""
    contact = f" (+{config.sosik.contact})" if config.sosik.contact else ""
    return f"sosik/{version('sosik')}{contact}"


def ensure_context(settings: BaseSettings) -> CrawlContext:
    """The context of whoever runs this crawl; `scrapy crawl` brings none and gets its own. Raises UserError."""
    if settings.get(SETTING) is None:
        config = load_config(None)
        settings.set(SETTING, CrawlContext(config, config.database_path), priority="cmdline")
        settings.set("SOSIK_CRAWL_CONTEXT_IS_OWN", True, priority="cmdline")
    return CrawlContext.in_settings(settings)


class Configured:
    """Scrapy add-on: lays the user's settings over the wiring."""

    def update_settings(self, settings: BaseSettings) -> None:
        config = ensure_context(settings).config
        values: dict[str, object] = {
            "USER_AGENT": user_agent(config),
            "DOWNLOAD_TIMEOUT": config.fetch.timeout_s,
            "DOWNLOAD_MAXSIZE": config.fetch.body_bytes_max,
            "DOWNLOAD_WARNSIZE": 0,
            "REDIRECT_MAX_TIMES": config.fetch.redirects_max,
        }
        for name, value in values.items():
            settings.set(name, value, priority="addon")
