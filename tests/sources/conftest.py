"""A press of the test's own, the settings of a user who crawls it, and a process that crawls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sources.crawling import Crawls
from tests.sources.press_site import PressSite

CONFIG = """
[sosik]
data_dir = "."
sources_file = "sources.toml"
shipped_sources = false
[fetch]
delay_s = 0.001
allow_networks = ["127.0.0.0/8"]
allow_ports = [{port}]
"""


@pytest.fixture(scope="session")
def crawls() -> Iterator[Crawls]:
    with Crawls() as running:
        yield running


@pytest.fixture
def site() -> Iterator[PressSite]:
    with PressSite() as started:
        yield started


@pytest.fixture
def configured(site: PressSite, tmp_path: Path) -> Callable[..., Path]:
    """configured(sources_toml) → the path of a sosik.toml beside it; {site} in the text is the site's root."""

    def write(sources: str, more: str = "") -> Path:
        (tmp_path / "sources.toml").write_text(sources.replace("{site}", site.url("")), encoding="utf-8")
        config = tmp_path / "sosik.toml"
        config.write_text(CONFIG.format(port=site.port) + more, encoding="utf-8")
        return config

    return write
