"""Topics written as one query, run on articles."""

from __future__ import annotations

import pytest

from tests.topics.conftest import level, topic, verdict

TITLE, TEXT = "화웨이, 새 AI 칩 공개", "화웨이가 어센드 칩을 내놨다. 조류 사진이 걸렸다.\n바이두도 관심을 보였다."


def holds(query: str, title: str = TITLE, text: str = TEXT, **more: object) -> bool:
    return level(topic(f"query = '{query}'\n[levels]\nmatch = 0\n"), title, text, **more) == "match"


@pytest.mark.parametrize("query", [
    "화웨이", "화웨이 AND 바이두", "큐원 OR 바이두", "화웨이 NOT 큐원", "title:화웨이", "lede:어센드", "body:바이두",
    "body:어센드", '"새 AI"', '"어센드 칩"', "title:(화웨이 AI)", "화웨이 NEAR/2 칩", "어센드 NEAR/1 (칩 OR 모델)",
    "/화웨이.{0,5}어센드/",
    "/AI ?칩/", "*센드", "@bigtech", "press:연합", "press:연합 NOT section:스포츠", "section:국제 화웨이", "press:/연합.스/",
])
def test_true(query: str) -> None:
    assert holds(query, press="연합뉴스", section="국제")


@pytest.mark.parametrize("query", [
    "큐원", "화웨이 AND 큐원", "화웨이 NOT 바이두", "title:바이두", "lede:바이두", "title:어센드", "센드", '"칩 어센드"',
    "화웨이 NEAR/1 조류", "공개 NEAR/9 어센드", "press:한겨레", "section:스포츠", "press:화웨이",
    "/큐원.{0,5}/", "(큐원 OR 키미) 화웨이",
])
def test_false(query: str) -> None:
    assert not holds(query, press="연합뉴스", section="국제")


def test_near_does_not_cross_from_title_to_text() -> None:
    assert not holds("공개 NEAR/50 어센드")


def test_case_does_not_count() -> None:
    assert holds("huawei", "HUAWEI 신제품", "")


def test_the_words_that_made_it_true_are_the_evidence() -> None:
    found = verdict(topic("query = '(화웨이 OR 큐원) AND 칩 NOT 설탕'"), TITLE, TEXT)
    assert found is not None
    assert [(e.field.value, e.text) for e in found.evidence] == [
        ("title", "화웨이"), ("title", "칩"), ("lede", "화웨이"), ("lede", "칩")]
    assert found.sentence == "화웨이가 어센드 칩을 내놨다."


def test_a_query_of_the_press_alone_has_nothing_to_quote_but_the_headline() -> None:
    found = verdict(topic("query = 'press:연합뉴스'"), "날씨 맑음", press="연합뉴스")
    assert found is not None
    assert (found.level, found.sentence) == ("match", "날씨 맑음")


def test_salience_counts_for_queries_too() -> None:
    deep = "오늘은 다른 이야기를 했다. " * 30 + "딥시크도 있다."
    assert level(topic('query = "딥시크"'), "코스피 하락", deep) == "mention"
    assert level(topic('query = "딥시크"'), "딥시크 하락") == "match"
