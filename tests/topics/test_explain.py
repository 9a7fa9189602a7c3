"""The reckoning behind a verdict."""

from __future__ import annotations

from pipelines.match import Level
from pipelines.topics import Topics
from pipelines.topics.explain import explain_article
from pipelines.topics.topicfile import Strength
from tests.topics.conftest import article, topic, verdict


def test_everything_that_fired_and_the_sum(china_ai: Topics) -> None:
    account = explain_article(china_ai, "china-ai", article("딥시크 새 모델 공개", "중국 딥시크가 인공지능 모델을 냈다."))
    assert account.level is Level.MATCH
    assert account.weighed.title == 0.6
    assert ("deepseek", "딥시크") in {(f.evidence.rule, f.evidence.text) for f in account.fired}
    assert {f.passage for f in account.fired} == {"딥시크 새 모델 공개", "중국 딥시크가 인공지능 모델을 냈다."}


def test_what_did_not_count_and_why(china_ai: Topics) -> None:
    flu = explain_article(china_ai, "china-ai", article("중국 AI 확산 비상", "고병원성 조류인플루엔자가 퍼졌다."))
    assert flu.level is Level.NO
    assert ("ai", "avian-flu") in {(d.name, d.why) for d in flu.dropped}
    kimi = explain_article(china_ai, "china-ai", article("키미 안토넬리, 중국 그랑프리 우승"))
    assert ("moonshot", "unless") in {(d.name, d.why) for d in kimi.dropped}
    sugar = explain_article(china_ai, "china-ai", article("큐원 신제품"))
    assert ("qwen", "needs") in {(d.name, d.why) for d in sugar.dropped}


def test_a_vetoed_article_is_said_to_be_one(china_ai: Topics) -> None:
    advertisement = article("딥시크 강좌 신입생 모집", "모집요강은 입학처로 문의. 등록금 절반 장학금.")
    account = explain_article(china_ai, "china-ai", advertisement)
    assert account.is_vetoed
    assert account.level is Level.NO


def test_the_parts_of_a_query_one_by_one() -> None:
    account = explain_article(topic("query = '딥시크 (금지 OR 차단) NOT 주식'"), "mine", article("딥시크 공개"))
    assert account.parts == (("딥시크", True), ("금지 OR 차단", False), ("NOT 주식", True))


def test_the_account_and_the_match_agree(china_ai: Topics) -> None:
    for title in ("딥시크 공개", "코스피, 미중 갈등 완화에 상승…AI주 강세", "날씨 맑음", "딥시크처럼 싸게"):
        account, found = explain_article(china_ai, "china-ai", article(title)), verdict(china_ai, title)
        assert account.level == (found.level if found else Level.NO)
        if found:
            assert account.weighed.score == found.score


def test_faint_hits_are_shown_as_such(china_ai: Topics) -> None:
    account = explain_article(china_ai, "china-ai", article("딥시크처럼 싸게"))
    assert [f.strength for f in account.fired] == [Strength.FAINT]
