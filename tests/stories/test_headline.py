"""Korean headlines taken apart: stages, tags, who acts, figures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.stories.comparing import is_later
from pipelines.stories.headline import take_apart
from pipelines.stories.stems import stem
from pipelines.stories.terms import actor, terms


@pytest.mark.parametrize(("title", "text", "stage"), [
    ("[속보] 헌재 결정 나왔다", "헌재 결정 나왔다", "속보"),
    ("헌재 결정 나왔다(1보)", "헌재 결정 나왔다", "1보"),
    ("헌재 결정 나왔다 (3보)", "헌재 결정 나왔다", "3보"),
    ("헌재 결정 나왔다（종합）", "헌재 결정 나왔다", "종합"),
    ("헌재 결정 나왔다(종합2보)", "헌재 결정 나왔다", "종합2보"),
    ("[2보] 헌재 결정 나왔다", "헌재 결정 나왔다", "2보"),
    ("[긴급속보] 헌재 결정 나왔다", "헌재 결정 나왔다", "속보"),
    ("[종합 3보] 헌재 결정 나왔다", "헌재 결정 나왔다", "종합3보"),
    ("(상보) 헌재 결정 나왔다", "(상보) 헌재 결정 나왔다", None),
    ("헌재 결정 나왔다(상보)", "헌재 결정 나왔다", "상보"),
    ("[단독][속보]헌재 결정 나왔다", "헌재 결정 나왔다", "속보"),
    ("헌재 결정 나왔다(예산 5보따리)", "헌재 결정 나왔다(예산 5보따리)", None),
    ("단독주택 공급 늘린다", "단독주택 공급 늘린다", None),
])
def test_the_stage_is_read_and_taken_off(title: str, text: str, stage: str | None) -> None:
    parts = take_apart(title)
    assert parts.text == text
    assert (str(parts.stage) if parts.stage else None) == stage


def test_stages_stand_in_the_wires_order() -> None:
    titles = ["[속보] 가", "가(1보)", "가(2보)", "가", "가(상보)", "가(종합)", "가(종합2보)"]
    stages = [take_apart(title).stage for title in titles]
    assert [[is_later(one, other) for other in stages] for one in stages] == [
        [one > other for other in range(len(stages))] for one in range(len(stages))
    ]


def test_tags_at_both_ends_are_kept_apart_from_the_words() -> None:
    parts = take_apart("[단독] 시장 사임 [골목 이야기]")
    assert (parts.text, parts.tags) == ("시장 사임", ("단독", "골목 이야기"))


@given(st.text(max_size=80))
def test_any_headline_can_be_taken_apart(title: str) -> None:
    parts = take_apart(title)
    assert parts.text or not title.strip()


@pytest.mark.parametrize(("text", "found"), [
    ("1천842억원", "#184200000000원"), ("6만4000원에서", "#64000원"), ("7만 원으로", "#70000원"),
    ("9조8천억원을", "#9800000000000원"),
    ("3천400명", "#3400명"), ("97.6%", "#97.6%"), ("0.25%포인트", "#0.25%p"), ("3-2로 이겼다", "=3-2"),
    ("8월 1일", "@8/1"), ("31일", "@31"),
    ("지난 8일", "@~8"), ("오는 13일까지", "@~13"), ("지난달 21일", "@0/21"), ("지난 8월 1일", "@8/1"),
    ("4일 연속", "#4일연속"), ("58살", "#58세"), ("1분기", "#1분기"), ("2심에서", "#2심"),
    ("20%대를", "#20%"), ("4000시대", "#4000"), ("2026 월드컵", "월드컵"),
    ("영업익 6391억", "#639100000000원"), ("영업익 4.2조 55%↑", "#55%"), ("인구 5만", "#50000"),
])
def test_figures_are_read_as_korean_writes_them(text: str, found: str) -> None:
    assert found in terms(text)


@pytest.mark.parametrize(("text", "found"), [
    ("中 빅테크", "중국"), ("對中 수출", "중국"), ("美·日", "미국"), ("檢, 압수수색", "압수수색"), ("gpt-4o를", "gpt-4o"),
    ("h200 칩", "h200"), ("딥시크가", "딥시크"),
    ("승인했다고", "승인"), ("금통위가", "금융통화위원회"), ("인공지능", "ai"), ("LG엔솔".lower(), "에너지솔루션"),
])
def test_names_are_found_under_particles_and_shorthand(text: str, found: str) -> None:
    assert found in terms(text)


@pytest.mark.parametrize("text", ["회의 中 퇴장", "수사中", "中企 지원", "中3 교실"])
def test_the_letter_of_china_means_during_and_middle_too(text: str) -> None:
    assert "중국" not in terms(text)


def test_china_after_a_name_is_china() -> None:
    assert "중국" in terms("젠슨 황 中 방문")


@given(st.text(alphabet="가나다라은는이가의했다국부정", min_size=2, max_size=8))
def test_a_stem_has_no_further_stem(word: str) -> None:
    assert stem(stem(word)) == stem(word)


def test_who_acts_stands_before_the_comma() -> None:
    assert actor("군산시, 내달부터 무료") == "군산시"
    assert actor("코스피 2,901 마감") == ""
