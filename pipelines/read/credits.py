"""Who wrote it, who publishes it, and when: the credits of one page, with the rule that gave each.

Imports the fields' readers and the press names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice, takewhile

from pipelines.article import Byline, Page
from pipelines.press import press_of_mail, press_of_name
from pipelines.read.body import Body
from pipelines.read.boilerplate import Cut
from pipelines.read.byline import MAIL, columnist, dateline
from pipelines.read.dates import moments
from pipelines.read.explanation import Note
from pipelines.read.fields import press_names, press_of_page, shown
from pipelines.read.head import Head
from pipelines.read.hygiene import clean_line
from pipelines.read.parse import Element
from pipelines.read.times import Times, times
from pipelines.read.title import squeezed
from pipelines.read.tree import Tree
from pipelines.read.writers import writers

STRINGS_MAX = 6000  # texts of a page that are looked through for the headline; the largest page of the corpus has 9,000
NEAR_BEFORE, NEAR_AFTER = 12, 60  # texts around the headline among which times and names stand; chosen by hand
UNSEEN = frozenset(("script", "style", "noscript", "template", "title", "head"))
# the site's foot: its dates are the site's own
IMPRINT = re.compile(r"등록\s?번호|발행인|편집인|사업자\s?등록|청소년\s?보호\s?책임자")
BELOW = 12  # texts below the last paragraph among which a labelled time may stand; chosen by hand
SIGNED_BELOW = 4  # texts below the last paragraph among which its writer may sign; chosen by hand
# 등록일 and 발행일 stand in imprints, too, without a time of day
STATED_BELOW = re.compile(
    r"(?:등록|작성|게시|발행)(?:되|됐|됨|\s?(?:시간|일시|일)?\s?:?\s20\d\d\D.{4,10}\d:\d\d)|입력|승인|송고")
LEVELS_ABOVE = 6  # of tables in tables, above whose headline the time stands; chosen by hand
LABELLED_DAY = re.compile(r"(?:입력|등록|승인|게재|작성|발행|보도)\s?(?:일시|일자|일)?\s?[:：]\s?\[?(?:19|20)\d\d")
WORDED = re.compile(r"\w")  # bars and dots between texts are none
TIMED = re.compile(r"\d:\d\d|\d시")
CLAIM = re.compile(
    r"(?:저작권자|[Cc]opyrights?)\s*(?:ⓒ|©|\([cC]\))?\s*['‘]?([가-힣A-Za-z0-9&. ]{2,20}?)['’]?\s*(?:무단|,|\(|\[|[.>]|[Aa]ll )")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credits:
    byline: Byline
    press: str | None
    origin: str | None
    times: Times
    notes: tuple[Note, ...]


def credits_of(page: Page, tree: Tree, head: Head, body: Body) -> Credits:
    version, family, payload = body.extract.version, body.extract.family, body.extract.payload
    opening = next((d for p in body.trimmed.paragraphs[:2] if (d := dateline(p))), None)

    @cache
    def near() -> list[str]:
        stamped = [cut.text for cut in body.trimmed.cuts if cut.rule in ("stamp", "wire's own", "copyright")]
        lines = [*near_headline(tree, body), *stamped]
        return lines if any(moments(line) for line in lines) else [*lines, *_after_text(tree, body)]

    when = times(page.url, tree, head, version, payload.published if payload else "", near, page.fetched_at)
    people, rule = writers(
        tree, head, version, signatures=body.trimmed.signatures, opening=opening, stated=payload.byline if payload else "",
        script=body.trimmed.paragraphs, near=near, below=lambda: list(islice(_below_text(tree, body), SIGNED_BELOW)))
    is_board = family is not None and family.is_board
    poster = next((shown(e) for e in tree.select(version.poster)[:1]), None) if version and is_board else None
    press, press_rule = press_of_page(page.url, page.press, head)
    known = press_of_name(press or "")
    is_carrier = is_board or (family is not None and family.is_carrier) or (known is not None and known.is_carrier)
    origin, origin_rule = _origin(tree, body, opening, press, is_carrier=is_carrier)
    if press is None and origin is None and (owner := owner_of(body.trimmed.cuts) or _claimant(body.trimmed.cuts)):
        press, press_rule = owner, "copyright line"
    byline = Byline(
        reporters=people, agency=canonical_name(opening.agency) if opening else None, place=opening.place if opening else None,
        poster=poster)
    notes = [("byline", str(byline), rule), ("press", press, press_rule), ("origin", origin, origin_rule)]
    notes += [(n, s.at.isoformat(), s.evidence) for n, s in (("published", when.published), ("modified", when.modified)) if s]
    return Credits(byline=byline, press=press, origin=origin, times=when,
                   notes=tuple(Note(field=f, value=v, rule=r) for f, v, r in notes if v))


def near_headline(tree: Tree, body: Body) -> list[str]:
    """The page's short texts from just above the headline to the first paragraph: where times and bylines stand."""
    opening = body.trimmed.paragraphs[0][:16] if body.trimmed.paragraphs else "\0"
    if body.heading is not None:
        return [*_until(opening, _below(body.heading)), *_above(body.heading)]
    title = squeezed(body.title.text)
    strings = list(islice(_short_texts(tree.body), STRINGS_MAX))
    headline = next((i for i, s in enumerate(strings) if title and len(s) <= 2 * len(title) and squeezed(s) == title), None)
    if headline is not None:
        above = strings[max(0, headline - NEAR_BEFORE): headline]
        dated = (text for text in above if TIMED.search(text) or LABELLED_DAY.search(text))
        return [*_until(opening, strings[headline:]), *dated]
    first = next((i for i, s in enumerate(strings) if opening in s), NEAR_AFTER)
    return strings[max(0, first - NEAR_AFTER): first]


def _after_text(tree: Tree, body: Body) -> list[str]:
    """The texts right below the last paragraph: blogs say there when it was published."""
    below = islice(_below_text(tree, body), BELOW)
    return [text for text in takewhile(lambda text: not IMPRINT.search(text), below) if STATED_BELOW.search(text)]


def _below_text(tree: Tree, body: Body) -> Iterator[str]:
    """The page's texts below the last paragraph."""
    closing = body.trimmed.paragraphs[-1][-16:] if body.trimmed.paragraphs else "\0"
    texts = iter(_short_texts(tree.body))
    return texts if any(closing in text for text in texts) else iter(())


def _until(opening: str, texts: Iterable[str]) -> Iterator[str]:
    return islice(takewhile(lambda text: opening not in text and not IMPRINT.search(text), texts), NEAR_AFTER)


def _above(heading: Element) -> list[str]:
    """The texts just before the heading that give a time of day or a column's writer, and those further up that say when it was
    published: a bare day above a headline is the site's today."""
    parents = list(islice(heading.iterancestors(), LEVELS_ABOVE))
    beside = [*heading.itersiblings(preceding=True), *(parents[0].itersiblings(preceding=True) if parents else ())]
    texts = islice((text for element in beside[:6] for text in _short_texts(element)), NEAR_BEFORE)
    above = (e for parent in parents for e in islice(parent.itersiblings(preceding=True), 2))
    labelled = (text for text in islice((t for e in above for t in _short_texts(e)), NEAR_AFTER) if LABELLED_DAY.search(text))
    return [*(text for text in texts if TIMED.search(text) or columnist(text)), *labelled]


def _below(heading: Element) -> Iterator[str]:
    """The texts after the heading, in order, to the end of the page."""
    element: Element | None = heading
    while element is not None and element.tag != "body":
        if line := _short(element.tail):
            yield line
        for sibling in element.itersiblings():
            yield from _short_texts(sibling)
        element = element.getparent()


def _short_texts(part: Element) -> Iterator[str]:
    """The texts of a part, as they stand between its tags, without those of comments, scripts and the like."""
    for element in part.iter("*"):
        if element.tag not in UNSEEN and (line := _short(element.text)):
            yield line
        if element is not part and (line := _short(element.tail)):
            yield line
    if line := _short(part.tail):
        yield line


def _short(text: str | None) -> str:
    return " ".join(text.split()) if text and len(text) < 2000 and WORDED.search(text) else ""


def _origin(tree: Tree, body: Body, opening: Byline | None, press: str | None, *, is_carrier: bool) -> tuple[str | None, str]:
    """Who wrote it first, when that is another than who publishes."""
    for name, rule in _origins(tree, body, opening, is_carrier=is_carrier):
        canonical = canonical_name(name)
        if canonical and canonical != press and (rule != "dateline" or press_of_name(canonical)):
            return canonical, rule
    return None, ""


def _origins(tree: Tree, body: Body, opening: Byline | None, *, is_carrier: bool) -> Iterator[tuple[str, str]]:
    """Names that may be the origin's, the best first. An outlet's page names its own press: only carriers are asked further."""
    if opening and opening.agency:
        yield opening.agency, "dateline"
    version = body.extract.version
    stated = [(shown(e), f"family: {css}") for css in version.press for e in tree.select((css,))[:1]] if version else []
    if is_carrier:
        yield from ((found.name, rule) for text, rule in stated if (found := press_names(text)))
    if body.trimmed.source:
        yield body.trimmed.source, "source line"
    if not is_carrier:
        return
    if owner := owner_of(body.trimmed.cuts):
        yield owner, "copyright line"
    for line in body.trimmed.signatures:
        yield from ((found.name, "mail") for mail in MAIL.finditer(line) if (found := press_of_mail(mail[0])))
    yield from ((text, rule) for text, rule in stated if 2 <= len(text) <= 20)


def canonical_name(name: str | None) -> str | None:
    """The press' own name for what a text calls it; unknown names stay as they are."""
    if not name:
        return None
    found = press_of_name(name) or press_names(name)
    return found.name if found else clean_line(name, limit=40)


def owner_of(cuts: tuple[Cut, ...]) -> str | None:
    """The press, known to us, whom a copyright line names."""
    claims = (cut.text for cut in cuts if cut.rule in ("copyright", "glued to the end"))
    words = (word for claim in claims for word in re.findall(r"[가-힣A-Za-z0-9]{2,16}", claim))
    return next((found.name for word in words if (found := press_of_name(word)) and not found.is_carrier), None)


def _claimant(cuts: tuple[Cut, ...]) -> str | None:
    """Whom a copyright line names, known or not."""
    found = (CLAIM.search(cut.text) for cut in cuts if cut.rule == "copyright")
    return next((clean_line(match[1], limit=40) for match in found if match), None)
