"""Folding: one spelling for what print spells in many ways, and the way back."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.topics.folding import fold


@pytest.mark.parametrize(("written", "folded"), [
    ("ＡＩ　２０２６", "ai 2026"), ("DeepSeek", "deepseek"), ("미ㆍ중", "미·중"), ("미‧중", "미·중"),
    ("“딥시크”", '"딥시크"'), ("‘H20′", "'h20'"), ("딥\u200b시\ufeff크", "딥시크"),
    ("잡지ㅣ뉴스", "잡지|뉴스"), ("줄‥임", "줄…임"), ("北", "北"), ("㈜가나 ①", "㈜가나 ①"),
])
def test_spellings_become_one(written: str, folded: str) -> None:
    assert fold(written).text == folded


def test_decomposed_hangul_is_composed() -> None:
    assert fold(unicodedata.normalize("NFD", "딥시크 쇼크")).text == "딥시크 쇼크"


def test_a_place_leads_back_to_what_was_written() -> None:
    written = "‘\u200b" + unicodedata.normalize("NFD", "딥시크") + "’ 쇼크"
    folded = fold(written)
    start = folded.text.index("딥시크")
    quoted = written[folded.place(start) : folded.place(start + 3)]
    assert unicodedata.normalize("NFC", quoted) == "딥시크"


@given(st.text(max_size=80))
def test_any_text_folds_and_every_place_is_inside_it(text: str) -> None:
    folded = fold(text)
    places = [folded.place(i) for i in range(len(folded.text))]
    assert places == sorted(places)
    assert all(0 <= place < len(text) for place in places)
    assert folded.place(len(folded.text)) == len(text)


@given(st.text(alphabet="가나다딥시크 AI中·‘’ＡＩ㈜", max_size=60))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text).text).text == fold(text).text
