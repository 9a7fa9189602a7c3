"""Where a word may stand: boundaries, particles, spaces, case, Han shorthand."""

from __future__ import annotations

import pytest

from pipelines.topics.folding import fold
from pipelines.topics.scan import Index
from pipelines.topics.words import word


def found(written: str, text: str) -> list[str]:
    """What the word finds in the text, as it stands there."""
    folded = fold(text)
    return [text[folded.place(f.start) : folded.place(f.end)] for f in Index([word(written)]).find(folded)]


@pytest.mark.parametrize("text", ["AI가 온다", "中AI", "중국AI", "AI반도체", "문샷AI", "(AI)"])
def test_latin_words_stand_beside_hangul(text: str) -> None:
    assert found("^AI", text) == ["AI"]


@pytest.mark.parametrize("text", ["KAI", "AIG", "said", "OpenAI", "AI2", "ai", "Ai"])
def test_latin_words_do_not_stand_inside_others_or_in_another_case(text: str) -> None:
    assert found("^AI", text) == []


def test_case_does_not_count_without_the_sign() -> None:
    assert found("DeepSeek", "deepseek과 DEEPSEEK") == ["deepseek", "DEEPSEEK"]


def test_full_width_letters_are_the_same_case() -> None:
    assert found("^AI", "ＡＩ 패권") == ["ＡＩ"]


@pytest.mark.parametrize(("written", "text"), [
    ("즈푸", "치즈푸딩"), ("즈푸", "니즈푸드"), ("니오", "안토니오"), ("통이첸원", "보통이첸원"), ("=키미", "키미테"),
    ("=큐원", "큐원상회"), ("=문샷", "문샷형 연구"),
])
def test_hangul_words_begin_at_a_word(written: str, text: str) -> None:
    assert found(written, text) == []


@pytest.mark.parametrize("text", ["키미의 성능", "키미는", "키미와", "키미에서도", "'키미'", "키미, 큐원", "키미"])
def test_a_whole_word_takes_particles(text: str) -> None:
    assert found("=키미", text) == ["키미"]


def test_a_plain_word_goes_on_to_the_right() -> None:
    assert found("딥시크", "딥시크코리아 딥시크가 딥시크發") == ["딥시크"] * 3


def test_a_word_of_one_letter_is_a_whole_word() -> None:
    assert found("칩", "칩을 칩셋 반도체칩 칩") == ["칩", "칩"]


def test_a_star_opens_the_left() -> None:
    assert found("*딥시크", "탈딥시크") == ["딥시크"]
    assert found("딥시크", "탈딥시크") == []


def test_a_star_opens_the_right_of_latin_words() -> None:
    assert found("Qwen*", "Qwen3-Max") == ["Qwen"]
    assert found("Qwen", "Qwen3-Max") == []


@pytest.mark.parametrize("text", ["문샷AI", "문샷 AI", "문샷-AI"])
def test_spaces_between_scripts_are_optional(text: str) -> None:
    assert found("문샷AI", text) == [text]
    assert found("문샷 AI", text) == [text]


@pytest.mark.parametrize("text", ["GLM-4", "GLM4", "GLM 4"])
def test_hyphens_are_optional(text: str) -> None:
    assert found("GLM-4", text) == [text]


@pytest.mark.parametrize("text", ["인공지능(AI) 칩", "인공지능(AI)칩", "인공지능 칩"])
def test_a_bracket_may_stand_where_a_space_may(text: str) -> None:
    assert found("인공지능 칩", text) == [text]


def test_a_bracket_that_the_word_has_itself_is_compared() -> None:
    assert found("대중(對中)", "對중 대중(對中) 대중(大衆)") == ["대중(對中)"]


@pytest.mark.parametrize("text", ["미중", "미·중", "미ㆍ중", "미-중"])
def test_a_middle_dot_may_be_missing(text: str) -> None:
    assert found("미·중", f"격화하는 {text} 경쟁") == [text]


def test_a_middle_dot_is_no_space() -> None:
    assert found("미·중", "미 중서부") == []
    assert found("중국 기업", "중국·기업") == []


def test_a_space_inside_hangul_is_not_optional_unless_written() -> None:
    assert found("중국", "진행 중 국가") == []
    assert found("인공 지능", "인공지능") == ["인공지능"]
    assert found("인공지능", "인공 지능") == []


def test_a_word_does_not_span_lines() -> None:
    assert found("인공 지능", "인공\n지능") == []


@pytest.mark.parametrize("text", ["中 빅테크", "中AI", "美, 中에 허용", "‘中’", "H200 中수출"])
def test_china_in_han_shorthand(text: str) -> None:
    assert found("中", text) == ["中"]


@pytest.mark.parametrize("text", ["수사中", "中東", "中3", "中企", "美中", "進行中"])
def test_other_uses_of_the_same_letter(text: str) -> None:
    assert found("中", text) == []


def test_several_han_letters_stand_anywhere() -> None:
    assert found("深度求索", "딥시크(深度求索)와") == ["深度求索"]


def test_overlapping_words_are_all_found() -> None:
    index = Index([word("중국"), word("중국 AI"), word("^AI"), word("중국 AI 반도체")])
    assert {f.number for f in index.find(fold("중국 AI 반도체"))} == {0, 1, 2, 3}


@pytest.mark.parametrize("written", ["", "*", "·", "a", "딥*시크", "  ", "=", "나" * 81])
def test_words_that_say_too_little_or_too_much_are_refused(written: str) -> None:
    with pytest.raises(ValueError):
        word(written)


def test_twenty_thousand_words_are_found_like_one() -> None:
    many = [word(f"낱말{chr(0xAC00 + i % 5000)}{chr(0xAC00 + i // 5000)}") for i in range(20_000)]
    text = "여기 " + many[12_345].written + "이 있다"
    assert [f.number for f in Index(many).find(fold(text))] == [12_345]
