"""Text dumps: the two seeds, whole, and forms of other portals and boards."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.article import Article, Refusal
from pipelines.read import read_page
from tests.read.pages import page

SEEDS = Path(__file__).parent.parent.parent / "seeds"


def read(text: str) -> Article | Refusal:
    return read_page(page("file:///dump.txt", text.encode(), "text/plain"))


def seed(start: str) -> Article:
    result = read(next(SEEDS.glob(f"{start}*.txt")).read_text(encoding="utf-8"))
    assert isinstance(result, Article)
    return result


def test_the_board_s_dump_is_an_article_of_its_origin() -> None:
    article = seed("000")
    assert article.title == "화웨이·텐센트 \"내 안에 딥시크 있다\"... 중국, AI 자립 생태계 속도"
    assert str(article.subtitle).split(" / ") == [
        "中 IT 공룡들, 속속 딥시크 도입 중", "AI 자립도 높이기 위한 생태계 구축", "'제2의 딥시크' 기업도 줄줄이 대기"]
    assert article.paragraphs[0].startswith("중국 스타트업 딥시크가 개발한 인공지능(AI) 모델 '딥시크 R1'을")
    assert article.paragraphs[-1].endswith("성능이 우수하다\"고 주장했다.")
    assert len(article.paragraphs) == 9  # seven paragraphs, two subheadings
    assert [c[:6] for c in article.captions] == ["중국 스타트", "스페인 바르", "딥시크-주요"]
    assert (article.origin, article.byline.poster, article.press) == ("한국일보", "랭크뉴스", None)
    assert article.published is not None
    assert (article.published.at.date().isoformat(), article.published.has_time) == ("2025-02-03", False)


def test_the_portal_s_dump_is_an_article_without_the_portal() -> None:
    article = seed("002")
    assert article.title == "\"AI는 장기 마라톤\" ···中 빅테크, AI 전면전 돌입"
    assert str(article.subtitle).split(" / ") == [
        "메이퇀·위챗·알리바바 등 기술기업", "앞다퉈 핵심 사업에 AI 접목 나서", "알리바바 산하 핀테크, 기술 자립 실증"]
    assert len(article.paragraphs) == 6
    assert article.paragraphs[0].startswith("딥시크를 필두로 중국 ‘거대 기술기업(빅테크)’들의")
    assert article.paragraphs[-1].endswith("사례라는 평가가 나온다.")
    assert [(r.name, r.mail) for r in article.byline.reporters] == [("변수연", "diver@sedaily.com")]
    assert article.press == "서울경제"
    assert article.published is None  # the text names a 25th, and of which month nobody knows


@pytest.mark.parametrize("text", ["", "\n\n", "메뉴 건너뛰기\n로그인", "요청하신 페이지를 찾을 수 없습니다.", "\x00\x01"])
def test_dumps_without_an_article_are_refused(text: str) -> None:
    assert isinstance(read(text), Refusal)
