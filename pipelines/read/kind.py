"""What a page is: an article, or why it is none.

Imports blocks. Only a page whose running text stands on its own is an article; everything else is refused with what gave it away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice, pairwise

from pipelines.article import Refusal, RefusalReason
from pipelines.read.address import split
from pipelines.read.blocks import Block, Kind
from pipelines.read.head import Head
from pipelines.read.locate import ENDS, weight
from pipelines.read.parse import Element
from pipelines.read.tree import Tree
from pipelines.tomlfile import shipped_toml

REFUSED_FROM = 3  # points; chosen on the corpus with each page's address taken away and swapped, so that no clue is needed
TEXT_MIN = 200  # letters below which notices are looked for (facts: hazards P6)
# Letters below which a text that no date, name or mark of an article vouches for must tell something; chosen by hand
POLITE_MIN, PLAIN_MIN = 300, 100
SHORT_LINES, SHORT_LINE = 10, 25  # so many lines of so few letters on average are a table or a thread (chosen by hand)
LINKED_HEADINGS = 3  # an article's own headline may lead to itself, and a box in it to another; chosen by hand
PAYWALL = re.compile(
    r"(?:유료\s?(?:회원|구독|기사|콘텐츠)|구독자\s?전용|구독\s?(?:후|하시면|하고)\s?.{0,16}(?:보실|읽으실|볼 수|읽을 "
    r"수|확인)|(?:로그인|회원\s?가입)\s?(?:후|하시면|하고)\s?.{0,20}(?:전문|전체|기사|이어|계속|나머지).{0,10}(?:보|"
    r"읽|확인|열람)|이\s?기사는.{0,12}(?:유료|회원|구독|멤버십).{0,20}(?:입니다|전용)|프리미엄\s?(?:회원|구독|"
    r"콘텐츠).{0,16}전용|더중앙플러스\s?구독|남은\s?\d+%?의?\s?(?:내용|기사))")
GALLERY_TITLE = re.compile(
    r"^\s*[\[(<【]\s?(?:포토|사진|화보|포토뉴스|포토\s?갤러리|움짤|영상|오늘의\s?사진|카드\s?뉴스|만평|그림판|"
    r"경향포토|포토존|HD포토|TV|동영상)")
LIST_PATHS = re.compile(
    r"/(?:list|lists|search|section|sections|category|categories|ranking|main|index|home|tag|tags|archive|"
    r"archives|rss|articlelist|newslist|news_list|topics?|breakingnews|"
    r"allnews|latest|today)(?:[._]?(?:html?|php|asp|aspx|jsp|nhn|naver|do))?/?$|articleList|list\.(?:php|nhn|"
    r"naver|html?|asp)|act=IS|/search(?:[/?.]|$)", re.I)
LIST_TITLE = re.compile(
    r"검색\s?결과|(?:뉴스|통합)\s?검색|(?:전체|최신|분야별|섹션)\s?(?:기사|뉴스)\s?(?:목록|보기|리스트)|기사\s?목록|"
    r"뉴스\s?목록|랭킹\s?뉴스|많이\s?본\s?뉴스\s?[|:\-]")
PLAIN = re.compile(r"(?<![니])다[.…\"”’']")
POLITE = re.compile(r"(?:니다|니까|세요|시오|시죠|에요|예요|어요|아요|해요)[.!?…\"”’']")
# 했습니다, 불겠습니다: who reports in the polite form tells what was or will be; what a site announces is (…합니다, …됩니다)
_TENSES = "".join(chr(ord("가") + 20 + 28 * i) for i in range(399)).replace("있", "")  # syllables that end in ㅆ: 했, 였, 겠
PAST = re.compile(rf"[{_TENSES}](?:습니|어요|죠|다고|다는|던)")
ADDRESSED_MIN = 2  # polite sentences; chosen by hand
STATIC_TITLE = re.compile(
    r"(?:개인\s?정보\s?(?:처리|취급|보호)\s?(?:방침|정책|설정)?|(?:서비스\s?)?이용\s?약관|회원\s?(?:약관|가입|정보\s?수정)|"
    r"(?:회사|신문사|매체)\s?소개|"
    r"청소년\s?보호\s?정책|(?:이메일|전자우편)\s?(?:주소)?\s?무단\s?수집\s?거부|저작권\s?(?:정책|보호\s?정책|안내|규약)|"
    r"광고\s?(?:문의|안내)|제휴\s?(?:문의|안내)|구독\s?(?:신청|안내|문의)|기사\s?제보|찾아\s?오시는\s?길|오시는\s?길|인사말|윤리\s?강령|고충\s?처리인?|사이트\s?맵|"
    r"지면\s?보기(?:\s.{1,24})?|"
    r"로그인|아이디\s?찾기|비밀번호\s?찾기|기자\s?(?:목록|소개)|댓글(?:\s?[\d,]+\s?개?)?|About(?:\s?us)?|Privacy Policy|"
    r"Terms of (?:Use|Service))"
    r"(?:\s?안내)?")
NOTICE_TITLE = re.compile(r"\s*[\[<【(](?:공지(?:사항)?|안내|알림|이벤트)[\]>】)]")  # the site speaks of itself
UNSEEN = frozenset(("script", "style", "noscript", "template"))
DATED = re.compile(r"(?:19|20)\d\d\s?[.\-/년]\s?\d{1,2}\s?[.\-/월]\s?\d{1,2}")
ID_IN_ADDRESS = re.compile(
    r"\d{4,}|[?&](?:idxno|aid|no|id|wr_id|document_srl|newsid|arcid|ncd|news_id|idx|ud|num|uid|seq)=", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalRule:
    """What a page says that is no article. `cuts` and `keeps` are examples that the tests hold the patterns to."""

    reason: RefusalReason
    patterns: tuple[str, ...]
    cuts: tuple[str, ...]
    keeps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    notice: tuple[RefusalRule, ...]


@cache
def notices() -> tuple[RefusalRule, ...]:
    return shipped_toml("pipelines.read", "notices.toml").record(_File).notice


@cache
def _compiled() -> tuple[tuple[RefusalReason, re.Pattern[str]], ...]:
    return tuple((each.reason, re.compile("|".join(each.patterns), re.I)) for each in notices())


def reports(text: str) -> bool:
    """Whether the text tells in the plain form (…했다.) more than it addresses its reader (…합니다, …하세요): sites speak of
    themselves in the polite form, whatever words a report quotes."""
    return len(PLAIN.findall(text)) > len(POLITE.findall(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouchers:
    """What speaks for a page being an article, apart from its text."""

    is_dated: bool  # the page gives it a time of publication
    is_signed: bool  # a reporter or a dateline
    is_stated: bool  # metadata of an article, or the container of a known structure
    is_suspect: bool  # hardly anything of what the page shows was read


def no_report(
    paragraphs: tuple[str, ...], titles: Iterable[str], vouchers: Vouchers, *, is_home: bool = False
) -> Refusal | None:
    """A text that nothing vouches for and that tells nothing: imprints, forms, queues, threads, tables, heads of lists."""
    static = next((title for title in titles if STATIC_TITLE.fullmatch(title.strip())), "")
    if static and not (vouchers.is_dated and vouchers.is_signed):
        return Refusal(reason=RefusalReason.NOTICE, detail=f"titled {static.strip()}")
    text = "\n".join(paragraphs)
    headed = next((title for title in titles if NOTICE_TITLE.match(title)), "")
    if headed and paragraphs and len(text) < POLITE_MIN and not vouchers.is_signed and not reports(text):
        return Refusal(reason=RefusalReason.NOTICE, detail=f"titled {headed[:40]}")
    is_bare = not (vouchers.is_signed or vouchers.is_stated) and len(text) < POLITE_MIN
    if is_bare and len(POLITE.findall(text)) >= ADDRESSED_MIN and not PLAIN.search(text) and not PAST.search(text):
        return Refusal(reason=RefusalReason.NOTICE, detail="speaks to its reader, and tells of nothing that was or will be")
    if vouchers.is_dated or not paragraphs:
        return None
    if vouchers.is_suspect:
        return Refusal(reason=RefusalReason.LISTING, detail="no date, and hardly anything of what the page shows")
    if len(paragraphs) >= SHORT_LINES and len(text) < SHORT_LINE * len(paragraphs):
        return Refusal(reason=RefusalReason.LISTING, detail="no date, and short lines only")
    if vouchers.is_signed or vouchers.is_stated:
        return None
    if len(text) < (PLAIN_MIN if reports(text) else POLITE_MIN):
        reason = RefusalReason.LISTING if is_home else RefusalReason.NOTICE
        return Refusal(reason=reason, detail="a short text without date, name or mark of an article")
    return None


def notice(text: str, title: str) -> Refusal | None:
    """A page of little text that says itself that it is no article."""
    shown = f"{title} {text}"[:1500]
    for reason, pattern in _compiled():
        if match := pattern.search(shown):
            return Refusal(reason=reason, detail=match[0][:80])
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What is known of a page when it is asked whether it is a list."""

    url: str
    head: Head
    title: str  # as the page states it, uncleaned
    names_only_site: bool  # that title is the site's name and no more
    tree: Tree
    repeated: float  # share of the text that stands in repeated records
    is_guess: bool  # nothing but trafilatura found a text
    blocks: tuple[Block, ...]  # of the container, before trimming
    text: str  # trimmed
    is_family: bool  # a known container held the text
    is_marked_list: bool = False  # the source has a mark of a family's list pages
    is_dated: bool = False  # the page gives a time of publication
    is_headed: bool = False  # a headline is shown, with a time of day
    is_signed: bool = False  # a signature, dateline or copyright line goes with the text


def listing(signs: Signs) -> Refusal | None:
    """A page that leads to articles instead of being one. Clues for and against are added up; no clue decides alone."""
    clues = [*_of_address(signs), *_of_head(signs), *_of_text(signs)]
    if REFUSED_FROM - 2 <= sum(points for points, _ in clues) < REFUSED_FROM:  # counting all links is slow: only when it decides
        clues += _of_links(signs)
    if sum(points for points, _ in clues) >= REFUSED_FROM:
        return Refusal(reason=RefusalReason.LISTING, detail=", ".join(why for points, why in clues if points > 0))
    return None


Clue = tuple[int, str]


def _of_address(signs: Signs) -> Iterator[Clue]:
    address = split(signs.url)
    if ID_IN_ADDRESS.search(f"{address.path}?{address.query}"):
        yield -1, "an address with a number"
    if is_home_address(signs.url):
        yield 2, "a home address"
    elif LIST_PATHS.search(f"{address.path}?{address.query}" if address.query else address.path):
        yield 2, "a list's address"


def is_home_address(url: str) -> bool:
    address = split(url)
    bare = address.path.strip("/") in ("", "main", "index.html", "index.php", "home", "m") and address.hostname is not None
    return bare and not ID_IN_ADDRESS.search(address.query)


def _of_head(signs: Signs) -> Iterator[Clue]:
    kind = signs.head.meta("og:type").lower()
    if signs.head.is_list:
        yield 2, "JSON-LD collection"
    if signs.head.articles or signs.head.meta("article:published_time", "og:article:published_time", "og:regdate"):
        yield -3, "an article's metadata"
    elif kind in ("article", "news", "newsarticle"):
        yield -2, f"og:type {kind}"
    elif kind in ("website", "blog", "object"):
        yield 1, f"og:type {kind}"
    if signs.names_only_site:
        yield 2, "titled with the site's name"
    elif LIST_TITLE.search(signs.title):
        yield 2, f"titled {signs.title[:40]}"
    if signs.is_marked_list and not signs.is_family:
        yield 2, "the structure of a list"


def _of_text(signs: Signs) -> Iterator[Clue]:
    ends = len(ENDS.findall(signs.text))
    blocks = signs.blocks
    undated = 0 if signs.is_dated else 1  # says little of a text that stands on its own, and more of what looks like a list
    if signs.is_guess:
        yield 2 + undated, "no container of running text"
    if signs.is_family and ends >= 2:
        yield -2, "a known container"
    if signs.is_signed and ends >= 2:
        yield -1, "a signed text"
    if signs.repeated > 0.7:
        yield 3, "a text of repeated records"
    if ends < 3 and not signs.is_headed:
        yield 2, "hardly a sentence"
    open_ended = sum(1 for b in blocks if b.text.endswith(("…", "...", "‥", "··")))
    if len(blocks) >= 5 and open_ended >= 0.25 * len(blocks):
        yield 2, f"{open_ended} lines that break off"
    timed = sum(1 for b in blocks if len(b.text) <= 40 and DATED.search(b.text))
    if timed >= 5 and timed >= 0.2 * len(blocks):
        yield 2, f"{timed} lines of dates"
    items = sum(1 for b in blocks if b.kind in (Kind.ITEM, Kind.CELL))
    if len(blocks) >= 8 and items > 0.6 * len(blocks):
        yield 1, f"{items} list items"
    linked = sum(1 for b in blocks if b.kind is Kind.HEADING and b.link_share > 0.7 and len(b.text) >= 8)
    if linked >= LINKED_HEADINGS:
        yield 3, f"{linked} linked headings"
    teasers = _teasers(blocks)
    if teasers >= 4 and teasers >= 0.4 * ends:
        yield 3 + undated, f"{teasers} linked titles, each above its text"
    elif not signs.is_guess and items <= 0.3 * len(blocks) and ends >= 5 and sum(weight(b) for b in blocks) > 400:
        yield (-1 if is_home_address(signs.url) else -2), "running text"


def _of_links(signs: Signs) -> Iterator[Clue]:
    count, share = links_of(signs.tree.body)
    if count >= 15 and share > 0.45:
        yield (2 if share > 0.6 else 1), f"{count} linked lines, {share:.0%} of the letters"


def links_of(body: Element) -> tuple[int, float]:
    """How many links of a title's length a page shows, and the share of its letters that are links."""
    texts = [" ".join("".join(a.itertext()).split()) for a in islice(body.iter("a"), 3000)]
    total = sum(len(" ".join(part.split())) for e in body.iter("*") if e.tag not in UNSEEN for part in (e.text, e.tail) if part)
    return sum(1 for t in texts if len(t) >= 8), min(1.0, sum(map(len, texts)) / max(1, total))


def _teasers(blocks: tuple[Block, ...]) -> int:
    """How often a linked title stands right above a text: what a list repeats."""
    return sum(
        1 for title, text in pairwise(blocks)
        if title.link_share > 0.7 and 8 <= len(title.text) <= 120 and len(text.text) > len(title.text) and len(text.text) >= 40)
