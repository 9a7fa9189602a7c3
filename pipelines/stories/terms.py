"""The key facts of a headline or lede: names and other words, Latin names, numbers with their units, days.

Pure after the first call, which reads the word lists.
"""

from __future__ import annotations

import re

from pipelines.stories.stems import BARE_SUFFIX, stem
from pipelines.stories.words import words

# Headline shorthand. Countries become words of their own; the rest is read by its sound.
COUNTRIES = {
    "中": "중국", "美": "미국", "日": "일본", "韓": "한국", "北": "북한", "英": "영국", "獨": "독일",
    "佛": "프랑스", "露": "러시아", "印": "인도", "臺": "대만", "伊": "이탈리아", "濠": "호주",
}
SOUNDS = str.maketrans(
    "尹李朴文金與野檢靑軍銀車株電重社前現新反親對訪駐故黨女男號發行展市戰法家父母子黑高低大小核脫最死無非副民外內",
    "윤이박문김여야검청군은차주전중사전현신반친대방주고당여남호발행전시전법가부모자흑고저대소핵탈최사무비부민외내",
)
DURING = "회의|진행|수사|재판|방송|경기|협상|촬영|조사|치료|운전|근무|공사|작업|행사|훈련|운항|여행|식사|대화"
MIDDLE = r"中(?=[企高學央小東間立期原堅略卒\d])"
AT_THE_END = r"(?<=[가-힣])中(?=[\s)….,]|$)"
NOT_CHINA = re.compile("|".join((MIDDLE, AT_THE_END, *(f"(?<={word} )中" for word in DURING.split("|")))))  # 中企 수사中 회의 中
COUNTRY = re.compile("[" + "".join(COUNTRIES) + "]")
RUSSIA = re.compile(r"(?<![가-힣a-z\d])러(?=[\s,.·…'\"‘’“”]|$)")  # 러, … : the one country that headlines shorten in Hangul

SCALES = {"조": 10**12, "억": 10**8, "만": 10**4}
AMOUNT = r"\d[\d,]*(?:\.\d+)?"
UNITS = (
    r"분기|일째|일\s?연속|일연속|연승|연패|라운드|차전|주차|주째|경기\s?연속|경기째|년째|개월째|회차|번째|차례|호골|"
    "퍼센트포인트|퍼센트|포인트|%포인트|%p|%대|%|달러|위안|유로|파운드|원|엔|개월|개국|개사|개소|개|명|건|대|곳|"
    "세|살|배|위|차|회|호점|호|기|톤|킬로그램|킬로미터|미터|킬로|kg(?![a-z])|km(?![a-z])|[cm]?m(?![a-z])|"
    "[gmk]w(?![a-z])|[tg](?![a-z])|년|월(?!드|급|세|요)|주년|주|시간|분|초|시(?!대)|심(?!판|사|리|장|야|각|폐|해|층)|석|"
    "표|승|패|골|점|안타|층|평|제곱|년생|쪽|편|척|마리|그루|가구|세대|학년|학기|타점|홈런|세트|이닝|번"
)
SPELLINGS = {
    "퍼센트포인트": "%p", "%포인트": "%p", "퍼센트": "%", "%대": "%", "킬로미터": "km", "킬로": "km", "미터": "m",
    "킬로그램": "kg", "살": "세", "차례": "회", "개소": "곳",
}
OTHER_MONTH, NOT_NOW = ("지난달", "지난 달", "다음 달", "다음달", "내달"), ("지난", "오는")  # before a day
BEFORE_DAYS = "|".join((*OTHER_MONTH, *NOT_NOW))
BARE_MONEY = 10**9  # a figure without a unit is money from so much on; 14억 may be people
SCALE = r"\s?(?:천[조억만]|[조억만천])"
PIECE = re.compile(rf"({AMOUNT})\s?(천?)([조억만]?)")
TERM = re.compile(
    rf"""(?<![\d:-])(?<!\d\.)(?P<score>\d{{1,3}}\s?[-:]\s?\d{{1,3}})(?![\d.:-])
       | (?P<day>(?:(?:{BEFORE_DAYS})\s)?(?:\d{{1,2}}\s?월\s?)?\d{{1,2}}\s?일)(?!\s?(?:간|째|만|차|연속|동안|연승|연패))
       | (?P<latin>[a-z][a-z0-9]*(?:[.&'-]?[a-z0-9]+)*\+*)
       | (?P<number>(?:{AMOUNT}{SCALE}\s?(?!{AMOUNT}\s?%))*{AMOUNT}(?:{SCALE})?)\s?(?P<unit>{UNITS})?
       | (?P<han>[一-鿿]{{2,}})
       | (?P<word>[가-힣]{{2,}})""",
    re.VERBOSE,
)

ACTOR = re.compile(r"\s*((?:[가-힣a-z0-9&·]+ ){0,2}[가-힣a-z0-9&·]{2,12}?)(?<!고)(?<!며)(?<!면)(?<!지만)(?<!는데), ")


def spelled(text: str) -> str:
    """Headline shorthand in Hangul: 中 → 중국, 對中 → 대 중국, 檢 → 검."""
    text = NOT_CHINA.sub("중", text)
    text = COUNTRY.sub(lambda found: f" {COUNTRIES[found[0]]} ", text)
    return RUSSIA.sub("러시아", text).replace("弗", "달러").translate(SOUNDS)


def actor(headline: str) -> str:
    """The one who acts, when the headline names it as Korean headlines do: `군산시, 내달부터 …` → 군산시; else ""."""
    found = ACTOR.match(spelled(headline))
    named = terms(found[1]) if found else ()
    return named[-1] if named and named[-1][0] not in "#@=" else ""


def terms(text: str) -> tuple[str, ...]:
    """The text's terms in order, each once: word, latin, `#number unit`, `@day`, `=score`. `text` is folding.plain."""
    found: dict[str, None] = {}
    for match in TERM.finditer(spelled(text)):
        if term := _term(match):
            found[term] = None
    return tuple(found)


def _term(match: re.Match[str]) -> str:
    kind, text = match.lastgroup, match[0]
    if kind == "score":
        return "=" + re.sub(r"\s?[-:]\s?", "-", text)
    if kind == "day":
        return _day(text)
    if kind in ("number", "unit"):
        return _number(match["number"], match["unit"] or "")
    if kind == "word":
        return "" if BARE_SUFFIX.match(text) else _full_name(stem(text))
    return _full_name(text)


def _day(text: str) -> str:
    """`@8`; `@12/8` and `@0/8` are of another month, or may be; `@~8` is past or to come: 지난 8일."""
    numbers = "/".join(re.findall(r"\d+", text))
    if "/" in numbers:
        return f"@{numbers}"
    if text.startswith(OTHER_MONTH):
        return f"@0/{numbers}"
    return f"@~{numbers}" if text.startswith(NOT_NOW) else f"@{numbers}"


def _full_name(word: str) -> str:
    """금통위 → 금융통화위원회: headlines shorten what ledes spell out."""
    return words().full_names.get(word, word)


def _number(amounts: str, unit: str) -> str:
    unit = SPELLINGS.get(unit.replace(" ", ""), unit.replace(" ", ""))
    value = below = 0.0  # `below`: what still waits for its 만, 억 or 조
    for amount, thousand, scale in PIECE.findall(amounts):
        below += float(amount.replace(",", "")) * (1000 if thousand else 1)
        if scale:
            value, below = value + below * SCALES[scale], 0.0
    value += below
    # 영업익 6391억: headlines leave out 원
    return f"#{value:.15g}{unit or ('원' if value >= BARE_MONEY else '')}"
