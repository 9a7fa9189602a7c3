"""Correction notices are told from news about corrections."""

from __future__ import annotations

import pytest

from pipelines.stories.corrections import is_correction


@pytest.mark.parametrize(("title", "text"), [
    ("[정정보도문] 온누리쇼핑 기사 관련", ""),
    ("[바로잡습니다] 6일자 3면", ""),
    ("정정 및 반론보도문", ""),
    ("반론보도문: 동림건설 관련", ""),
    ("온누리쇼핑 유출 규모(정정)", ""),
    ("온누리쇼핑 기사 관련", "회원 수를 바로잡습니다. 이 보도는 언론중재위원회의 조정에 따른 것입니다."),
    ("6일자 경제면", "880만명은 808만명의 잘못이기에 바로잡습니다."),
])
def test_a_notice_is_known(title: str, text: str) -> None:
    assert is_correction(title, text)


@pytest.mark.parametrize(("title", "text"), [
    ("정정보도 청구 소송 낸 동림건설, 1심 패소", "법원은 정정보도 청구를 기각했다."),
    ("가온카드, 사업보고서 정정", "가온카드가 사업보고서를 정정했다고 공시했다."),
    ("정정 요청 거부한 금감원", "금감원이 요청을 거부했다."),
    ("언론중재위원회, 조정 신청 역대 최다", "언론중재위원회의 조정 신청이 크게 늘었다."),
    ("잘못된 관행 바로잡는다", "정부가 관행을 바로잡겠다고 했다."),
])
def test_news_about_corrections_is_news(title: str, text: str) -> None:
    assert not is_correction(title, text)
