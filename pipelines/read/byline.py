"""Who wrote it: reporters by name, role and mail, the agency and place of a dateline.

Imports only the nouns. Texts come as lines; which line is a byline is decided here and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pipelines.article import Byline, Reporter
from pipelines.press import press_of_name
from pipelines.read.hygiene import NAME_MAX, clean_line
from pipelines.read.words import words

ROLE = (
    r"(?:(?:대중문화|정치|경제|산업|문화|사회|의학|과학|환경|군사|국방|외교|북한|법조|스포츠|연예|의료|영화|음악|"
    r"여행|논설|교육|노동|종교|미술|IT|AI|수습|인턴|선임|전문|객원|시민|사진|"
    r"탐사|기획|대표|부|명예|통일|국제|금융|부동산|증권|자동차|유통|바이오|테크|데이터|디지털|영상|의학전문|"
    r"경제전문|군사전문|북한전문|과학전문|환경전문|여행전문|문화전문)\s?)*"
    r"(?:(?:[가-힣]{2,4})?전문기자|선임기자|수습기자|인턴기자|객원기자|대기자|기자|특파원|통신원|논설위원실장|논설위원|논설주간|"
    r"논설고문|논설실장|주필|편집국장|에디터|리포터|앵커|아나운서|기상캐스터|"
    r"칼럼니스트|평론가|해설위원|PD|피디|작가|시인|소설가|수필가|번역가|교수|변호사|연구위원|연구원|편집위원|부국장|지국장|시민기자|"
    r"명예기자|대표|편집인|차장|부장|팀장|에디터)"
)
REPORTER_ROLE = re.compile(
    r"기자|특파원|통신원|논설|주필|에디터|리포터|앵커|PD|피디|칼럼니스트|평론가|해설위원|편집국장|편집위원|아나운서|"
    r"캐스터")
MAIL = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._%+\-]{0,40}@[A-Za-z0-9][a-z0-9\-]*(?:\.[a-z0-9\-]{2,})*?\.(?:co\.kr|or\.kr|go\.kr|"
    r"ac\.kr|pe\.kr|re\.kr|com|net|network|org|kr|tv|info|news|media|press|biz|io|ai|me|us|asia|today)(?![a-z0-9])")
NAME = r"[가-힣]{2,4}"
DATELINE = re.compile(
    r"^\s*[(\[【〔<]\s*(?P<place>[가-힣A-Za-z·,()\s]{1,30}?)\s*=\s*(?P<agency>[가-힣A-Za-z0-9&·\s]{2,16}?)"
    r"(?:\s*(?P<inner>" + NAME +
        r"(?:\s*[,·]?\s*" + NAME + r")*\s*" + ROLE + r"))?\s*[)\]】〕>]"
    r"\s*(?P<rest>[^=\n]{0,60}?=)?")
BRACKETED = re.compile(
    rf"^\s*[(\[【〔<]\s*(?P<agency>[가-힣A-Za-z0-9]{{2,14}}(?:\s[A-Z]{{2,4}}[가-힣]{{2,6}})?)\s*(?:\s|=)\s*"
    rf"(?P<signed>{NAME}(?:[\s,·]+{NAME})*\s*{ROLE})\s*(?:\(=?[가-힣]{{2,6}}\))?\s*[)\]】〕>]")
# without brackets, or with the press alone in them: 매체 홍길동 베이징 특파원 = …, 매체=홍길동 기자 | …, [매체] 홍길동 기자 = …
_BARE_NAMES = rf"{NAME}(?:[\s,·]+{NAME}){{0,4}}\s*{ROLE}"
BARE = re.compile(
    rf"^\s*(?:(?P<agency>[가-힣A-Za-z0-9]{{2,14}})(?:\s+|\s*=\s*)|"
    rf"[(\[【〔<]\s*(?P<bracketed>[가-힣A-Za-z0-9]{{2,14}})\s*[)\]】〕>]\s*)"
    rf"(?P<signed>{_BARE_NAMES})\s*[=|ㅣ│]\s")
BARE_PLACED = re.compile(rf"^\s*(?P<agency>[가-힣A-Za-z0-9]{{2,14}})=(?P<signed>{_BARE_NAMES})\s")  # 워싱턴=홍길동 특파원 …
BARE_NAMES = re.compile(rf"^\s*(?P<signed>{_BARE_NAMES})\s*=\s")
# [매체 홍길동], [매체=홍길동]: no role at all
ROLELESS = re.compile(r"^\s*[(\[【〔<]\s*(?P<agency>[가-힣A-Za-z0-9]{2,14})(?:\s+|\s*=\s*)(?P<signed>[가-힣]{3})\s*[)\]】〕>]")
PLACED = re.compile(
    rf"(?P<place>[가-힣A-Za-z]{{2,10}}(?:\([가-힣]+\))?)\s*=\s*(?P<names>{NAME}(?:[\s,·]+{NAME}){{0,9}}?)\s*(?P<role>{ROLE})")
# [매체ㅣ서울=홍길동 기자]: press, place and name, parted by a bar
BARRED = re.compile(
    rf"^\s*[(\[【〔<]\s*(?P<agency>[가-힣A-Za-z0-9]{{2,14}})\s*[|ㅣ│/·:=]\s*(?:(?P<place>[가-힣]{{2,10}})\s*[=,]\s*)?"
    rf"(?P<signed>{NAME}(?:[\s,·]+{NAME})*\s*{ROLE})\s*[)\]】〕>]")
# 홍길동 디지털뉴스 기자, 홍길동 MK스포츠 특파원: a desk or a press that is no role stands between name and role
DESKED = re.compile(
    rf"(?<![가-힣])(?P<name>{NAME})\s+(?P<desk>(?:[가-힣A-Za-z0-9·&]{{2,12}}\s+){{1,2}})(?P<role>{ROLE})(?![가-힣])")
NICKED = re.compile(rf"(?P<name>{NAME})\s?\([A-Za-z][A-Za-z0-9_.]{{1,19}}\)")  # a citizen reporter and the account
ACCOUNTED = re.compile(  # 매체 홍길동 gildong@: the domain is left out
    rf"[(\[]?(?:(?P<press>[가-힣A-Za-z0-9]{{2,8}})\s)?(?P<name>{NAME})\s?[a-z][a-z0-9._\-]{{1,20}}@[)\]]?")
ROLE_FIRST = re.compile(
    rf"(?:칼럼니스트|평론가|해설위원|논설위원|선임기자|전문기자|특파원|에디터|리포터)\s+(?P<name>{NAME})\s*(?=[A-Za-z(<\[]|$)")
SIGNED = re.compile(
    rf"(?<![가-힣])(?P<names>{NAME}(?:\s*[,·/ㆍ&\-]\s*{NAME}|\s{NAME}){{0,9}}?)\s*\|?\s*(?P<role>{ROLE})(?![가-힣])")
NAMED = re.compile(
    rf"(?:(?<![가-힣])(?:기자명|작성자|글쓴이|기자)\s*[:：,]?|기자[\s:：,]|By|BY|by)\s*[:：,]?\s*"
    rf"(?P<names>{NAME}(?:\s*[,·]\s*{NAME})*)(?![가-힣])")
WITH_MAIL = re.compile(rf"(?<![가-힣])(?P<name>{NAME})\s*[(\[</|]?\s*(?P<mail>{MAIL.pattern})")
SIGN_OFF = re.compile(rf"(?P<press>[가-힣A-Za-z0-9]{{2,8}}?)\s?(?P<news>뉴스|TV|NEWS|방송)?,?\s(?P<name>{NAME})입니다\.?")
SIGN_OFF_MAILED = re.compile(
    rf"(?:[가-힣A-Za-z0-9]{{2,8}}\s)?(?P<name>{NAME})\s?[\[(]\s?(?P<mail>{MAIL.pattern})\s?[\])]입니다\.?")
INTRODUCED = re.compile(rf"(?P<name>{NAME})\s?기자(?:가|입니다)(?:\s.{{0,30}}(?:했|갔|왔|봤|드립|합|습)니다)?\.?")
LATIN_NAME = r"(?:[A-Z][a-z]+(?:\s[A-Z][a-z.\-]+){1,2}|[A-Z]{2,}(?:\s[A-Z][A-Z.\-]+){1,2})"
LATIN_AND = r"(?:,\s|\sand\s|,\sand\s|\s&\s)"
LATIN_NAMES = rf"(?P<names>{LATIN_NAME}(?:{LATIN_AND}{LATIN_NAME}){{0,3}})"
LATIN = re.compile(rf"(?:(?:By|by|BY)\s+)?{LATIN_NAMES}")
MAIL_BESIDE = rf"\s?[(\[]?{MAIL.pattern}[)\]]?"
SIGNED_IN_LATIN = re.compile(rf"(?:By|by|BY)\s+{LATIN_NAMES}(?:{MAIL_BESIDE})?|{LATIN_NAME}{MAIL_BESIDE}")
NO_LATIN = re.compile(
    r"\bThe\b|Ilbo|Online|Digital|Group|Naver|Daum|News|Herald|Times|Daily|Press|Media|Team|Staff|Desk|Korea|Journal|Reporter|"
    r"Editor|Admin", re.I)
BOXED = re.compile(r"^\s*[\[【](?P<signed>[가-힣A-Za-z·\s]{5,40})[\]】](?=\s)")  # [홍길동 도시연구소장] opens a column
MORE_OF = re.compile(r"\s[가-힣]{2,4}\s?기자의?\s?(?:다른\s?)?기사\s?(?:더\s?)?보기$")  # a control behind the signature
NICK = re.compile(r"\([A-Za-z0-9_.]{2,20}\)")  # a name's account: 김하나(hana7)
COLUMNIST = re.compile(
    rf"[/|(\[<]?\s*(?P<name>{NAME})\s*(?:[|ㅣ/·,]?\s|\()(?P<role>(?:[^.,?!\s]{{1,14}}\s){{0,4}}[가-힣A-Za-z·]{{0,10}}(?:교수|대표|실장|소장|원장|위원|위원장|"
    r"연구원|연구위원|이사장|이사|변호사|작가|시인|소설가|평론가|칼럼니스트|회장|사장|의원|장관|차관|총장|센터장|본부장|국장|"
    r"박사|차장|부장|팀장|감독|전문의|의사|노무사|회계사|세무사|변리사|저자|대사|활동가|사무총장|대변인|강사|신부|목사|스님|번역가|건축가|농부|교사))"
    r"(?:\s?[·,]\s?[가-힣]{2,8}|\s?\([가-힣·]{2,10}\))?\s*[)\]>]?")  # 나한별 가온대 교수·사회학
# 글·사진 홍길동, 취재기자ㅣ홍길동: what the person did stands before the name
WRITTEN = re.compile(
    rf"[(\[<]?\s?(?:취재\s?기자|취재|글|기획|정리)(?:\s?[·/ㆍ&,]\s?(?:취재|글|사진|정리|기획|영상))*\s?[=:：|ㅣ.]?\s?(?<=[\s=:：|ㅣ.])"
    rf"(?P<name>{NAME})(?:\s?(?:[,·/|ㅣ]|\s)\s?(?:사진|그림|영상)\s?[=:：|ㅣ.]?\s?{NAME})?(?:\s?기자)?\s?[)\]>]?")
# a broadcaster's whole staff in one line: 기자 홍길동, 에디터 김철수, 웹팀 이영희
_STAFF = (
    r"(?:기자|취재|글|사진|에디터|편집|교열|번역|감수|영상|촬영|음향|자막|그래픽|디자인|구성|작가|연출|제작|PD|기획|진행|정리|"
    rf"웹\s?팀)\s?[:：=]?\s?{NAME}")
STAFF = re.compile(rf"[(\[]?\s?{_STAFF}(?:\s?[,/·|ㅣ]\s?{_STAFF}){{1,7}}\s?[)\]]?")
# the writer beside whom the pictures are from: 매체 홍길동 | 사진출처 배급사
BESIDE_PICTURES = re.compile(
    rf"(?:[가-힣A-Za-z0-9]{{2,12}}\s)?(?P<name>{NAME})(?:\s?{ROLE})?\s?[|ㅣ/]\s?사진\s?(?:출처|제공|자료)?\s?[=:：|ㅣ]?\s?[^.]{{2,40}}")
ENTERED = re.compile(  # 홍길동 기자 | 기사 입력 : 2026-06-14
    r"[|ㅣ/·]?\s?(?:기사|최종)?\s?(?:입력|승인|등록|송고|작성|수정|업데이트)\s?[:：]?\s?20\d\d[.\-/]\d\d?[.\-/]\d\d?\.?(?:\s\d\d:\d\d(?::\d\d)?)?")
# a whole line that signs: names and roles, mails, brackets, places, and nothing that could be a sentence
SIGN_LINE_MAX = 90


def reporters(text: str) -> tuple[Reporter, ...]:
    """The people whom a short text (a byline, a signature, an author's meta tag) names."""
    text = clean_line(text, limit=400)
    mails = [m[0] for m in MAIL.finditer(text)]
    bare = MAIL.sub(" ", text)
    if (written := WRITTEN.fullmatch(bare.strip())) and is_name(written["name"]):  # who took the pictures wrote nothing
        return (Reporter(name=written["name"], role="기자", mail=mails[0] if len(mails) == 1 else None),)
    found: list[Reporter] = []
    for match in PLACED.finditer(bare):
        found += [_person(n, match["role"]) for n in _names(match["names"])]
    rest = PLACED.sub(" ", bare)
    for match in SIGNED.finditer(rest):
        found += [_person(n, match["role"]) for n in _names(match["names"])]
    if not found:
        found += [_person(m["name"], m[0].split()[0]) for m in ROLE_FIRST.finditer(bare) if is_name(m["name"])]
    if not found:
        found += [_person(n, "기자") for match in NAMED.finditer(bare) for n in _names(match["names"])]
    if not found:
        found += [_person(m["name"], "기자") for m in WITH_MAIL.finditer(text) if is_name(m["name"])]
    if not found:
        desked = (m for m in DESKED.finditer(bare) if REPORTER_ROLE.search(m["role"]))
        found += [_person(m["name"], f"{m['desk']}{m['role']}") for m in desked if is_name(m["name"])]
    if not found and (beside := BESIDE_PICTURES.fullmatch(text)) and is_name(beside["name"]):
        found.append(Reporter(name=beside["name"], role="기자"))
    if not found and (accounted := ACCOUNTED.fullmatch(bare.strip())) and is_name(accounted["name"]):
        found.append(Reporter(name=accounted["name"]))
    if not found and (nicked := NICKED.fullmatch(bare.strip())) and is_name(nicked["name"]):
        found.append(Reporter(name=nicked["name"]))
    unique = list({r.name: r for r in reversed(found)}.values())[::-1]
    if len(unique) == len(mails):
        unique = [Reporter(name=r.name, role=r.role, mail=mail) for r, mail in zip(unique, mails, strict=True)]
    return tuple(unique[:10])


def named(text: str) -> tuple[Reporter, ...]:
    """The people in a value that holds names and nothing else (a meta tag, JSON-LD): a bare name counts."""
    if found := reporters(text):
        return found
    bare = NICK.sub(" ", MAIL.sub(" ", clean_line(text, limit=NAME_MAX)))
    parts = [p.strip() for p in re.split(r"[,;|/·&]|\s및\s", bare)]
    return tuple(Reporter(name=p) for p in parts if re.fullmatch(r"[가-힣]{2,4}", p) and is_name(p))


def columnist(line: str) -> tuple[Reporter, ...]:
    """The writer from outside who signs a column: a name, where they work, what they are, and nothing else."""
    match = COLUMNIST.fullmatch(line.strip())
    if match is None or not is_name(match["name"]):
        return ()
    return (Reporter(name=match["name"], role=" ".join(match["role"].split())),)


def in_latin(text: str) -> tuple[Reporter, ...]:
    """The people whom an author's element names in Latin letters: `By Daniel Kim and Mina Lee`."""
    match = LATIN.fullmatch(MAIL.sub("", text).strip(" ()[]"))
    if match is None or NO_LATIN.search(text):
        return ()
    return tuple(Reporter(name=n) for n in re.split(LATIN_AND, match["names"]) if not press_of_name(n))


def is_sign_off(line: str) -> bool:
    """Whether a broadcaster's reporter takes leave with the line: `VOA 뉴스 한지아입니다.`"""
    match = SIGN_OFF.fullmatch(line) or SIGN_OFF_MAILED.fullmatch(line)
    return match is not None and is_name(match["name"])


def sign_offs(lines: Iterable[str]) -> Iterator[Reporter]:
    """Who speaks in a broadcast's script: `MBC뉴스 김하나입니다.` at its end, else `김하나 기자가 취재했습니다.`"""
    read = tuple(lines)
    closing = [m for line in read[-3:] if (m := SIGN_OFF.fullmatch(line)) and (m["news"] or press_of_name(m["press"]))]
    mailed = [m for line in read[-3:] if (m := SIGN_OFF_MAILED.fullmatch(line))]
    if people := [Reporter(name=m["name"], mail=m["mail"]) for m in mailed if is_name(m["name"])]:
        return iter(people)
    introduced = [m for line in read if (m := INTRODUCED.fullmatch(line))]
    return (Reporter(name=m["name"]) for m in closing or introduced[:2] if is_name(m["name"]))


def _names(text: str) -> list[str]:
    listed = [n for n in re.split(r"[\s,·/ㆍ&\-]+", text) if n]
    names = [n for n in listed if is_name(n)]
    if len(names) < 2:
        return names
    longer = [n for n in names if len(n) > 2]  # a two-letter word before full names is a place or a desk: 순천, 광양 구현모 기자
    first = listed.index(longer[0]) if longer else -1
    return [n for n in names if n not in words().cities and (len(n) > 2 or listed.index(n) > first)]


def _person(name: str, role: str) -> Reporter:
    return Reporter(name=name, role=" ".join(role.split()))


def is_name(name: str) -> bool:
    """Whether a word can be a Korean's name."""
    if name in words().not_names or name.endswith(("부", "팀")) or press_of_name(name):
        return False
    return (2 <= len(name) <= 3 and name[0] in words().surnames) or (len(name) == 4 and name[:2] in words().long_surnames)


def dateline(line: str) -> Byline | None:
    """`(서울=연합뉴스) 임성호 김민지 기자 = …` at the start of a text."""
    line = line[:160]
    if (alone := ROLELESS.match(line)) and is_name(alone["signed"]) and _is_press(alone["agency"], "=" in alone[0]):
        return Byline(reporters=(Reporter(name=alone["signed"]),), agency=alone["agency"])
    match = DATELINE.match(line)
    if match is None:
        return _loose_dateline(line)
    place, agency = match["place"].strip(" ,·"), match["agency"].strip()
    signed = f"{match['inner'] or ''} {match['rest'] or ''}".rstrip("=")
    people = reporters(signed) if signed.strip() else ()
    if not agency or (not people and REPORTER_ROLE.search(agency)):
        inner = reporters(f"{agency}")
        return Byline(reporters=inner, agency=place or None) if inner else None
    return Byline(reporters=people, agency=agency, place=place or None)


def _loose_dateline(line: str) -> Byline | None:
    """A dateline that names no place before the press: `[매체=나루, 도가온 기자]`, `매체=도가온 기자 |`."""
    if barred := BARRED.match(line):
        return Byline(reporters=reporters(barred["signed"]), agency=barred["agency"], place=barred["place"])
    if bracketed := BRACKETED.match(line):
        return Byline(reporters=reporters(bracketed["signed"]), agency=bracketed["agency"])
    if (boxed := BOXED.match(line)) and (people := columnist(boxed["signed"])):
        return Byline(reporters=people)
    for bare in (each.match(line) for each in (BARE, BARE_PLACED, BARE_NAMES)):
        if bare and (people := reporters(bare["signed"])):
            parts = bare.groupdict()
            first = parts.get("agency") or parts.get("bracketed")
            is_place = first in words().cities or (people[0].role.endswith("특파원") and first and not press_of_name(first))
            return Byline(reporters=people, place=first) if is_place else Byline(reporters=people, agency=first)
    return None


def _is_press(word: str, is_joined: bool) -> bool:
    """Whether a word beside a name can be who publishes: a known press, or what `=` joins to the name and is no place."""
    return press_of_name(word) is not None or (is_joined and word not in words().cities and not is_name(word))


def is_signature(line: str) -> bool:
    """Whether the whole line signs the text, and says nothing else."""
    line = MORE_OF.sub("", line)
    if len(line) > SIGN_LINE_MAX:
        return False
    named_so = WRITTEN.fullmatch(line) or ACCOUNTED.fullmatch(line) or BESIDE_PICTURES.fullmatch(line)
    if SIGNED_IN_LATIN.fullmatch(line) or STAFF.fullmatch(line) or (named_so and is_name(named_so["name"])):
        return True
    bare = ENTERED.sub(" ", MAIL.sub(" ", line.removesuffix("(끝)")))
    had_mail = MAIL.search(line) is not None
    people = bool(REPORTER_ROLE.search(bare) and reporters(bare)) or (had_mail and bool(reporters(line)))
    if not people and not had_mail:
        return False
    rest = NAMED.sub(" ", SIGNED.sub(" ", DESKED.sub(" ", PLACED.sub(" ", bare))))
    rest = re.sub(
        rf"{ROLE}|{NAME}\s*=|[가-힣·]{{2,8}}(?:부|팀|국|실|뉴스룸)(?![가-힣])|[^\w]|취재|사진|글|편집|영상|그래픽|"
        rf"촬영|정리|공동|서울|외\s?\d명|기자명", " ", rest)
    left = rest.split()
    if not people:  # a bare address signs; an address that something is said of does not
        return not left
    return len(left) <= 2 and sum(map(len, left)) <= 12 and not re.search(r"[다요]\.$", line.rstrip())
