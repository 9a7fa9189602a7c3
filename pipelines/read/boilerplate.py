"""Lines that are not the article though they stand in its container: cut, each with the rule that says so.

Imports nothing but line tests. Cuts are made at whole lines and at sentence ends, in windows at the head and the tail; what
merely quotes such words inside a sentence of the body stays (facts: korean-news 2.6). All patterns are bounded: none runs long.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from pipelines.press import press_of_name
from pipelines.read.blocks import Block, Kind
from pipelines.read.byline import MAIL, is_signature
from pipelines.tomlfile import shipped_toml

HEAD_LINES = 12  # furniture above a text is short; chosen by hand
LINE_MAX = 220  # longer lines are paragraphs: only their ends are looked at


SUMMARY_BOX = "summary box"  # the rule under which summaries that paraphrase are cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    text: str
    rule: str



@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Whole lines of one kind. `cuts` and `keeps` are examples that the tests hold the patterns to."""

    name: str
    patterns: tuple[str, ...]
    cuts: tuple[str, ...]
    keeps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    rule: tuple[Rule, ...]


@cache
def rules() -> tuple[Rule, ...]:
    return shipped_toml("pipelines.read", "boilerplate.toml").record(_File).rule


@cache
def _whole() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((rule.name, re.compile("|".join(f"(?:{p})" for p in rule.patterns))) for rule in rules())


# At the tail only: lines that open with a bullet and lead elsewhere
POINTER = re.compile(
    r"^\s*(?:[▶☞▷◀◁※★☆→⇒►➤➡]|\[(?:관련|화제|핫|동영상|포토|영상|바로잡|인기|속보|오늘|이\s?시각)[^\]]{0,16}\]|<(?:관련|주요)[^>]{0,14}>)")
# another's headline, wherever it stands
RELATED = re.compile(r"^\s*[\[<(【]\s?(?:관련|연관|함께\s?보는|이전)\s?(?:기사|뉴스|보도|영상)\s?[\]>)】]\s?\S")
BRACKETS = re.compile(r"[<\[(〈＜]\s?(?P<inside>[^<>\[\]〈〉]{5,200})\s?[>\])〉＞]")
BULLET = re.compile(r"^\s*[◆■●▲△◎◈]")  # lists of an article's own open with these, too: they lead elsewhere when they are links
DASH_ITEM = re.compile(r"^\s*[-–·•ㆍ]\s?\S")
BOARD_HEADER = re.compile(r"^번호\s+제목\s+(?:글쓴이|작성자|이름|닉네임)\s+(?:날짜|등록일|작성일|조회.*)(?:\s.*)?$")
BOARD_ROW = re.compile(r"^(?:\d{1,7}|공지|»[\s»]*)\s?.+\s(?:\d{4}[.\-]\d{2}[.\-]\d{2}|\d{2}[.\-:]\d{2})(?:\s\d+)*$")
BARE_SOURCE = re.compile(
    r"^[\[(<]?\s*(?:출처|원문|기사\s?원문|원문\s?출처|기사\s?출처|[Ss]ource)\s*[:：]\s*(?P<source>[^\])>]{2,80}?)\s*[\])>]?$")
# A caption without its picture: a credit closes it, and it is no sentence that a report would hold
CREDIT = re.compile(
    r"(?:20\d\d\.\s?\d{1,2}\.\s?\d{1,2}\.?\s{1,3}[a-z0-9._]{2,30}@[a-z0-9.\-]{4,40}|[(\[/]?\s?(?:사진|자료|그래픽|"
    r"이미지|출처|제공|영상|캡처|캡쳐)\s?[=:/·ㅣ|]\s?[^.]{1,40}|[가-힣A-Za-z0-9]{2,14}=?사진공동취재단|"
    r"[ⓒ©]\s?[^.]{2,30}|[(\[]\s?[^()\[\]]{0,20}(?:제공|자료사진|캡처|캡쳐|게티이미지\S{0,6}|셔터스톡|연합뉴스|"
    r"뉴시스|뉴스1|AP|AFP|로이터|EPA|갈무리)\s?[)\]]|"
    r"(?:AP|AFP|EPA|로이터|UPI|신화|타스|교도|블룸버그)?[/·\s]?(?:연합뉴스|뉴시스|뉴스1|게티이미지(?:뱅크|"
    r"코리아)?|한국일보|셔터스톡|자료사진|페이스북 캡처|홈페이지 캡처|유튜브 캡처|인스타그램)(?:\s?제공|"
    r"\s?자료사진)?)\s?\.?$")
GIVEN_BY = re.compile(r"\s(?P<press>[가-힣A-Za-z0-9]{2,12})\s?(?:제공|캡처|캡쳐|갈무리|자료사진|DB)$")
CAPTION_OPENING = re.compile(
    r"^(?:사진\s?[=:]|\(사진\s?[=:]|[(\[<]\s?사진\s?[=:)\]>]|사진\s?제공|/?\s?사진=|<\s?사진|\[자료\s?사진|ⓒ|©|\(자료\s?사진|"
    r"[(\[]?Photos? (?:by|courtesy)|(?:유튜브|인스타그램|틱톡|페이스북)\s?[,/]\s)")
CAPTION_MARK = re.compile(r"^(?:▲|△|▶|◀|◁|↑|↓)")  # lists open with these, too: they count below a picture, or with a credit
CAPTION_MAX = 220
TOLD_ONCE = re.compile(r"[^.!?]{4,160}[다요][.!?][\"'”’)]*\s+(?P<rest>\S.{2,60})")  # one sentence and what signs it
REPORTED = re.compile(r"(?:(?<![니])다|라고|다고)\.[\"'”’)]*\s*$")  # the plain form: furniture says …합니다, or nothing
ADDRESS = re.compile(r"(?:(?:니다|세요|니까)(?:[.!?…]{1,3}[)\]]?|[)\]])|(?:하|보|주)세요[)\]]?)$")
QUOTED = re.compile(r"[\"'“”‘’「『>]|:(?!//|\d)")  # a colon in an address or a time quotes nobody
NOTE = re.compile(r"[✔✅☑※☞▶▷►★☆■*(\[]")  # opens a note to the reader
CHANNEL = re.compile(r"카카오톡|카톡|유튜브|텔레그램|인스타그램|채널|구독|누리집|홈페이지|뉴스레터")  # where a site sends readers
# what a list of links, or a banner, calls itself, in up to 24 letters (chosen by hand) that are no sentence
OFFERS = re.compile(
    r"(?=.{2,24}$)[^.?!\"“”]*(?:기사|뉴스|글|영상|콘텐츠|보기|읽기|가기|소식|칼럼|연재|시리즈)[^가-힣A-Za-z.]{0,4}")
CLOSED = re.compile(r"[.!?…][\"'”’)\]]*$")
SENTENCE = re.compile(r"(?:[다요죠까][.!?]|[a-z]{2}[.!?]|[一-鿿]。)[\"'”’)\]」』]*\s*$")
TAIL_CUT = re.compile(
    r"(?<=[다요까죠니.!?\"”’)\]>])\s*(?:[<\[(＜]\s?)?(?:ⓒ|©|저작권자\s?[ⓒ©(]|Copyright\s?[ⓒ©(]|무단\s?전재|"
    r"\[?\s?영상(?:취재|편집)\s?[:：]|◎공감언론|\(끝\)|[▶☞▷■]\s?\S{0,20}(?:제보|구독|바로가기|"
    r"보러가기)).{0,200}$")
TAIL_SIGNATURE = re.compile(
    r"(?<=[다요까죠]\.)\s*(?P<signature>[/\[(<]?\s?(?:[가-힣·=\s]{2,24}(?:기자|특파원|논설위원|PD|"
    r"칼럼니스트)\s?[(\[<]?)?\s?" + MAIL.pattern + r"\s?[)\]>]?"
    r"(?:\s[가-힣·\s]{2,16}(?:기자|특파원))?|/\s?[가-힣\s·=]{2,24}(?:기자|특파원))\s*$")


@lru_cache(maxsize=2048)  # the steps of the trimming ask for the same lines
def whole_line(text: str) -> str:
    """Which rule says that the line is furniture; "". Furniture never reports: a line that closes like a report stays, unless
    it opens as a note (※). In brackets or out of them, a line says the same."""
    if len(text) > LINE_MAX or (REPORTED.search(text) and not text.startswith("※")):
        return ""
    inside = BRACKETS.fullmatch(text)
    wordings = (text, inside["inside"]) if inside else (text,)
    return next((name for wording in wordings for name, pattern in _whole() if pattern.fullmatch(wording)), "")


def is_address(text: str) -> bool:
    """Whether a line speaks to its reader, and quotes nobody: sites do, reports quote."""
    return ADDRESS.search(text) is not None and QUOTED.search(text) is None


def is_note(text: str) -> bool:
    """Whether a line below a text is a note to its reader: such a line may quote titles."""
    return is_address(text) or (ADDRESS.search(text) is not None and (NOTE.match(text) or CHANNEL.search(text)) is not None)


def is_caption(block: Block) -> bool:
    """Whether a line of its own is a picture's caption or credit."""
    text = block.text
    if len(text) > CAPTION_MAX:
        return False
    closes, credit = SENTENCE.search(text) is not None, CREDIT.search(text)
    if CAPTION_OPENING.match(text):
        return not closes or len(text) <= 80
    if block.is_pictured and (told := TOLD_ONCE.fullmatch(text)) and is_signature(told["rest"]):
        return True
    if CAPTION_MARK.match(text) and (block.is_pictured or credit is not None):
        return True
    if not closes and (given := GIVEN_BY.search(text)) and press_of_name(given["press"]):
        return True
    if credit is None or closes:
        return block.is_pictured and not closes and not CLOSED.search(text) and len(text) <= 80
    if "@" in credit[0]:  # a wire's picture text: its own dateline, day and photographer's mail
        return True
    return credit.start() == 0 or text[: credit.start()].rstrip()[-1:] != ","


def is_teaser(block: Block) -> bool:
    """Whether a line leads to another page: nearly all of it is a link, and it is no sentence."""
    return block.link_share > 0.7 and not (SENTENCE.search(block.text) and len(block.text) > 60)


def signature_at_end(text: str) -> tuple[str, str]:
    """The paragraph without what signs it or claims it at its end, and what was cut."""
    head, tail = text[:-260], text[-260:]
    kept = tail
    if match := TAIL_CUT.search(kept):
        kept = kept[: match.start()].rstrip()
    if match := TAIL_SIGNATURE.search(kept):
        kept = kept[: match.start()].rstrip()
    return head + kept, tail[len(kept):].strip()


def is_signed(block: Block) -> bool:
    return block.kind is not Kind.HEADING and is_signature(block.text)
