"""No text and no pattern makes matching slow.

The promise is 50 ms; the limit here is ten times that, because this machine may be busy. Without the bounds that these tests
guard, each of these takes seconds to years.
"""

from __future__ import annotations

import time

import pytest

from pipelines.topics import Topics, match_article
from tests.topics.conftest import article, topic

LIMIT_S = 0.5


@pytest.mark.parametrize("text", [
    "중국 AI " * 40_000, "중국AI" * 40_000, "딥시크 알리바바 인공지능 중국 엔비디아 수출 " * 8_000, "가" * 200_000,
    "." * 200_000, "((((" * 50_000, "딥\u200b시\u200b크\u200b" * 30_000, "\u1103\u1175\u11b8" * 50_000,
    "(가=나" * 40_000, "\n(가나=다라\n" * 20_000, "中" * 100_000, "AI·" * 60_000,
], ids=range(12))
def test_hostile_texts(china_ai: Topics, text: str) -> None:
    given_article = article("중국 AI " * 20, text)
    began = time.process_time()
    match_article(china_ai, given_article)
    assert time.process_time() - began < LIMIT_S


@pytest.mark.parametrize("query", [
    "/.{0,20}a.{0,10}b/", "/a{0,19}a{0,19}b/", "/[ab]{0,200}c/", "/a?a?a?a?a?a?a?a?b/", "aa* NEAR/100 aa*",
    "*aa OR *aaa OR *aaaa",
    "(@bigtech OR @us_bigtech OR @ai) NEAR/100 (@bigtech OR @ai)",
])
def test_hostile_queries(query: str) -> None:
    slow = topic(f"query = '{query}'")
    given_article = article("a", "a " * 5_000 + "a" * 5_000 + "화웨이 AI 구글 " * 500)
    began = time.process_time()
    match_article(slow, given_article)
    assert time.process_time() - began < LIMIT_S


def test_a_topic_of_twenty_thousand_words(china_ai: Topics) -> None:
    words = ", ".join(f'"이름{chr(0xAC00 + i % 9000)}{chr(0xAC00 + i // 9000)}"' for i in range(20_000))
    began = time.process_time()
    large = topic(f'[[entity]]\nid = "x"\nstrong = [{words}]\n')
    loaded = time.process_time()
    assert loaded - began < 10 * LIMIT_S
    for _ in range(20):
        match_article(large, article("제목", "새 인공지능이 나왔다. " * 100))
    assert time.process_time() - loaded < LIMIT_S
