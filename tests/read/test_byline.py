"""Bylines, signatures and datelines."""

from __future__ import annotations

import pytest

from pipelines.read.byline import columnist, dateline, in_latin, is_signature, named, reporters

BYLINES = {
    "변수연 기자 diver@sedaily.comCopyright": [("변수연", "기자", "diver@sedaily.com")],
    "베이징(중국)=우경희 특파원": [("우경희", "특파원", None)],
    "[더퍼블릭=양원모 기자]": [("양원모", "기자", None)],
    "기자명 홍길동": [("홍길동", "기자", None)],
    "박준석 기자 외 1명": [("박준석", "기자", None)],
    "순천, 광양 구현모 기자 ninek@hankookilbo.com": [("구현모", "기자", "ninek@hankookilbo.com")],
    "By 최현재": [("최현재", "기자", None)],
    "홍길동·김철수 기자": [("홍길동", "기자", None), ("김철수", "기자", None)],
    "임성호 김민지 기자": [("임성호", "기자", None), ("김민지", "기자", None)],
    "대중문화칼럼니스트 정덕현 th@entermedia.co.kr": [("정덕현", "칼럼니스트", "th@entermedia.co.kr")],
    "김민지 인턴기자": [("김민지", "인턴기자", None)],
    "[글·사진 = 이순신 기자 foto@etnews.com]": [("이순신", "기자", "foto@etnews.com")],
    "글 강감찬 여행전문기자": [("강감찬", "여행전문기자", None)],
    "제갈소담 논설위원": [("제갈소담", "논설위원", None)],
    "도가온 디지털뉴스 기자 gaon@gana.co.kr": [("도가온", "디지털뉴스 기자", "gaon@gana.co.kr")],
    "여한결 GN스포츠 특파원": [("여한결", "GN스포츠 특파원", None)],
    "도가온(gaon7)": [("도가온", "기자", None)],
    "글=도가온/사진=나한별 기자": [("도가온", "기자", None)],
    "가람연예 라온결 | 사진출처 가람시": [("라온결", "기자", None)],
    "도가온 정책팀장 gaon@gana.co.kr": [("도가온", "팀장", "gaon@gana.co.kr")],
    "글. 도가온 | 사진. 나한별": [("도가온", "기자", None)],
    "도가온 / gaon@gana.co.kr": [("도가온", "기자", "gaon@gana.co.kr")],
    "가람과학기자상을 받았다": [],
    "온라인뉴스부": [],
    "서울경제 기자": [],
    "news@donga.com": [],
}


@pytest.mark.parametrize(("text", "people"), BYLINES.items())
def test_a_byline_names_its_reporters(text: str, people: list[tuple[str, str, str | None]]) -> None:
    assert [(r.name, r.role, r.mail) for r in reporters(text)] == people


BARE = {
    "신현주": ["신현주"], "정하늘, 오새벽": ["정하늘", "오새벽"], "동아닷컴": [], "한국일보": [], "관리자": [],
    "https://www.facebook.com/hkilbo": [],
}


@pytest.mark.parametrize(("text", "names"), BARE.items())
def test_a_bare_name_counts_where_only_names_stand(text: str, names: list[str]) -> None:
    assert [r.name for r in named(text)] == names


@pytest.mark.parametrize("line", [
    "변수연 기자 diver@sedaily.com", "[설예준 기자]", "홍길동·김철수 기자", "/정종엽 기자", "글=홍길동 기자, 사진=김철수 기자",
    "hg@newsis.com",
    "디지털뉴스팀 홍길동 기자 hong@khan.kr", "[도가온 디지털뉴스 기자 gaon@gana.co.kr]", "[가람(북도) =여한결 GN스포츠 특파원]",
    "기자 도가온, 에디터 나한별, 웹팀 서이새", "글=도가온/사진=나한별 기자", "가람연예 라온결 | 사진출처 가람시",
    "도가온 문화팀 기자 gaon@gana.co.kr (콘텐츠사업본부)", "By Do Ga-on (gaon@gana.com)",
    "도가온 / gaon@gana.co.kr", "도가온 기자 gaon@gana.co.kr 도가온 기자의 다른 기사 보기",
    "gana 도가온 기자(gaon@gana.co.kr) | 최종업데이트 : 2026-07-02 18:41"])
def test_lines_that_only_sign_are_signatures(line: str) -> None:
    assert is_signature(line)


@pytest.mark.parametrize("line", [
    "홍길동 기자가 현장을 찾았다.", "그는 기자 출신이다.", "문의는 press@example.com 으로 하면 된다.", "문의는 press@example.com",
    "기자 회견은 3일 오전 10시에 열린다",
    "김철수 감독의 새 영화가 다음 달 문을 연다"])
def test_lines_that_say_something_are_no_signatures(line: str) -> None:
    assert not is_signature(line)


DATELINES = {
    "(서울=연합뉴스) 임성호 김민지 기자 = 정부는": ("연합뉴스", "서울", ["임성호", "김민지"]),
    "【서울=뉴시스】이근홍 기자 = 대표는": ("뉴시스", "서울", ["이근홍"]),
    "(베이징=뉴스1) 정은지 특파원 = 중국은": ("뉴스1", "베이징", ["정은지"]),
    "(목포·제주=연합뉴스) 정하늘 오새벽 기자 = 태풍이": ("연합뉴스", "목포·제주", ["정하늘", "오새벽"]),
    "[이데일리 조민정 기자] 국회는": ("이데일리", None, ["조민정"]),
    "[가람소식ㅣ나루=도가온 기자] 시는": ("가람소식", "나루", ["도가온"]),
    "[가람소식 | 도가온 기자] 시는": ("가람소식", None, ["도가온"]),
    "(서울=연합뉴스) 정부는 3일": ("연합뉴스", "서울", []),
    "[서울=신화사] 중국은": ("신화사", "서울", []),
    "[가람스포츠=나루, 도가온 기자] 선두가": ("가람스포츠", "나루", ["도가온"]),
    "[가람닷컴 GR스포츠 도가온 기자] 선두가": ("가람닷컴 GR스포츠", None, ["도가온"]),
    "[가람스포츠] 도가온 기자 = 선두가": ("가람스포츠", None, ["도가온"]),
    "[가람포투=도가온]선두가": ("가람포투", None, ["도가온"]),
    "[가람안 = 도가온 기자(=나루)] 시는": ("가람안", None, ["도가온"]),
    "가람코리아=도가온 기자 | 시는": ("가람코리아", None, ["도가온"]),
    "워싱턴=도가온 특파원 시는": (None, "워싱턴", ["도가온"]),
    "도가온 보험전문기자 = 회사는": (None, None, ["도가온"]),
}


@pytest.mark.parametrize(("line", "parts"), DATELINES.items())
def test_a_dateline_tells_agency_place_and_reporters(line: str, parts: tuple[str, str | None, list[str]]) -> None:
    found = dateline(line)
    assert found is not None
    assert (found.agency, found.place, [r.name for r in found.reporters]) == parts


@pytest.mark.parametrize("line", [
    "정부는 3일 밝혔다.", "(주)가람은 새 공장을 짓는다.", "[출처: 기획재정부 자료] 정부는", "[단독] 가람반도체가",
    "[가람 도가온] 시는",
    "도가온 기자 출신 의원은 = 표시를", "시장=도가온 의원 측은"])
def test_other_openings_are_no_datelines(line: str) -> None:
    assert dateline(line) is None


@pytest.mark.parametrize(("line", "signed"), [
    ("이새롬 가람대 경제학과 교수", [("이새롬", "가람대 경제학과 교수")]),
    ("도가온 | 전 가람부 정책실장", [("도가온", "전 가람부 정책실장")]),
    ("나한별 가람대 교수·사회학", [("나한별", "가람대 교수")]),
    ("도가온 교수는 말했다.", []), ("나한별 가람대 교수·학생이 함께 걸었다", [])])
def test_a_writer_from_outside_signs_with_what_they_are(line: str, signed: list[tuple[str, str]]) -> None:
    assert [(r.name, r.role) for r in columnist(line)] == signed


@pytest.mark.parametrize(("line", "names"), [
    ("By Do Ga-on", ["Do Ga-on"]), ("BY Do Ga-on (gaon@gana.com)", ["Do Ga-on"]), ("By The Korea Herald", [])])
def test_a_byline_in_latin_letters(line: str, names: list[str]) -> None:
    assert [r.name for r in in_latin(line)] == names
