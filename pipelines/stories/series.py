"""Items that come again and again in one form: which sort, and which instalment.

Two instalments of one series look like copies of one another and are not. A copy of the same instalment still is.
Pure. The sorts are those of Korean news sites: facts, korean-news §3, and their headline tags.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain

from pipelines.article import Flag
from pipelines.stories.folding import folded, plain
from pipelines.stories.headline import Headline
from pipelines.stories.words import words
from pipelines.story import Stage

HEADLINES = (  # sorts told by the words of the headline
    ("market", r"(코스피|코스닥|환율|다우|나스닥|국제유가|금값|비트코인|달러).{0,40}(출발|개장|마감|장중|거래 ?시작)"),
    ("weather", r"(오늘|내일|주말|모레|전국|아침|낮|출근길|퇴근길) ?.{0,12}(날씨|기온|최[고저] ?\d+도)"),
    ("weather", r"\d+일\(.\) ?날씨|체감 ?\d+도|(오늘|내일|모레|주말).{0,8}(맑|흐리|흐림|구름|소나기|일교차|미세먼지)"),
    ("count", r"(코로나|확진|위중증).{0,20}\d[\d,만천]* ?명"),
    ("quiz", r"(퀴즈|캐시워크|캐시닥|리브메이트|토스).{0,20}정답"),
    ("lottery", r"(로또|연금복권).{0,20}(\d+회|당첨)|\d+회.{0,6}(로또|연금복권)"),
    ("horoscope", r"(띠별|별자리|오늘의|주간) ?운세|운세.{0,10}\d+월"),
    ("notice", r"주간 ?(일정|계획|예고)|프로그램 ?안내|편성표|방송 ?일정"),
    ("week", r"\d+월 ?(첫째|둘째|셋째|넷째|다섯째|\d) ?주"),
    ("notice", r"이 ?시각 ?헤드라인"),
    ("score", r"(프로야구|프로축구|프로배구|프로농구|k리그|kbo).{0,12}(전적|중간순위|순위|선발)"),
)
PATTERNS = tuple((sort, re.compile(pattern)) for sort, pattern in HEADLINES)
PART = re.compile(  # a numbered part of a row, at the end of the headline: (2) <3> ② [4회] (상), or 제5화 within
    r"[(\[<〈《]\s*(?:제?\s*(\d{1,3})\s*(?:회|화|편|부|탄)?|(상|중|하|上|中|下|끝|完))\s*[)\]>〉》]\s*$"
    r"|([①-⑳])|(?:^|\s)제?\s?(\d{1,3})\s?(?:화|편|탄|회차)(?=\s|$|[:\]])"
)
TAG_NUMBER = re.compile(r"(\d{1,3})\s?(?:회|화|편)?$|([①-⑳])|[<(](\d{1,3})[>)]$")
DATED = re.compile(r"\(\d[^)]*\)|\d{1,2}[월일]\s?")  # [오늘(27일)의 날씨], [27일 날씨]
WEEK = re.compile(r"\d+월 ?(?:첫|둘|셋|넷|다섯|\d)")  # 6월 2주, 6월 둘째 주
DRAW = re.compile(r"(\d+) ?회")
PHASE = re.compile("출발|개장|장중|마감|종가|오후|오전")
DAILY = ("market", "count", "weather")  # their instalment is the day (and the market's phase), whatever the words
ALONE = ("photo", "notice", "opinion", "score", "quiz", "horoscope")  # no report of an event: belongs with copies of itself only


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    kind: str = ""  # "" for ordinary news; of a numbered row "row:" and what all its parts are called
    instalment: str = ""


def series_of(parts: Headline, flags: tuple[Flag, ...], day: str) -> Told:
    """The sort of recurring item that the headline announces. `day` is the day of publishing in Korean time, "" unknown."""
    if sort := _sort(parts, flags):
        return Told(kind=sort, instalment=_instalment(sort, parts.text, day))
    for text, number in (*((tag.strip(), TAG_NUMBER) for tag in parts.tags), (parts.text, PART)):
        if found := number.search(text):
            return Told(kind=f"row:{folded(plain(number.sub('', text, count=1)))}", instalment=next(filter(None, found.groups())))
    return Told()


def is_known_tag(tag: str) -> bool:
    """Whether the headline's tag says what sort of item it is; others name a subject, a column or a pollster."""
    bare = folded(plain(DATED.sub("", tag)))
    return bare in words().series or bare in words().tags or Stage.read(tag) is not None


def _instalment(sort: str, headline: str, day: str) -> str:
    if sort in DAILY:
        return " ".join((day, *PHASE.findall(headline)[:1])).strip()
    if sort == "lottery":
        return "".join(DRAW.findall(headline)[:1]) or day
    if sort == "week":
        return "".join(WEEK.findall(headline)[:1]).replace(" ", "")
    return folded(plain(headline))


def _sort(parts: Headline, flags: tuple[Flag, ...]) -> str:
    sorts = words().series
    by_tag = (sorts[bare] for tag in parts.tags if (bare := folded(plain(DATED.sub("", tag)))) in sorts)
    by_flag = (sort for flag, sort in ((Flag.PHOTO, "photo"), (Flag.OPINION, "opinion")) if flag in flags)
    lowered = " ".join((*parts.tags, parts.text)).casefold()  # [프로야구 잠실전적]
    by_words = (sort for sort, pattern in PATTERNS if pattern.search(lowered))
    return next(chain(by_tag, by_flag, by_words), "")
