"""Match or mention, and the sentence that proves it."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from pipelines.match import Field, Level
from pipelines.topics import match_article
from tests.topics.conftest import article, level, topic, verdict

DEEPSEEK = topic('[[subtopic]]\nid = "models"\n[[subtopic]]\nid = "money"\nwords = ["투자"]\n'
                 '[[entity]]\nid = "deepseek"\nsubtopic = "models"\nstrong = ["딥시크"]\n')
OTHER = "오늘은 다른 이야기를 했다. "


def test_the_headline_makes_a_match() -> None:
    assert level(DEEPSEEK, "딥시크 공개") == "match"


def test_a_headline_that_a_long_text_never_takes_up_is_a_mention() -> None:
    assert level(DEEPSEEK, "딥시크 공개", OTHER * 20) == "mention"
    assert level(DEEPSEEK, "딥시크 공개", OTHER) == "match"


def test_the_first_sentences_make_a_match() -> None:
    assert level(DEEPSEEK, "새 모델 공개", "딥시크가 모델을 냈다. 딥시크는 작은 회사다." + OTHER * 10) == "match"


def test_one_sentence_far_down_is_a_mention() -> None:
    assert level(DEEPSEEK, "코스피 하락", OTHER * 30 + "딥시크 때와 비슷하다.") == "mention"


def test_a_text_without_headline_is_judged_by_its_first_sentence() -> None:
    assert level(DEEPSEEK, "", "딥시크가 모델을 냈다. " + OTHER * 10) == "match"


def test_much_of_a_text_makes_a_match_without_headline_and_lede() -> None:
    assert level(DEEPSEEK, "새 소식", OTHER * 2 + "딥시크가 또 냈다. " * 2) == "mention"


def test_evidence_quotes_what_was_written_where_it_stands() -> None:
    text = "첫 줄이다.\n둘째 줄의 “딥\u200b시크”가 투자를 받았다."
    found = verdict(DEEPSEEK, "제목", text)
    assert found is not None
    (proof,) = found.evidence
    assert (proof.field, proof.text, proof.rule) == (Field.BODY, "딥\u200b시크", "deepseek")
    assert text[proof.start : proof.end] == proof.text
    assert found.sentence == "둘째 줄의 “딥\u200b시크”가 투자를 받았다."


def test_the_sentence_is_of_the_text_when_the_text_proves_it() -> None:
    found = verdict(DEEPSEEK, "딥시크 공개", OTHER + "그러자 딥시크가 나섰다. 끝이다.")
    assert found is not None
    assert found.sentence == "그러자 딥시크가 나섰다."
    assert [e.field for e in found.evidence] == [Field.TITLE, Field.LEDE]


def test_sub_topics_come_from_names_and_from_words_beside_them() -> None:
    found = verdict(DEEPSEEK, "딥시크에 투자 몰린다")
    assert found is not None
    assert set(found.subtopics) == {"models", "money"}
    elsewhere = verdict(DEEPSEEK, "딥시크 공개", "딥시크다. 부동산 투자는 줄었다.")
    assert elsewhere is not None
    assert elsewhere.subtopics == ("models",)


def test_levels_can_be_set() -> None:
    strict = topic('query = "딥시크"\n[levels]\nmatch = 0.9\n')
    assert level(strict, "딥시크 공개") == "mention"
    eager = topic('query = "딥시크"\n[levels]\nmatch = 0\n')
    assert level(eager, "코스피", OTHER * 30 + "딥시크다.") == "match"


TEXTS = st.text(alphabet="딥시크 투자가.\n“”\u200bＡＩ中国", max_size=60)


@given(TEXTS, TEXTS, TEXTS)
def test_evidence_always_fits_the_stored_text(title: str, subtitle: str, text: str) -> None:
    given_article = article(title, text, subtitle=subtitle or None)
    for found in match_article(DEEPSEEK, given_article):
        assert found.level is not Level.NO
        assert 0 <= found.score <= 1
        stored = {Field.TITLE: title, Field.SUBTITLE: subtitle, Field.LEDE: given_article.text, Field.BODY: given_article.text}
        for proof in found.evidence:
            assert stored[proof.field].replace("\n", " ")[proof.start : proof.end] == proof.text.replace("\n", " ")


def test_text_in_nfd_is_quoted_as_it_is_stored() -> None:
    title = unicodedata.normalize("NFD", "새 딥시크 공개")
    found = verdict(DEEPSEEK, title)
    assert found is not None
    assert unicodedata.normalize("NFC", title[found.evidence[0].start : found.evidence[0].end]) == "딥시크"
