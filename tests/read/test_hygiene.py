"""Text hygiene and charsets, as laws."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as some

from pipelines.read import decode
from pipelines.read.hygiene import clean_line, clean_text, language_of

INVISIBLE = ((0x200B, 0x200F), (0x202A, 0x202E), (0x2066, 0x2069), (0xE0000, 0xE007F))
ANY = some.text(alphabet=some.characters(codec=None), max_size=200)


@given(ANY)
def test_clean_text_is_clean(text: str) -> None:
    cleaned = clean_text(text)
    assert unicodedata.is_normalized("NFC", cleaned)
    for letter in cleaned:
        code = ord(letter)
        assert letter == "\n" or unicodedata.category(letter) not in ("Cc", "Cs", "Zl", "Zp")
        assert not any(first <= code <= last for first, last in INVISIBLE)
        assert code & 0xFFFE != 0xFFFE
        assert not 0xFDD0 <= code <= 0xFDEF
    cleaned.encode("utf-8")


@given(ANY)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)
    assert clean_line(clean_line(text)) == clean_line(text)


@given(ANY, some.integers(min_value=1, max_value=50))
def test_no_line_is_empty_and_no_text_too_long(text: str, limit: int) -> None:
    cleaned = clean_text(text, limit=limit)
    assert len(cleaned) <= limit
    assert all(line == line.strip() and line for line in cleaned.split("\n") if cleaned)


def test_letters_that_mean_something_stay() -> None:
    assert clean_line("㈜가람 ① ㎚ ㆍ ℃ 👨‍👩‍👧 北京") == "㈜가람 ① ㎚ ㆍ ℃ 👨👩👧 北京"


def test_decomposed_hangul_is_composed_and_wide_letters_are_narrowed() -> None:
    assert clean_line(unicodedata.normalize("NFD", "딥시크") + " ＡＩ　１００％") == "딥시크 AI 100%"


def test_compatibility_hanja_of_old_charsets_become_the_ordinary_ones() -> None:
    assert clean_line("\uf963京") == "北京"


@given(some.text(alphabet=some.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=8, max_size=80))
def test_hangul_is_read_in_either_charset_without_a_label(text: str) -> None:
    assert decode(text.encode("utf-8"), "").text == text
    page = f"<html><body><p>{text} {text}</p></body></html>"
    assert decode(page.encode("utf-8"), "text/html; charset=euc-kr").text == page


@given(some.binary(max_size=300), some.text(max_size=30))
def test_decoding_never_raises(body: bytes, content_type: str) -> None:
    decoded = decode(body, content_type)
    assert bool(decoded.encoding) or decoded.text == ""


def test_scripts_tell_languages() -> None:
    texts = ("그는 말했다.", "これは記事です。", "这是一篇新闻报道。", "This is an article.")
    assert [language_of(text) for text in texts] == ["ko", "ja", "zh", "en"]
