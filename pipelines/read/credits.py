"""Who wrote it, who publishes it, and when: the credits of one page, with the rule that gave each.

Imports the fields' readers and the press names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from pipelines.article import Byline, Page
from pipelines.press import press_of_mail, press_of_name
from pipelines.read.body import Body
from pipelines.read.boilerplate import Cut
from pipelines.read.byline import MAIL, dateline
from pipelines.read.explanation import Note
from pipelines.read.families import select
from pipelines.read.fields import Times, press_names, press_of_page, shown, times, writers
from pipelines.read.head import Head
from pipelines.read.hygiene import clean_line
from pipelines.read.parse import Element
from pipelines.read.title import squeezed

STRINGS_MAX = 6000  # texts of a page that are looked through for the headline; the largest page of the corpus has 9,000
NEAR_BEFORE, NEAR_AFTER = 12, 60  # texts around the headline among which times and names stand; chosen by hand
UNSEEN = frozenset(("script", "style", "noscript", "template", "title", "head"))
CLAIM = re.compile(
    r"(?:저작권자|[Cc]opyrights?)\s*(?:ⓒ|©|\([cC]\))?\s*['‘]?([가-힣A-Za-z0-9&. ]{2,20}?)['’]?\s*(?:무단|,|\(|\[|[.>]|[Aa]ll )")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credits:
    byline: Byline
    press: str | None
    origin: str | None
    times: Times
    notes: tuple[Note, ...]


def credits_of(page: Page, root: Element, head: Head, body: Body) -> Credits:
    version, family, payload = body.extract.version, body.extract.family, body.extract.payload
    opening = next((d for p in body.trimmed.paragraphs[:2] if (d := dateline(p))), None)
    near = near_headline(root, body.title.text, body.trimmed.paragraphs)
    when = times(root, head, version, payload.published if payload else "", near, page.fetched_at)
    people, rule = writers(
        root, head, version, signatures=body.trimmed.signatures, opening=opening, stated=payload.byline if payload else "",
        near=[line for line in near if len(line) <= 60])
    is_board = family is not None and family.is_board
    poster = next((shown(e) for e in select(root, version.poster)[:1]), None) if version and is_board else None
    press, press_rule = press_of_page(page.url, page.press, head)
    known = press_of_name(press or "")
    is_carrier = is_board or (family is not None and family.is_carrier) or (known is not None and known.is_carrier)
    origin, origin_rule = _origin(root, body, opening, press, is_carrier=is_carrier)
    if press is None and origin is None and (owner := owner_of(body.trimmed.cuts) or _claimant(body.trimmed.cuts)):
        press, press_rule = owner, "copyright line"
    byline = Byline(
        reporters=people, agency=canonical_name(opening.agency) if opening else None, place=opening.place if opening else None,
        poster=poster)
    notes = [("byline", str(byline), rule), ("press", press, press_rule), ("origin", origin, origin_rule)]
    notes += [(n, s.at.isoformat(), s.evidence) for n, s in (("published", when.published), ("modified", when.modified)) if s]
    return Credits(byline=byline, press=press, origin=origin, times=when,
                   notes=tuple(Note(field=f, value=v, rule=r) for f, v, r in notes if v))


def near_headline(root: Element, title: str, paragraphs: tuple[str, ...]) -> list[str]:
    """The page's short texts from just above the headline to the first paragraph: where times and bylines stand."""
    strings = list(islice(_short_texts(next(root.iter("body"), root)), STRINGS_MAX))
    bare = squeezed(title)
    headline = next((i for i, s in enumerate(strings) if bare and len(s) <= 2 * len(title) and squeezed(s) == bare), None)
    opening = paragraphs[0][:16] if paragraphs else ""
    first = next((i for i, s in enumerate(strings) if i > (headline or 0) and opening in s), None) if opening else None
    if headline is None:
        headline = max(0, (first or NEAR_AFTER) - NEAR_AFTER)
    end = first if first is not None else headline + NEAR_AFTER
    return strings[max(0, headline - NEAR_BEFORE): end]


def _short_texts(body: Element) -> Iterator[str]:
    for element in body.iter():
        for part in (element.text if element.tag not in UNSEEN else None, element.tail):
            if part and len(part) < 2000 and (line := " ".join(part.split())):
                yield line


def _origin(root: Element, body: Body, opening: Byline | None, press: str | None, *, is_carrier: bool) -> tuple[str | None, str]:
    """Who wrote it first, when that is another than who publishes."""
    for name, rule in _origins(root, body, opening, is_carrier=is_carrier):
        canonical = canonical_name(name)
        if canonical and canonical != press and (rule != "dateline" or press_of_name(canonical)):
            return canonical, rule
    return None, ""


def _origins(root: Element, body: Body, opening: Byline | None, *, is_carrier: bool) -> Iterator[tuple[str, str]]:
    """Names that may be the origin's, the best first. An outlet's page names its own press: only carriers are asked further."""
    if opening and opening.agency:
        yield opening.agency, "dateline"
    version = body.extract.version
    stated = [(shown(e), f"family: {css}") for css in version.press for e in select(root, (css,))[:1]] if version else []
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
