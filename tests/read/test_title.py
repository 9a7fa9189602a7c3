"""Headlines: site names cut, tags kept and told apart."""

from __future__ import annotations

import pytest

from pipelines.read.title import headline, is_site, tags, without_site

NAMES = ("한국일보", "매일경제", "Entermedia", "랭크모아", "동아닷컴")

AFFIXES = {
    "외연 확장 부담 커졌다-정치ㅣ한국일보": "외연 확장 부담 커졌다",
    "“엔비디아” 자급 나선 중국 - 매일경제": "“엔비디아” 자급 나선 중국",
    "시험인증 기업이 간다 : 뉴스 : 동아닷컴": "시험인증 기업이 간다",
    "공적인 사안으로 봐야 하는 이유 - Entermedia": "공적인 사안으로 봐야 하는 이유",
    "제목이 여기 있다 > 자유게시판 | 랭크모아": "제목이 여기 있다",
    "A-B 테스트를 다시 본다 | 한국일보": "A-B 테스트를 다시 본다",
    "한국일보 | 밤의 우체국 문을 닫다": "밤의 우체국 문을 닫다",
    "금리 동결 - 예시경제신문": "금리 동결",
}


@pytest.mark.parametrize(("line", "bare"), AFFIXES.items())
def test_the_site_s_name_is_cut(line: str, bare: str) -> None:
    assert without_site(line, NAMES) == bare


@pytest.mark.parametrize("line", [
    "중국-대만 긴장 다시 고조", "코로나19 - 그 후 3년의 기록을 돌아본다", "‘한국일보’ 창간호를 찾아서",
    "윤 대표 \"경제: 문제는 신뢰다\"", "1-0 승리"])
def test_parts_of_the_headline_stay(line: str) -> None:
    assert without_site(line, NAMES) == line


def test_the_shown_heading_wins_over_a_stated_title_that_adds_to_it() -> None:
    found = headline([("og:title", "밤의 우체국 문을 닫다 | 예시문화")], ["메뉴", "밤의 우체국 문을 닫다"], ())
    assert found.text == "밤의 우체국 문을 닫다"
    assert found.rule == "heading, as og:title"


@pytest.mark.parametrize(("heading", "found"), [
    ("[현장] 밤의 우체국 문을 닫다", "[현장] 밤의 우체국 문을 닫다"), ("[문화] 밤의 우체국 문을 닫다", "밤의 우체국 문을 닫다")])
def test_a_tag_that_only_the_heading_has_stays_and_a_section_does_not(heading: str, found: str) -> None:
    assert headline([("og:title", "밤의 우체국 문을 닫다")], [heading], ()).text == found


def test_a_letter_that_looks_like_a_bar_parts_the_site_s_name() -> None:
    heading = "밤의 우체국 문을 닫다"
    assert headline([("title tag", f"{heading} l GN WORLD")], [heading], ()).text == heading


def test_half_a_headline_that_is_shown_elsewhere_does_not_win() -> None:
    found = headline([("og:title", "밤의 우체국 문을 닫다, 그 뒤 이야기")], ["밤의 우체국 문을 닫다"], ())
    assert found.text == "밤의 우체국 문을 닫다, 그 뒤 이야기"


def test_escaped_twice_is_unescaped() -> None:
    assert headline([("og:title", "&#039;밤의 우체국&#039; 문 닫다")], [], ()).text == "'밤의 우체국' 문 닫다"


def test_a_bare_section_in_the_title_tag_gives_way_to_the_heading() -> None:
    assert headline([("title tag", "경제")], ["기준금리 동결…물가 불확실성 여전"], ()).text == "기준금리 동결…물가 불확실성 여전"


@pytest.mark.parametrize(("title", "found"), [
    ("[속보] 대만 해상서 어선 전복", ("속보",)),
    ("대만 해상서 어선 전복(3보)", ("3보",)),
    ("[단독][르포] 섬에 가다(종합2보)", ("단독", "르포", "종합2보")),
    ("【사설】 다시 금리를 묻는다", ("사설",)),
    ("<알림> 창간 기념호를 냅니다", ("알림",)),
    ("단독주택 값이 올랐다", ()),
    ("(주)가람, 새 공장 짓는다", ()),
])
def test_tags_are_data_and_stay_in_the_title(title: str, found: tuple[str, ...]) -> None:
    assert tags(title) == found


@pytest.mark.parametrize(("text", "is_name"), [("정치", True), ("IT/과학", True), ("예시일보", True), ("한국일보", True),
                                               ("보도자료 - 과학기술정보통신부", True), ("과학기술정보통신부", False),
                                               ("그는 왜 신문을 접었나 묻는 긴 제목", False), ("윤 대표의 선택", False)])
def test_names_of_sites_and_sections_are_known(text: str, is_name: bool) -> None:
    assert is_site(text, NAMES) is is_name
