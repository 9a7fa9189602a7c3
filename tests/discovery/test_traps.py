"""Paths and queries that a site makes up without end."""

from __future__ import annotations

import pytest

from crawler.discovery.traps import is_trap


@pytest.mark.parametrize(
    "url",
    [
        "https://a.kr/news/economy/2026/11/22/20261122001", "https://a.kr/news/article/all/20261122/1/1", "https://a.kr/a/b/a/b/1",
        "https://a.kr/view?" + "&".join(f"p{i}=1" for i in range(15)), "https://a.kr/2026/2026/2026/2026",
    ],
)  # fmt: skip
def test_ordinary_addresses_are_none(url: str) -> None:
    assert not is_trap(url)


@pytest.mark.parametrize(
    "url",
    ["https://a.kr/a/b/a/b/a/b/1", "https://a.kr/" + "x/" * 3, "https://a.kr/" + "/".join(f"s{i}" for i in range(21)),
     "https://a.kr/list?" + "&".join(f"facet{i}=1" for i in range(21))],
)  # fmt: skip
def test_growing_addresses_are(url: str) -> None:
    assert is_trap(url)
