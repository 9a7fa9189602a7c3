"""What the rules of a topic file do, each on the smallest text that shows it."""

from __future__ import annotations

import pytest

from tests.topics.conftest import level, topic, verdict

BASE = """
[anchor.ai]
words = ["^AI", "인공지능"]
exempt = ["AI 앵커"]
[anchor.china]
words = ["중국", "中"]
"""
KIMI = BASE + """
[[entity]]
id = "moonshot"
strong = ["문샷AI"]
weak = ["=키미"]
needs = ["ai"]
reach = 10
products = ["K2"]
exempt = ["키미 노래"]
unless = ["F1"]
"""


def test_a_strong_name_is_enough() -> None:
    assert level(topic(KIMI), "문샷AI 상장") == "match"


@pytest.mark.parametrize(("title", "expected"), [
    ("키미, AI 경쟁 가세", "match"),  # context within reach
    ("키미 돌풍에 업계 긴장…모두의 인공지능 전략은", "mention"),  # in the passage, out of reach
    ("키미 돌풍", "no"),  # none
])
def test_a_weak_name_needs_its_context(title: str, expected: str) -> None:
    assert level(topic(KIMI), title) == expected


def test_the_headlines_context_serves_the_text() -> None:
    assert level(topic(KIMI), "AI 열전", "날씨가 맑다. 키미를 써 봤다. 좋았다.") == "mention"


def test_a_weak_name_is_known_once_the_strong_one_stands_there() -> None:
    found = verdict(topic(KIMI), "문샷AI 상장", "키미가 인기다.")
    assert found is not None
    assert [e.text for e in found.evidence] == ["문샷AI", "키미"]


def test_a_weak_name_is_known_once_it_stood_in_its_context() -> None:
    found = verdict(topic(KIMI), "키미, AI 경쟁 가세", "키미가 인기다. " * 3)
    assert found is not None
    assert found.score > 0.9


def test_a_name_in_its_context_deep_in_a_text_does_not_vouch_for_the_headline() -> None:
    assert level(topic(KIMI), "키미 판매 늘어", "값이 싸다. 맛도 좋다. 키미, AI 경쟁 가세.") == "mention"
    assert level(topic(KIMI), "키미 판매 늘어", "값이 싸다. 키미, AI 경쟁 가세. 맛도 좋다.") == "match"


def test_products_count_beside_their_maker_only() -> None:
    assert level(topic(KIMI), "K2 소총 수출") == "no"
    found = verdict(topic(KIMI), "문샷AI, K2 공개")
    assert found is not None
    assert [e.text for e in found.evidence] == ["문샷AI", "K2"]


def test_another_sense_disarms_weak_names_only() -> None:
    assert level(topic(KIMI), "키미, F1 AI 중계") == "no"
    assert level(topic(KIMI), "문샷AI, F1 후원") == "match"


def test_words_inside_an_exempt_phrase_do_not_count() -> None:
    assert level(topic(KIMI), "AI가 부른 키미 노래") == "no"
    assert level(topic(KIMI), "AI 앵커가 전하는 키미 소식") == "no"


def test_a_name_in_a_comparison_is_a_mention() -> None:
    for title in ("문샷AI처럼 싸게", "문샷AI(키미)에 이어 공개", "문샷AI보다 빠르다"):
        assert level(topic(KIMI), title) == "mention"


def rule(*, first: str = "china", second: str = "ai", **keys: str) -> str:
    more = "\n".join(f"{key} = {value}" for key, value in keys.items())
    return f'{BASE}[[rule]]\nid = "r"\nall = ["{first}", "{second}"]\n{more}\n'


def test_two_anchors_within_reach() -> None:
    assert level(topic(rule(reach="4")), "중국의 AI 전략") == "match"
    assert level(topic(rule(reach="4")), "AI 중국") == "match"
    assert level(topic(rule(reach="4")), "중국 경제와 세계의 AI") == "no"


def test_two_anchors_in_two_sentences_are_not_together() -> None:
    assert level(topic(rule(reach="200")), "", "중국이다. AI다.") == "no"


def test_order() -> None:
    assert level(topic(rule(order="true")), "AI 중국") == "no"


def test_an_opening_word_may_follow_tags_and_quotes() -> None:
    opens = topic(rule(opens="true", order="true", reach="60"))
    assert level(opens, "[속보] “中, 규제 논의” AI 법안") == "match"
    assert level(opens, "정부가 본 中 AI") == "no"
    assert level(opens, "하루 만에…中, AI 법안") == "match"  # what a later clause is about
    assert level(opens, "하루 만에…中 AI 법안") == "no"


def test_a_closing_word() -> None:
    closes = topic(rule(first="ai", second="china", order="true", closes="true", reach="60"))
    assert level(closes, "AI 키우는 중국") == "match"
    assert level(closes, "AI 서두르는 중국…교과서 도입") == "match"
    assert level(closes, "AI 키우는 중국 경제") == "no"


def test_one_clause() -> None:
    assert level(topic(rule(clause="true")), "중국 검거…AI 위조") == "no"
    assert level(topic(rule(clause="true")), "남은 곳은 중국이다. AI 위조") == "no"
    assert level(topic(rule()), "중국 검거…AI 위조") == "match"


@pytest.mark.parametrize(("text", "expected"), [
    ("중국이 AI를 키운다.", "match"), ("중국이 반도체·AI를 키운다.", "no"), ("중국이 AI·반도체를 키운다.", "no"),
    ("중국이 AI 등 산업을 키운다.", "no"),
    ("중국이 AI와 양자 등을 키운다.", "no"), ("중국이 AI(인공지능)와 산다.", "match"),
])
def test_a_word_in_a_list_is_not_plain(text: str, expected: str) -> None:
    assert level(topic(rule(plain='["ai"]', order="true")), "", text) == expected


def test_none_keeps_a_rule_from_firing() -> None:
    text = rule(none='["vacuum"]').replace("[[rule]]", '[anchor.vacuum]\nwords = ["로봇청소기"]\n[[rule]]')
    assert level(topic(text), "중국 AI 로봇청소기") == "no"
    assert level(topic(text), "중국 AI") == "match"


def test_not_led_by_looks_at_who_opens() -> None:
    text = rule(not_led_by='["firm"]').replace("[[rule]]", '[anchor.firm]\nwords = ["삼성전자"]\n[[rule]]')
    assert level(topic(text), "삼성전자, 중국서 AI 가전 공개") == "no"
    assert level(topic(text), "중국 AI에 삼성전자 긴장") == "match"
    assert level(topic(text), "삼성전자 주춤한 사이…中, AI 가전 공개") == "match"  # a later clause has another subject


def test_a_rule_for_headlines() -> None:
    assert level(topic(rule(spot='"title"')), "제목", "중국의 AI다.") == "no"


def test_faint_hits_alone_are_a_mention_however_many() -> None:
    faint = topic(rule(strength='"faint"', reach="80"))
    assert level(faint, "중국과 미국의 무역 협상 그리고 AI") == "mention"
    assert level(faint, "중국과 미국의 무역 협상 그리고 AI", "중국의 AI다. 중국과 AI다.") == "mention"
    named = topic(rule(strength='"faint"', reach="80") + '[[entity]]\nid = "deepseek"\nstrong = ["딥시크"]\n')
    assert level(named, "중국과 미국의 무역 협상 그리고 AI", "중국의 AI다. 딥시크다.") == "match"


VETO = KIMI + """
[[veto]]
id = "avian-flu"
any = ["조류인플루엔자"]
unless = ["real"]
drops = ["ai"]
[anchor.real]
words = ["반도체"]
[[veto]]
id = "ads"
all = [["모집"], ["장학금"]]
"""


def test_a_veto_drops_an_anchor() -> None:
    assert level(topic(VETO), "키미도 AI 조심…조류인플루엔자 확산") == "no"
    assert level(topic(VETO), "키미도 AI 조심…조류인플루엔자와 반도체") == "match"


def test_a_veto_of_lists_needs_one_of_each_and_drops_the_article() -> None:
    assert level(topic(VETO), "문샷AI 학과 신입생 모집", "등록은 월요일이다.") == "match"
    assert level(topic(VETO), "문샷AI 학과 신입생 모집", "장학금을 준다.") == "no"


def test_captions_and_tags_are_never_matched() -> None:
    assert level(topic(KIMI), "날씨", "맑다.", captions=("문샷AI 본사",), tags=("문샷AI",), section="문샷AI") == "no"


def test_the_subtitle_is_matched() -> None:
    found = verdict(topic(KIMI), "홍콩 증시", "올랐다.", subtitle="문샷AI 상장 기대")
    assert found is not None
    assert (found.level, found.evidence[0].field, found.evidence[0].start) == ("mention", "subtitle", 0)
