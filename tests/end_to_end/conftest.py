"""One crawl for all tests that only look at it; a test that changes something takes a copy (Desk.copy)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.end_to_end.desk import DELAY, Crawled, Desk
from tests.mailroom import Mailroom
from tests.newsroom import Newsroom


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Settings, and nothing crawled yet."""
    folder = tmp_path_factory.mktemp("desk")
    with Newsroom() as newsroom, Mailroom() as mailroom:
        (folder / "sources.toml").write_text(newsroom.sources_toml(), encoding="utf-8")
        config = newsroom.config_toml(mail_port=mailroom.port, language="en", delay_s=DELAY.total_seconds())
        (folder / "sosik.toml").write_text(config, encoding="utf-8")
        yield Desk(folder=folder, newsroom=newsroom, mailroom=mailroom)


@pytest.fixture(scope="session")
def crawled(empty: Desk, tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    """After `sosik crawl --all` and `sosik alerts send`."""
    desk = empty.copy(tmp_path_factory.mktemp("crawled"))
    asked, mails = len(desk.newsroom.requests), len(desk.mailroom.messages)
    crawl, send = desk.sosik("crawl", "--all"), desk.sosik("alerts", "send")
    return Crawled(
        desk=desk, crawl=crawl, send=send, requests=tuple(desk.newsroom.requests[asked:]),
        mails=tuple(desk.mailroom.messages[mails:]))
