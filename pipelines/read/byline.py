"""Who wrote it: reporters by name, role and mail, the agency and place of a dateline.

Imports only the nouns. Texts come as lines; which line is a byline is decided here and nowhere else.
"""

from __future__ import annotations

import re

from pipelines.article import Byline, Reporter
from pipelines.read.hygiene import NAME_MAX, clean_line

ROLE = (
    r"(?:(?:대중문화|정치|경제|산업|문화|사회|의학|과학|환경|군사|국방|외교|북한|법조|스포츠|연예|의료|영화|음악|여행|논설|교육|노동|종교|미술|IT|AI|수습|인턴|선임|전문|객원|시민|사진|"
    r"탐사|기획|대표|부|명예|통일|국제|금융|부동산|증권|자동차|유통|바이오|테크|데이터|디지털|영상|의학전문|경제전문|군사전문|북한전문|과학전문|환경전문|여행전문|문화전문)\s?)*"
    r"(?:전문기자|선임기자|수습기자|인턴기자|객원기자|대기자|기자|특파원|통신원|논설위원실장|논설위원|논설주간|논설고문|논설실장|주필|편집국장|에디터|리포터|앵커|아나운서|기상캐스터|"
    r"칼럼니스트|평론가|해설위원|PD|피디|작가|교수|변호사|연구위원|연구원|편집위원|부국장|지국장|시민기자|명예기자|대표|편집인|차장|부장|팀장|에디터)"
)
REPORTER_ROLE = re.compile(r"기자|특파원|통신원|논설|주필|에디터|리포터|앵커|PD|피디|칼럼니스트|평론가|해설위원|편집국장|편집위원|아나운서|캐스터")
MAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+\-]{0,40}@[A-Za-z0-9][a-z0-9\-]*(?:\.[a-z0-9\-]{2,})*?\.(?:co\.kr|or\.kr|go\.kr|ac\.kr|pe\.kr|re\.kr|com|net|org|kr|tv|info|news|media|biz|io|me)(?![a-z0-9])")
NAME = r"[가-힣]{2,4}"
NOT_NAMES = frozenset(
    "사진 그래픽 영상 편집 취재 제공 촬영 자료 인턴 수습 선임 전문 객원 온라인 디지털 뉴스 정치 경제 사회 국제 문화 산업 스포츠 연예 서울 부산 대구 인천 광주 대전 울산 "
    "세종 경기 강원 충북 충남 전북 전남 경북 경남 제주 베이징 도쿄 워싱턴 뉴욕 파리 런던 상하이 홍콩 현장 본지 다른 담당 해당 이상 여러 우리 시민 전체 대표 편집국 "
    "기자명 작성자 글쓴이 기사 관련 최신 추천 인기 구독 오늘 외신 방송 신문 한국 중국 미국 일본 북한 중앙 글 정리 진행 기획 특별 이슈 논설 의학 과학 소속 출입 일부 모든 젊은 동료 후배 선배 "
    "여성 남성 남자 여자 당시 전직 현직 외국 외국인 국내 해외 신입 탐사 데이터 사회부 경제부 정치부 국제부 문화부 산업부 체육부 뉴스팀 취재팀 이투데이 머니투데이 뉴시스 "
    "대중문화 조선일보 중앙일보 동아일보 한국일보 한겨레 경향신문 국민일보 서울신문 세계일보 문화일보 매일경제 한국경제 서울경제 연합뉴스 전자신문".split()
)
DATELINE = re.compile(
    r"^\s*[(\[【〔<]\s*(?P<place>[가-힣A-Za-z·,()\s]{1,30}?)\s*=\s*(?P<agency>[가-힣A-Za-z0-9&·\s]{2,16}?)(?:\s*(?P<inner>" + NAME + r"(?:\s*[,·]?\s*" + NAME + r")*\s*" + ROLE + r"))?\s*[)\]】〕>]"
    r"\s*(?P<rest>[^=\n]{0,60}?=)?")
BRACKETED = re.compile(
    rf"^\s*[(\[【〔<]\s*(?P<agency>[가-힣A-Za-z0-9]{{2,14}})\s+(?P<signed>{NAME}(?:[\s,·]+{NAME})*\s*{ROLE})\s*[)\]】〕>]")
PLACED = re.compile(rf"(?P<place>[가-힣A-Za-z]{{2,10}}(?:\([가-힣]+\))?)\s*=\s*(?P<names>{NAME}(?:[\s,·]+{NAME}){{0,9}}?)\s*(?P<role>{ROLE})")
ROLE_FIRST = re.compile(rf"(?:칼럼니스트|평론가|해설위원|논설위원|선임기자|전문기자|특파원)\s+(?P<name>{NAME})\s*(?=[A-Za-z(<\[]|$)")
SIGNED = re.compile(rf"(?<![가-힣])(?P<names>{NAME}(?:\s*[,·/ㆍ&]\s*{NAME}|\s{NAME}){{0,9}}?)\s*(?P<role>{ROLE})(?![가-힣])")
CITIES = frozenset(
    "서울 부산 대구 인천 광주 대전 울산 세종 수원 성남 의정부 안양 부천 광명 평택 동두천 안산 고양 과천 구리 남양주 오산 시흥 군포 의왕 하남 용인 파주 이천 안성 김포 화성 양주 "
    "포천 여주 연천 가평 양평 춘천 원주 강릉 동해 태백 속초 삼척 홍천 횡성 영월 평창 정선 철원 화천 양구 인제 고성 양양 청주 충주 제천 보은 옥천 영동 진천 괴산 음성 단양 천안 "
    "공주 보령 아산 서산 논산 계룡 당진 금산 부여 서천 청양 홍성 예산 태안 전주 군산 익산 정읍 남원 김제 완주 진안 무주 장수 임실 순창 고창 부안 목포 여수 순천 나주 광양 담양 "
    "곡성 구례 고흥 보성 화순 장흥 강진 해남 영암 무안 함평 영광 장성 완도 진도 신안 포항 경주 김천 안동 구미 영주 영천 상주 문경 경산 의성 청송 영양 영덕 청도 고령 성주 칠곡 "
    "예천 봉화 울진 울릉 창원 마산 진해 진주 통영 사천 김해 밀양 거제 양산 의령 함안 창녕 남해 하동 산청 함양 거창 합천 제주 서귀포".split()
)
NAMED = re.compile(rf"(?:기자명|작성자|글쓴이|기자|By|BY|by)\s*[:：]?\s*(?P<names>{NAME}(?:\s*[,·]\s*{NAME})*)(?![가-힣])")
WITH_MAIL = re.compile(rf"(?<![가-힣])(?P<name>{NAME})\s*[(\[<]?\s*(?P<mail>{MAIL.pattern})")
# a whole line that signs: names and roles, mails, brackets, places, and nothing that could be a sentence
SIGN_LINE_MAX = 90


def reporters(text: str) -> tuple[Reporter, ...]:
    """The people whom a short text (a byline, a signature, an author's meta tag) names."""
    text = clean_line(text, limit=400)
    mails = [m[0] for m in MAIL.finditer(text)]
    bare = MAIL.sub(" ", text)
    found: list[Reporter] = []
    for match in PLACED.finditer(bare):
        found += [_person(n, match["role"], "") for n in _names(match["names"])]
    rest = PLACED.sub(" ", bare)
    for match in SIGNED.finditer(rest):
        found += [_person(n, match["role"], "") for n in _names(match["names"])]
    if not found:
        found += [_person(m["name"], m[0].split()[0], "") for m in ROLE_FIRST.finditer(bare) if m["name"] not in NOT_NAMES]
    if not found:
        found += [_person(n, "기자", "") for match in NAMED.finditer(bare) for n in _names(match["names"])]
    if not found:
        found += [_person(m["name"], "기자", "") for m in WITH_MAIL.finditer(text) if m["name"] not in NOT_NAMES]
    unique = list({r.name: r for r in reversed(found)}.values())[::-1]
    if len(unique) == len(mails):
        unique = [Reporter(name=r.name, role=r.role, mail=mail) for r, mail in zip(unique, mails, strict=True)]
    return tuple(unique[:10])


def named(text: str) -> tuple[Reporter, ...]:
    """The people in a value that holds names and nothing else (a meta tag, JSON-LD): a bare name counts."""
    if found := reporters(text):
        return found
    parts = [p.strip() for p in re.split(r"[,;|/·&]|\s및\s", MAIL.sub(" ", clean_line(text, limit=NAME_MAX)))]
    return tuple(Reporter(name=p, role="기자") for p in parts if re.fullmatch(r"[가-힣]{2,4}", p) and p not in NOT_NAMES and is_surname(p))


def _names(text: str) -> list[str]:
    words = [n for n in re.split(r"[\s,·/ㆍ&]+", text) if n]
    names = [n for n in words if n not in NOT_NAMES and is_surname(n)]
    return [n for n in names if n not in CITIES] if len(names) > 1 else names


def _person(name: str, role: str, mail: str) -> Reporter:
    return Reporter(name=name, role=" ".join(role.split()), mail=mail or None)


# the surnames of more than 99 % of Koreans (census 2015), without syllables that hardly ever open a name in a byline
_SURNAMES = frozenset(
    "김이박최정강조윤장임한오서신권황안송류유전홍고문양손배백허남심노하곽성차주우구나민진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용"
    "예경봉사부가복태목형피두감음빈동온호범좌팽승간상시갈"
)


_LONG_SURNAMES = frozenset("남궁 황보 제갈 선우 독고 사공 서문 동방 어금 망절 장곡 강전 소봉".split())


def is_surname(name: str) -> bool:
    """Whether a word can be a Korean's name."""
    return (2 <= len(name) <= 3 and name[0] in _SURNAMES) or (len(name) == 4 and name[:2] in _LONG_SURNAMES)


def dateline(line: str) -> Byline | None:
    """`(서울=연합뉴스) 임성호 김민지 기자 = …` at the start of a text."""
    match = DATELINE.match(line[:160])
    if match is None:
        bracketed = BRACKETED.match(line[:160])
        return Byline(reporters=reporters(bracketed["signed"]), agency=bracketed["agency"]) if bracketed else None
    place, agency = match["place"].strip(" ,·"), match["agency"].strip()
    signed = f"{match['inner'] or ''} {match['rest'] or ''}".rstrip("=")
    people = reporters(signed) if signed.strip() else ()
    if not agency or (not people and REPORTER_ROLE.search(agency)):
        inner = reporters(f"{agency}")
        return Byline(reporters=inner, agency=place or None) if inner else None
    return Byline(reporters=people, agency=agency, place=place or None)


def is_signature(line: str) -> bool:
    """Whether the whole line signs the text, and says nothing else."""
    if len(line) > SIGN_LINE_MAX:
        return False
    bare = MAIL.sub(" ", line)
    had_mail = bare != line
    people = bool(REPORTER_ROLE.search(bare) and reporters(bare)) or (had_mail and bool(reporters(line)))
    if not people and not had_mail:
        return False
    rest = NAMED.sub(" ", SIGNED.sub(" ", PLACED.sub(" ", bare)))
    rest = re.sub(rf"{ROLE}|{NAME}\s*=|[가-힣·]{{2,8}}(?:부|팀|국|실|뉴스룸)(?![가-힣])|[^\w]|취재|사진|글|편집|영상|그래픽|촬영|정리|공동|서울|외\s?\d명|기자명", " ", rest)
    words = rest.split()
    return len(words) <= 2 and sum(map(len, words)) <= 12 and not re.search(r"[다요]\.$", line.rstrip())
