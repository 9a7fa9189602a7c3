"""The rules that are data: each holds to its own examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.article import Flag
from pipelines.errors import FileProblem
from pipelines.press import press_of_host, press_of_mail, press_of_name, presses
from pipelines.read.blocks import Block
from pipelines.read.boilerplate import is_caption, rules, signature_at_end, whole_line
from pipelines.read.families import load_families, shipped
from pipelines.read.flags import flags_of
from pipelines.read.kind import notice, notices
from pipelines.read.tree import plain, selector
from pipelines.read.trim import trim


@pytest.mark.parametrize(("name", "line"), [(r.name, line) for r in rules() for line in r.cuts])
def test_furniture_is_cut_by_its_rule(name: str, line: str) -> None:
    assert whole_line(line) == name


@pytest.mark.parametrize("line", [line for r in rules() for line in r.keeps])
def test_the_article_s_own_lines_stay(line: str) -> None:
    assert whole_line(line) == ""


@pytest.mark.parametrize(("reason", "text"), [(n.reason, text) for n in notices() for text in n.cuts])
def test_a_notice_gives_its_reason(reason: str, text: str) -> None:
    found = notice(text, "")
    assert found is not None
    assert found.reason == reason


@pytest.mark.parametrize("text", [text for n in notices() for text in n.keeps])
def test_an_article_s_sentence_is_no_notice(text: str) -> None:
    assert notice(text, "") is None


BODY = [
    "가람반도체가 새 메모리를 내년부터 만들기로 했다고 3일 밝혔다.",
    "회사는 청주에 공장을 짓고 있으며 오는 12월 시험 가동에 들어간다.",
    "업계에서는 경쟁이 더 치열해질 것으로 내다본다.",
]


def trimmed(*lines: str) -> tuple[str, ...]:
    return trim([Block(text=line) for line in lines], title="제목").paragraphs


@pytest.mark.parametrize("line", [
    "[출처: 기획재정부 자료] 정부는 오늘 새 대책을 내놨다.", "문의는 press@example.com", "[기금 전용]",
    "그는 \"삭제하시겠습니까?\"라고 물었다.", "▲가람은 3% 올랐다.", "△그 밖에 위원회가 정한 때로 바꿨다.",
    "◆ 박한솔> 네, 감사합니다.", "◇ 김별> 느낌이 어떠세요?", "Q. 언제 시작하나."])
def test_lines_that_only_look_like_furniture_survive_inside_the_text(line: str) -> None:
    assert trimmed(BODY[0], line, *BODY[1:]) == (BODY[0], line, *BODY[1:])


@pytest.mark.parametrize("line", [
    "홍길동 기자 hong@example.co.kr", "저작권자 © 가람일보 무단전재 및 재배포 금지", "▶ 관련 영상 보기", "#반도체 #수출",
    "관련기사", "(끝)"])
def test_what_closes_a_page_is_cut(line: str) -> None:
    assert trimmed(*BODY, line) == tuple(BODY)


def test_a_summary_whose_lines_recur_is_cut_quotes_and_spaces_apart() -> None:
    assert trimmed("회사는 청주에 공장을  짓고 있으며", BODY[2], *BODY) == tuple(BODY)


def test_a_summary_in_other_words_stays() -> None:
    assert trimmed("새 공장이 내년에 문을 연다고 회사는 말했다.", *BODY)[0].startswith("새 공장이")


def test_a_board_s_list_goes_and_its_origin_is_kept() -> None:
    rows = [f"{4210 + i} 다른 소식의 제목 랭크뉴스 2025.02.03" for i in range(5)]
    found = trim([Block(text=line) for line in (*BODY, "한국일보", "번호 제목 글쓴이 날짜", *rows)], title="제목")
    assert found.paragraphs == tuple(BODY)
    assert found.source == "한국일보"


def test_short_lines_above_the_text_are_its_subtitle() -> None:
    found = trim([Block(text=line) for line in ("청주 신공장 장비 반입", "고객사 세 곳과 협의", *BODY)], title="제목")
    assert found.subtitle == ("청주 신공장 장비 반입", "고객사 세 곳과 협의")
    assert found.paragraphs == tuple(BODY)


@pytest.mark.parametrize("line", [
    "성능이 뛰어난 것으로 파악되면서 업계에 파란이 일고 있다. 로이터 연합뉴스", "살펴보고 있다. 바르셀로나=사진공동취재단",
    "성능 비교. 한국일보",
    "(사진=셔터스톡)", "사진=홍길동 기자", "▲ 팝업스토어 오픈. ⓒ뉴스타운",
    "(목포=연합뉴스) 정하늘 기자 = 어선이 대피해 있다. 2026.7.10 sky@yna.co.kr"])
def test_captions_are_told_by_their_credits(line: str) -> None:
    assert is_caption(Block(text=line))


def test_a_line_below_a_picture_is_its_caption() -> None:
    assert is_caption(Block(text="▲ 항구에 묶인 어선들", is_pictured=True))
    assert not is_caption(Block(text="▲ 항구에 묶인 어선들"))
    assert not is_caption(Block(text="◇ 김별> 그 뒤로 어떻게 지내셨나요?", is_pictured=True))


def test_what_is_glued_to_the_last_sentence_is_cut() -> None:
    assert signature_at_end("정부가 나섰다. 홍길동 기자 a@b.co.kr") == ("정부가 나섰다.", "홍길동 기자 a@b.co.kr")
    assert signature_at_end("밝혔다. 무단전재 및 재배포 금지")[0] == "밝혔다."
    assert signature_at_end("문의는 press@example.com 으로 하면 된다고 했다.")[1] == ""


FLAGS = {
    "[사설] 다시 금리를 묻는다": Flag.OPINION, "[김한솔의 눈] 금리": Flag.OPINION,
    "[정정보도문] 가람반도체 관련": Flag.CORRECTION, "[AD] 가람의 새 제품": Flag.ADVERTORIAL, "[포토] 항구의 배들": Flag.PHOTO,
}


@pytest.mark.parametrize(("title", "flag"), FLAGS.items())
def test_titles_set_flags(title: str, flag: Flag) -> None:
    assert flag in flags_of(title=title, text=BODY[0], cuts=(), is_odd_date=False, visible=0, closes=True, head=None)


def test_an_ordinary_report_has_no_flags() -> None:
    text = "\n".join(BODY)
    title = "가람반도체, 새 메모리 만든다"
    assert flags_of(title=title, text=text, cuts=(), is_odd_date=False, visible=300, closes=True, head=None) == ()


def test_every_shipped_family_has_a_container_and_a_record() -> None:
    families = shipped().families
    assert len(families) >= 40
    assert all(v.body and v.recorded for f in families for v in f.version)
    assert len({f.name for f in families}) == len(families)


def test_nearly_all_shipped_selectors_are_answered_from_the_index() -> None:
    used = {css for f in shipped().families for v in f.version for css in (*v.body, *v.remove, *v.title, *v.published, *v.byline)}
    assert all(selector(css) for css in used)
    assert sum(1 for css in used if plain(css)) > 0.97 * len(used)


def test_a_family_of_the_user_s_comes_first_and_a_wrong_one_is_explained(tmp_path: Path) -> None:
    own = tmp_path / "mine.toml"
    own.write_text('[[family]]\nname = "mine"\nhosts = ["a.kr"]\n[[family.version]]\nrecorded = "2026"\nbody = ["#text"]\n')
    assert load_families(own).families[0].name == "mine"
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('[[family]]\nname = "x"\n[[family.version]]\nrecorded = "2026"\nbody = ["#text["]\n')
    with pytest.raises(FileProblem, match=r"wrong\.toml:\d: .*is not a CSS selector"):
        load_families(wrong)


def test_presses_are_known_by_host_name_and_mail() -> None:
    found = (press_of_host("it.donga.com"), press_of_name("매경닷컴"), press_of_mail("a@sedaily.com"), press_of_host("a.com"))
    assert [p.name if p else None for p in found] == ["동아일보", "매일경제", "서울경제", None]


def test_no_name_or_host_means_two_presses() -> None:
    names = [name for p in presses() for name in (p.name, *p.aliases)]
    hosts = [host for p in presses() for host in p.hosts]
    assert len(names) == len(set(names))
    assert len(hosts) == len(set(hosts))
