"""The headline as a reader sees it: without the site's name, with its tags.

Imports press names, never trees: candidates come as texts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipelines.press import press_of_name
from pipelines.read.hygiene import TITLE_MAX, clean_line, unescaped
from pipelines.read.words import words
from pipelines.story import STAGES

# ㅣ is a Hangul letter that Hankook Ilbo uses as a bar (facts: korean-news 2.1)
SEPARATOR = re.compile(
    r"\s+[-–—|:>»·<«~]+\s+|\s*[|ㅣ│┃∥_]\s*|\s*::+\s*|\s+[-–—]|"
    r"(?<=[가-힣.?!…\"'”’)])-(?=[가-힣]{2,5}\s*(?:[ㅣ|]|$))|\s*[>»]\s*")
LETTER_BAR, SITE_LETTERS = re.compile(r"\s+[lI]\s+"), 24  # letters that look like a bar; letters of a site's name behind one
SITE_TAIL = re.compile(
    r"(?:일보|신문|뉴스|방송|타임스|타임즈|데일리|경제|저널|투데이|미디어|닷컴|프레스|매거진|통신|TV|tv|NEWS|"
    r"News|news|Times|Daily|Today|Media|Press|Journal|"
    r"Korea|코리아|인터넷판|홈페이지|사이트|공식\s?블로그|블로그|네이버\s?블로그|티스토리|\.com|\.net|\.kr|\.tv)$")
MARKS = re.compile(r"\W+")
# an office after a section's name: 보도자료 - 과학기술정보통신부
OFFICE = re.compile(r"[가-힣]{2,12}(?:부|처|청|위원회|공사|공단|진흥원|연구원|협회|재단)$")
TITLE_TAG = "title tag"
LIKELY_MIN = 8  # letters of the shortest headline that is believed without a second source; chosen by hand
PARAGRAPH = re.compile(r"^.{60,}다\.$")  # elements named as headings may hold the text
TAG = re.compile(
    r"^\s*(?:\[([^\[\]]{1,14})\]|【([^【】]{1,14})】|〔([^〔〕]{1,14})〕|<([^<>]{1,14})>|〈([^〈〉]{1,14})〉|"
    r"《([^《》]{1,14})》)")
# ndsoft's title tag: 제목 < 지역 < 기사본문 - 매체
BREADCRUMBS = re.compile(r"\s+<\s+.{0,80}(?:기사\s?본문|전체\s?기사|본문)(?:\s+[-|]\s+.{1,40})?$")
MOBILE = re.compile(r"^.{2,20}\s모바일\s?사이트,\s+")  # ndsoft's mobile pages: 매체 모바일 사이트, 제목
BRACKETED = re.compile(r"^\s*[\[<【(〈]\s*([^\]>】)〉]{2,20})\s*[\]>】)〉]\s*(?=\S{2})")
STAGE = re.compile(rf"[(（\[]\s*({STAGES})\s*[)）\]]\s*$")
FRONT_STAGE = re.compile(r"^\s*(?:속보|단독)(?=\s*[:\]·|▶>])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    text: str
    rule: str


def headline(stated: list[tuple[str, str]], seen: list[str], site_names: tuple[str, ...]) -> Headline:
    """The headline, out of what the page states in its head [(rule, text)], best first, and the headings that it shows.

    A shown heading wins over a stated title that only adds the site's name to it; without one the site's name is cut.
    """
    lines = ((rule, clean_line(unescaped(text), limit=1000)) for rule, text in stated)
    stated = [(rule, line) for rule, line in lines if line and not is_site(line, site_names)]
    shown = [line for text in seen if (line := clean_line(text, limit=1000)) and len(line) > 1 and not PARAGRAPH.search(line)]
    for rule, line in stated:
        base = squeezed(line)
        for heading in shown:
            bare = squeezed(heading)
            if bare == base or (len(bare) >= 6 and base.startswith(bare) and _is_affix(line, heading, site_names)):
                return Headline(text=_cut(heading, site_names), rule=f"heading, as {rule}")
            if bare.endswith(base) and len(base) >= LIKELY_MIN and _is_tagged(heading, base, site_names):
                return Headline(text=_cut(heading, site_names), rule=f"heading, with its tag more than {rule}")
            if _is_broken_off(without_site(line, site_names), heading):
                return Headline(text=_cut(heading, site_names), rule=f"heading, broken off in {rule}")
            if len(bare) >= 6 and line.endswith(heading) and is_site(line[: -len(heading)].strip(" []<>,:-"), site_names):
                return Headline(text=_cut(heading, site_names), rule=f"heading, as {rule}")
    likely = [h for h in shown if len(h) >= LIKELY_MIN and not is_site(h, site_names)]
    longest = max((len(part) for part in SEPARATOR.split(stated[0][1]) if part), default=0) if stated else 0
    if stated and (stated[0][0] != TITLE_TAG or longest >= LIKELY_MIN or not likely):
        rule, line = stated[0]
        return Headline(text=_cut(line, site_names), rule=rule)
    if likely:  # a title tag whose parts are all too short for a headline names the site or a section
        return Headline(text=_cut(likely[0], site_names), rule="heading")
    return Headline(text="", rule="")


def _cut(line: str, site_names: tuple[str, ...]) -> str:
    return without_site(line, site_names)[:TITLE_MAX].strip()


def squeezed(text: str) -> str:
    """Letters only, for comparing texts that differ in spaces and marks."""
    return MARKS.sub("", text.lower())


def _is_broken_off(line: str, heading: str) -> bool:
    """Whether a stated title is the start of the heading: shortened, or ended by a quotation mark that its tag did not escape."""
    start = line.rstrip(".…‥ ")
    if len(start) < 8 or not heading.startswith(start) or len(heading) <= len(line):
        return False
    return line != start or heading[len(start):].lstrip()[:1] in "\"'"


def _is_tagged(heading: str, base: str, site_names: tuple[str, ...]) -> bool:
    """Whether a heading has tags in brackets more than the stated title, and none names the site or a section."""
    named, rest = [], heading
    while match := TAG.match(rest):
        named.append(next(g for g in match.groups() if g))
        rest = rest[match.end():]
    return bool(named) and squeezed(rest) == base and not any(is_site(name, site_names) for name in named)


def _is_affix(line: str, heading: str, site_names: tuple[str, ...]) -> bool:
    """Whether what `line` has over `heading` reads like a site's affix and not like half a headline."""
    rest = line[len(heading):] if line.startswith(heading) else ""
    if not rest:
        return squeezed(without_site(line, site_names)) == squeezed(heading)
    if LETTER_BAR.match(rest) and len(rest) <= SITE_LETTERS:
        return True
    return SEPARATOR.match(rest) is not None or re.match(r"\s*[-–—|:>ㅣ<]", rest) is not None


def without_site(line: str, site_names: tuple[str, ...]) -> str:
    """The line without parts at its end, or at its start, that name the site or a section of it."""
    if (match := BRACKETED.match(line)) and is_site(match[1], site_names, strict=True):
        line = line[match.end():]
    line = MOBILE.sub("", BREADCRUMBS.sub("", line)) or line
    for _ in range(4):
        cuts = [m for m in SEPARATOR.finditer(line) if m.start() > 0 and not _closes(line, m)]
        if not cuts:
            return line
        last = cuts[-1]
        if is_site(line[last.end():], site_names) and len(line[:last.start()].strip()) >= 2:
            line = line[: last.start()].rstrip()
            continue
        first = cuts[0]
        if is_site(line[: first.start()], site_names, strict=True) and len(line[first.end():].strip()) >= 6:
            line = line[first.end():].lstrip()
            continue
        return line
    return line


def _closes(line: str, mark: re.Match[str]) -> bool:
    """Whether the mark closes a bracket of the headline's own: `… 의결 <1보>`."""
    return mark[0].strip() == ">" and "<" in line[: mark.start()].rpartition(">")[2]


def word_share(line: str, text: str) -> float:
    """How many of the line's words the text has, too: a headline shares some with its article, a site's slogan none."""
    of_sites = words().site_words  # 뉴스: every dateline has it
    stems = [word[:2] for word in re.findall(r"[가-힣]{2,}|[A-Za-z]{2,}|\d{2,}", line) if word not in of_sites]
    return sum(stem in text for stem in stems) / len(stems) if stems else 0.0


def is_site(text: str, site_names: tuple[str, ...], *, strict: bool = False) -> bool:
    """Whether the text is the name of the site or of a section; `strict`: only a name that the page or the catalogue gives."""
    bare = squeezed(text)
    if not bare:
        return True
    if any(bare == squeezed(name) for name in site_names if name) or press_of_name(text):
        return True
    if strict:
        return False
    own = [squeezed(word) for word in re.split(r"[\s/>·:]+", text.lower().strip())]
    rest = [word for word in own if word and word not in words().site_words]
    if not rest or (len(rest) == 1 < len(list(filter(None, own))) and OFFICE.fullmatch(rest[0])):
        return True
    return len(text) <= 16 and len(text.split()) <= 3 and SITE_TAIL.search(text.strip()) is not None


def tags(title: str) -> tuple[str, ...]:
    """The headline's tags and stages, as data: `[속보] … (종합2보)` → 속보, 종합2보."""
    found: list[str] = []
    rest = title
    while match := TAG.match(rest):
        found.append(next(g for g in match.groups() if g).strip())
        rest = rest[match.end():]
    if match := FRONT_STAGE.match(rest):
        found.append(match[0].strip())
    if match := STAGE.search(title):
        found.append(match[1])
    return tuple(dict.fromkeys(t for t in found if t))
