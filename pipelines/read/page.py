"""One page, read: decode, look at it, find the text, trim it, name its parts, decide what it is.

The order of the steps and nothing else; each step is a module of its own. Pure: the same page gives the same result.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urljoin, urlsplit

from pipelines.article import Article, Byline, Image, Page, Refusal, RefusalReason, Stamp
from pipelines.press import press_of_host, press_of_name
from pipelines.read import kind
from pipelines.read.boilerplate import SENTENCE, Cut
from pipelines.read.byline import MAIL, dateline, reporters
from pipelines.read.decode import decode
from pipelines.read.dump import Dump, read_dump
from pipelines.read.explanation import Explanation, Note
from pipelines.read.extract import TRAFILATURA, Extract, by_family, by_payload, by_sentences, by_trafilatura, headings
from pipelines.read.families import Families, Family, select
from pipelines.read.fields import Times, canonical, press_names, press_of_page, shown, times, writers
from pipelines.read.flags import flags_of
from pipelines.read.head import Head, read_head, texts
from pipelines.read.hygiene import clean_line
from pipelines.read.parse import Element, hostility, parse
from pipelines.read.title import Headline, headline, is_site, squeezed, tags
from pipelines.read.trim import Trimmed, trim

THIN = 150.0  # weight of running text below which another way is tried; about three sentences
BINARY = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\x1f\x8b", b"RIFF", b"\x00\x00\x00")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """The text of a page and where it came from."""

    extract: Extract
    trimmed: Trimmed
    title: Headline
    subtitle: str = ""


def read(page: Page, families: Families) -> Explanation:
    """The page as an article or a refusal, with the reasons."""
    if page.body.startswith(BINARY) or page.content_type.lower().startswith(("image/", "video/", "audio/", "application/pdf", "application/zip")):
        return _refused(RefusalReason.NOT_HTML, page.content_type or "binary")
    decoded = decode(page.body, page.content_type)
    if not decoded.text.strip():
        return _refused(RefusalReason.UNREADABLE if page.body.strip() else RefusalReason.EMPTY, f"{len(page.body)} bytes")
    if page.content_type.lower().startswith("text/plain"):
        return _read_dump(page, decoded.text, decoded.encoding)
    if why := hostility(decoded.text):
        return _refused(RefusalReason.HOSTILE, why, decoded.encoding)
    root = parse(decoded.text)
    if root is None:
        return _refused(RefusalReason.EMPTY, "nothing to parse", decoded.encoding)
    return _read_tree(page, decoded.text, decoded.encoding, root, families)


def _refused(reason: RefusalReason, detail: str, encoding: str = "", family: str = "") -> Explanation:
    return Explanation(result=Refusal(reason=reason, detail=detail[:200]), encoding=encoding, family=family)


def _read_tree(page: Page, source: str, encoding: str, root: Element, families: Families) -> Explanation:
    head = read_head(root)
    found = families.of_page(page.url, source)
    text = _text(root, head, found, page)
    family, body = text.extract.family, text.trimmed
    name = family.name if family else "general"
    joined = "\n".join(body.paragraphs)
    is_marked_list = any(mark in source for f in found for mark in f.list_marks)
    refusal = _refusal(page, root, head, text, joined, is_marked_list=is_marked_list)
    details = _details(page, root, head, text, joined, found)
    notes = (
        Note(field="text", value=f"{len(body.paragraphs)} paragraphs, {len(joined)} letters", rule=text.extract.rule),
        Note(field="title", value=text.title.text, rule=text.title.rule), *details.notes)
    if refusal:
        return Explanation(result=refusal, encoding=encoding, family=name, notes=notes, cuts=body.cuts, left_out=text.extract.left_out)
    visible = len("".join(root.itertext("p", "div", "span", "td", "li"))) if len(joined) < 1000 else 0
    article = Article(
        url=page.url, canonical_url=canonical(page.url, head), title=text.title.text or page.hint.title or body.paragraphs[0][:80],
        tags=tags(text.title.text), subtitle=text.subtitle or None, paragraphs=body.paragraphs, captions=_captions(text),
        byline=details.byline, press=details.press, origin=details.origin, published=details.times.published,
        modified=details.times.modified, section=_section(root, head, family, text), language=_language(joined),
        images=_images(page.url, text, head), family=name,
        flags=flags_of(title=text.title.text, text=joined, cuts=body.cuts, is_odd_date=details.times.is_odd, visible=visible,
                       closes="</html" in source[-2000:].lower(), head=head))
    return Explanation(result=article, encoding=encoding, family=name, notes=notes, cuts=body.cuts, left_out=text.extract.left_out)


def _text(root: Element, head: Head, families: tuple[Family, ...], page: Page) -> _Text:
    """The text by the first way that yields one, trimmed."""
    shown_headings = headings(root)
    title, element = _title(root, head, families, shown_headings, page)
    extract = by_family(root, families, element) or by_sentences(root, element)
    if extract.weight < THIN and (payload := by_payload(head)) and payload.weight > 1.5 * extract.weight:
        extract = payload
    if extract.weight < THIN and extract.family is not None:
        general = by_sentences(root, element)
        extract = general if general.weight > 2 * extract.weight else extract
    if not title.text and extract.payload and extract.payload.title:
        title = Headline(text=clean_line(extract.payload.title, limit=300), rule="payload")
    subtitle = _subtitle(root, extract)
    trimmed = trim(list(extract.blocks), title=title.text, subtitle=subtitle)
    if not trimmed.paragraphs and extract.payload is None:
        extract = by_trafilatura(root, extract.page)
        trimmed = trim(list(extract.blocks), title=title.text, subtitle=subtitle)
    return _Text(extract=extract, trimmed=trimmed, title=title, subtitle=subtitle or " / ".join(trimmed.subtitle))


def _title(
    root: Element, head: Head, families: tuple[Family, ...], seen: list[tuple[Element, str]], page: Page
) -> tuple[Headline, Element | None]:
    """The headline and the element that shows it."""
    site_names = _site_names(page, head)
    own = [shown(e) for f in families for v in f.version for e in select(root, v.title)[:2]]
    own = [o for o in own if 4 <= len(o) <= 300]
    stated = [("og:title", head.meta("og:title")), ("meta headline", head.meta("headline"))]
    stated += [("JSON-LD headline", h) for a in head.articles if isinstance(h := a.get("headline"), str)]
    stated += [("twitter:title", head.meta("twitter:title")), ("title tag", head.title)]
    stated = [(r, t) for r, t in stated if t]
    found = headline(stated, [*own, *(text for _, text in seen)], site_names)
    if own and squeezed(found.text) != squeezed(own[0]) and not _agree(found.text, own[0]):
        found = headline([("family", own[0]), *stated], own, site_names)
    bare = squeezed(found.text)
    element = next((e for e, text in seen if bare and squeezed(text) == bare), None)
    return found, element


def _site_names(page: Page, head: Head) -> tuple[str, ...]:
    """What a title may call the site: its stated name, the press of its host, parts of the host."""
    host = (urlsplit(page.url).hostname or "") if "//" in page.url else ""
    press = press_of_host(host)
    names = [head.meta("og:site_name", "application-name"), page.press, *((press.name, *press.aliases, press.id) if press else ())]
    names += [n for a in head.articles for n in texts(a.get("publisher"))]
    return tuple(n for n in (*names, host, *host.split(".")) if n and len(n) > 1)


def _agree(one: str, other: str) -> bool:
    """Whether two titles share most of their letters' pairs: then the stated one is as good."""
    a, b = squeezed(one), squeezed(other)
    pairs = {a[i: i + 2] for i in range(len(a) - 1)}
    return bool(pairs) and len(pairs & {b[i: i + 2] for i in range(len(b) - 1)}) > 0.5 * len(pairs)


def _subtitle(root: Element, extract: Extract) -> str:
    if extract.version is None:
        return ""
    for element in select(root, extract.version.subtitle)[:1]:
        lines = [line for part in element.itertext() if (line := clean_line(part, limit=300))]
        return " / ".join(lines)[:300]
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Details:
    byline: Byline
    press: str | None
    origin: str | None
    times: Times
    notes: tuple[Note, ...]


def _details(page: Page, root: Element, head: Head, text: _Text, joined: str, found: tuple[Family, ...]) -> _Details:
    body, version, family = text.trimmed, text.extract.version, text.extract.family
    payload = text.extract.payload
    opening = next((d for p in body.paragraphs[:2] if (d := dateline(p))), None)
    near = _near(root, text.title.text, body.paragraphs)
    when = times(root, head, version, payload.published if payload else "", near, page.fetched_at)
    signatures = [*body.signatures, *([payload.byline] if payload else [])]
    near_bylines = [line for line in near[:60] if len(line) <= 60 and reporters(line)] if not body.signatures else []
    people, rule = writers(root, head, version, [*signatures, *near_bylines[:2]], opening, payload.byline if payload else "")
    is_board = bool(family and family.is_board)
    poster = next((shown(e) for e in select(root, version.poster)[:1]), None) if version and is_board else None
    press, press_rule = press_of_page(page.url, page.press, head)
    known = press_of_name(press or "")
    is_carrier = bool(family and (family.is_carrier or is_board)) or bool(known and known.is_carrier)
    origin, origin_rule = _origin(root, text, opening, press, is_carrier=is_carrier)
    if press is None and origin is None and (owner := _owner(body.cuts)):
        press, press_rule = owner, "copyright line"
    byline = Byline(reporters=people, agency=_canonical_name(opening.agency) if opening else None,
                    place=opening.place if opening else None, poster=poster)
    notes = [Note(field="byline", value=str(byline), rule=rule), Note(field="press", value=press or "", rule=press_rule),
             Note(field="origin", value=origin or "", rule=origin_rule)]
    for name, stamp in (("published", when.published), ("modified", when.modified)):
        notes.append(Note(field=name, value=stamp.at.isoformat() if stamp else "", rule=stamp.evidence if stamp else ""))
    return _Details(byline=byline, press=press, origin=origin, times=when, notes=tuple(n for n in notes if n.value))


def _near(root: Element, title: str, paragraphs: tuple[str, ...]) -> list[str]:
    """The page's short texts between headline and body, then those after the body: where times and bylines stand."""
    body = next(root.iter("body"), root)
    strings = [line for part in islice(body.itertext("body", "p", "div", "span", "li", "dt", "dd", "em", "td", "th", "time", "strong", "b", "i", "small", "button", "a", "ul", "dl",
                                                     "section", "header", "article", "h1", "h2", "h3", "h4", "font", "label", "cite", "address", "br"), 6000)
               if len(part) < 300 and (line := " ".join(part.split()))]
    bare = squeezed(title)
    at_title = next((i for i, s in enumerate(strings) if bare and squeezed(s) == bare), None)
    start = paragraphs[0][:16] if paragraphs else "\0"
    first = next((i for i, s in enumerate(strings) if i > (at_title or 0) and start in s), None)
    if at_title is None:
        at_title = max(0, (first or 60) - 60)
    end = first if first is not None and first > at_title else at_title + 60
    return strings[max(0, at_title - 12): end]


def _origin(root: Element, text: _Text, opening: Byline | None, press: str | None, *, is_carrier: bool) -> tuple[str | None, str]:
    """Who wrote it first, when that is another than who publishes."""
    candidates: list[tuple[str, str]] = []
    if opening and opening.agency:
        candidates.append((opening.agency, "dateline"))
    version = text.extract.version
    if is_carrier and version:
        candidates += [(p.name, f"family: {css}") for css in version.press for e in select(root, (css,))[:1] if (p := press_names(shown(e)))]
    if text.trimmed.source:
        candidates.append((text.trimmed.source, "source line"))
    if is_carrier:
        if owner := _owner(text.trimmed.cuts):
            candidates.append((owner, "copyright line"))
        for line in text.trimmed.signatures:
            for mail in MAIL.finditer(line):
                if found := press_of_host("www." + mail[0].partition("@")[2]):
                    candidates.append((found.name, "mail"))
        if version:
            candidates += [(shown(e), f"family: {css}") for css in version.press for e in select(root, (css,))[:1] if 2 <= len(shown(e)) <= 20]
    for name, rule in candidates:
        canonical_name = _canonical_name(name)
        if canonical_name and canonical_name != press and (rule != "dateline" or press_of_name(canonical_name)):
            return canonical_name, rule
    return None, ""


def _canonical_name(name: str | None) -> str | None:
    if not name:
        return None
    found = press_of_name(name) or press_names(name)
    return found.name if found else clean_line(name, limit=40)


def _owner(cuts: tuple[Cut, ...]) -> str | None:
    """The press whom a copyright line names."""
    for cut in cuts:
        if cut.rule in ("copyright", "glued to the end"):
            for word in re.findall(r"[가-힣A-Za-z0-9]{2,16}", cut.text):
                if found := press_of_name(word):
                    return found.name
    return None


def _refusal(page: Page, root: Element, head: Head, text: _Text, joined: str, *, is_marked_list: bool) -> Refusal | None:
    title = text.title.text
    if len(joined) < kind.TEXT_MIN:
        shown_text = joined or " ".join(b.text for b in islice(text.extract.page.blocks if text.extract.page else (), 40))
        if refusal := kind.notice(shown_text, title or head.title):
            return refusal
    paragraphs = tuple(text.trimmed.paragraphs)
    stated = head.meta("og:title") or head.title
    signs = kind.Signs(
        url=page.url, head=head, title=stated, names_only_site=bool(stated) and is_site(stated, _site_names(page, head)),
        links=kind.links_of(root), is_guess=text.extract.rule == TRAFILATURA, blocks=text.extract.blocks, text=joined,
        is_family=text.extract.family is not None or text.extract.payload is not None, is_marked_list=is_marked_list,
        is_signed=bool(text.trimmed.signatures or any(dateline(p) for p in paragraphs[:1]) or any(c.rule == "copyright" for c in text.trimmed.cuts)))
    if refusal := kind.listing(signs):
        return refusal
    if not paragraphs:
        if kind.GALLERY_TITLE.match(title):
            return Refusal(reason=RefusalReason.GALLERY, detail=title)
        return Refusal(reason=RefusalReason.EMPTY, detail="no text was found")
    if not any(SENTENCE.search(p) for p in paragraphs) and len(joined) < kind.TEXT_MIN:
        reason = RefusalReason.GALLERY if kind.GALLERY_TITLE.match(title) else RefusalReason.EMPTY
        return Refusal(reason=reason, detail="no sentence was found")
    return None


def _captions(text: _Text) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*text.extract.captions, *text.trimmed.captions)))[:50]


def _images(url: str, text: _Text, head: Head) -> tuple[Image, ...]:
    found = list(text.extract.images) if text.extract.family else []
    if not found and (stated := head.meta("og:image")):
        found = [Image(url=stated)]
    out: dict[str, Image] = {}
    for image in found[:30]:
        try:
            absolute = urljoin(url, image.url)
        except ValueError:
            continue
        if absolute.startswith(("http://", "https://")):
            out.setdefault(absolute, Image(url=absolute, caption=image.caption))
    return tuple(out.values())


def _section(root: Element, head: Head, family: Family | None, text: _Text) -> str | None:
    version = text.extract.version
    if version:
        for element in select(root, version.section)[:1]:
            return shown(element)[:40] or None
    stated = head.meta("article:section", "og:article:section", "content_category", "classification")
    if not stated:
        stated = next((s for a in head.articles for s in texts(a.get("articleSection"))), "")
    return stated.partition(">")[0].strip()[:40] or None


def _language(text: str) -> str:
    hangul = len(re.findall(r"[가-힣]", text[:3000]))
    if hangul > 0.1 * len(text[:3000]):
        return "ko"
    if re.search(r"[\u3040-\u30ff]", text[:3000]):
        return "ja"
    return "zh" if len(re.findall(r"[\u4e00-\u9fff]", text[:3000])) > 0.2 * len(text[:3000]) else "en"


def _read_dump(page: Page, text: str, encoding: str) -> Explanation:
    dump: Dump = read_dump(text)
    trimmed = trim(list(dump.blocks), title=dump.title)
    joined = "\n".join(trimmed.paragraphs)
    title = dump.title or (trimmed.subtitle[0] if trimmed.subtitle else "") or (trimmed.paragraphs[0][:80] if trimmed.paragraphs else "")
    if not trimmed.paragraphs or (len(joined) < kind.TEXT_MIN and not SENTENCE.search(joined)):
        reason = kind.notice(joined or text[:500], title) or Refusal(reason=RefusalReason.EMPTY, detail="no text was found")
        return Explanation(result=reason, encoding=encoding, family="text", cuts=(*dump.cuts, *trimmed.cuts))
    opening = next((d for p in trimmed.paragraphs[:2] if (d := dateline(p))), None)
    people = tuple(p for line in (*trimmed.signatures, *dump.signatures) for p in reporters(line)) or (opening.reporters if opening else ())
    press, press_rule = press_of_page(page.url, page.press, Head(metas={}))
    owner = next((n for n in (_canonical_name(trimmed.source), _owner(trimmed.cuts), _canonical_name(opening.agency) if opening else None) if n), None)
    if press is None:
        press, owner = (owner, None) if not dump.poster else (None, owner)
    stamp = Stamp(at=dump.published.at, has_time=dump.published.has_time, evidence=dump.rule) if dump.published else None
    byline = Byline(reporters=tuple({p.name: p for p in people}.values()), agency=opening.agency if opening else None,
                    place=opening.place if opening else None, poster=dump.poster or None)
    article = Article(
        url=page.url, title=title, tags=tags(title), subtitle=" / ".join(trimmed.subtitle) or None, paragraphs=trimmed.paragraphs,
        captions=trimmed.captions, byline=byline, press=press, origin=owner if owner != press else None, published=stamp,
        language=_language(joined), family="text",
        flags=flags_of(title=title, text=joined, cuts=trimmed.cuts, is_odd_date=False, visible=0, closes=True, head=None))
    notes = (Note(field="title", value=title, rule=dump.title_rule or "first line"), Note(field="press", value=press or "", rule=press_rule or "named in the text"),
             Note(field="published", value=stamp.at.isoformat() if stamp else "", rule=dump.rule))
    return Explanation(result=article, encoding=encoding, family="text", notes=tuple(n for n in notes if n.value), cuts=(*dump.cuts, *trimmed.cuts))


