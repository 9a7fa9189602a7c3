"""The real feeds: dated polls of six outlets, and old ones in EUC-KR and CP949."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.discovery import Found, find
from crawler.sources import Endpoint, Way
from crawler.spiders.announcing import announced
from pipelines.store.database import open_store
from pipelines.store.frontier import enter
from pipelines.urls import Address, clean_url, shipped_rules

OUTLETS = ("donga", "hani", "hankookilbo", "joongang", "khan", "nocut")
FEED = Endpoint(url="https://rss.example.kr/", way=Way.FEED)


def polls(corpus: Path, outlet: str) -> list[tuple[datetime, bytes]]:
    """(time of the poll, body), the oldest first."""
    found = sorted((corpus / "feeds" / outlet).glob("*.gz"))
    return [
        (datetime.strptime(f.name[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC), gzip.decompress(f.read_bytes())) for f in found
    ]


def look(body: bytes, now: datetime) -> Found:
    return find(body, "application/xml", endpoint=FEED, base=FEED.url, now=now)


@pytest.mark.corpus
@pytest.mark.parametrize("outlet", OUTLETS)
def test_every_entry_with_a_link_survives_with_a_title_and_a_time(corpus: Path, outlet: str) -> None:
    for now, body in polls(corpus, outlet):
        found = look(body, now)
        assert len(found.links) == len(re.findall(rb"<item>(?:(?!</item>).)*<link>\s*[^<\s]", body, re.DOTALL))
        assert all(isinstance(clean_url(link.href), Address) for link in found.links)
        assert all(link.title and "\ufffd" not in link.title + link.summary for link in found.links)
        assert all(link.published and link.published <= now for link in found.links)


@pytest.mark.corpus
@pytest.mark.parametrize("outlet", [outlet for outlet in OUTLETS if outlet != "joongang"])  # its feed was frozen for two months
def test_the_newest_entry_is_as_fresh_as_the_poll(corpus: Path, outlet: str) -> None:
    ages = [now - newest for now, body in polls(corpus, outlet) if (newest := look(body, now).newest)]
    assert min(ages) < timedelta(hours=1)
    assert max(ages) < timedelta(hours=4)


@pytest.mark.corpus
@pytest.mark.parametrize("outlet", OUTLETS)
def test_replaying_the_polls_yields_each_article_once(corpus: Path, outlet: str, tmp_path: Path) -> None:
    yielded: list[str] = []
    links: set[str] = set()
    with open_store(tmp_path / "sosik.db") as store:
        for now, body in polls(corpus, outlet):
            each = announced(look(body, now), FEED.url, shipped_rules())
            links |= {one.key for one in each}
            with store.transaction() as connection:
                yielded += [one.key for one in enter(connection, each, source=outlet, now=now)]
    assert len(yielded) == len(set(yielded)) == len(links)


@pytest.mark.corpus
def test_old_feeds_in_korean_charsets_lose_no_entry_and_no_letter(corpus: Path) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    files = sorted((corpus / "feeds" / "legacy").glob("*.xml.gz"))
    assert len(files) > 10
    for file in files:
        body = gzip.decompress(file.read_bytes())
        found = look(body, now)
        assert len(found.links) == len(re.findall(rb"<item[\s>]", body)), file.name
        assert all("\ufffd" not in link.title + link.summary for link in found.links), file.name
        dated = len(re.findall(rb"<item[\s>](?:(?!</item>).)*<(?:pubDate|dc:date)>\s*[^<\s]", body, re.DOTALL))
        assert sum(link.published is not None for link in found.links) >= dated, file.name
