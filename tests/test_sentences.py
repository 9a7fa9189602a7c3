"""Texts cut into sentences, as Korean news prints them, and compared by them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sentences import gone_and_come, sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("하나다. 둘이다! 셋인가? 넷", ["하나다.", "둘이다!", "셋인가?", "넷"]),
        ("첫 문단\n\n둘째 문단이다.", ["첫 문단", "둘째 문단이다."]),
        ("매출은 97.6% 늘었다. 3.5조 원이다.", ["매출은 97.6% 늘었다.", "3.5조 원이다."]),
        ('그는 "간다."고 했다. "온다." 그도 말했다.', ['그는 "간다."고 했다.', '"온다."', "그도 말했다."]),
        ("(사진은 어제다.) 오늘은… 모른다... 내일은.", ["(사진은 어제다.)", "오늘은… 모른다...", "내일은."]),
        ("", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text(alphabet='가나. ?!"”)\n12', max_size=60))
def test_no_letter_is_lost(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


def test_only_changed_sentences_are_in_a_diff() -> None:
    assert gone_and_come("하나다. 둘이다. 셋이다.", "하나다. 둘이 아니다. 셋이다.") == (("둘이다.",), ("둘이 아니다.",))
