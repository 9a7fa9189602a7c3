"""One page, read: decode, look at it, find the text, name its parts, decide what it is.

The order of the steps and nothing else; each step is a module of its own. Pure: the same page gives the same result.
"""

from __future__ import annotations

import re
from itertools import islice
from urllib.parse import urljoin

from pipelines import clock
from pipelines.article import Article, Image, Page, Refusal, RefusalReason
from pipelines.read import kind
from pipelines.read.body import SHOWN_ABOVE, Body, body_of, names_of_site
from pipelines.read.boilerplate import SENTENCE
from pipelines.read.byline import dateline
from pipelines.read.credits import Credits, credits_of
from pipelines.read.decode import decode
from pipelines.read.dump import article_of_dump
from pipelines.read.explanation import Explanation, Note
from pipelines.read.extract import TRAFILATURA
from pipelines.read.families import Families
from pipelines.read.fields import canonical, shown
from pipelines.read.flags import SUSPECT_LETTERS, flags_of, is_suspect
from pipelines.read.head import Head, read_head, texts
from pipelines.read.hygiene import language_of
from pipelines.read.parse import hostility, parse
from pipelines.read.times import LINE
from pipelines.read.title import SEPARATOR, is_site, tags
from pipelines.read.tree import Tree

BINARY = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\x1f\x8b", b"RIFF", b"\x00\x00\x00")
BINARY_TYPES = ("image/", "video/", "audio/", "font/", "application/pdf", "application/zip", "application/octet-stream")
IMAGES_MAX, CAPTIONS_MAX = 30, 50  # galleries hold hundreds; chosen by hand


def read(page: Page, families: Families) -> Explanation:
    """The page as an article or a refusal, with the reasons."""
    content_type = page.content_type.strip().lower()
    if page.body.startswith(BINARY) or content_type.startswith(BINARY_TYPES):
        return refused(RefusalReason.NOT_HTML, page.content_type or "binary")
    decoded = decode(page.body, page.content_type)
    if not decoded.text.strip():
        return refused(RefusalReason.UNREADABLE if page.body.strip() else RefusalReason.EMPTY, f"{len(page.body)} bytes")
    if content_type.startswith("text/plain"):
        return article_of_dump(page, decoded)
    if why := hostility(decoded.text):
        return refused(RefusalReason.HOSTILE, why, decoded.encoding)
    root = parse(decoded.text)
    if root is None:
        return refused(RefusalReason.EMPTY, "nothing to parse", decoded.encoding)
    return _read_tree(page, Tree(root=root, source=decoded.text), decoded.encoding, families)


def refused(reason: RefusalReason, detail: str, encoding: str = "") -> Explanation:
    return Explanation(result=Refusal(reason=reason, detail=detail[:200]), encoding=encoding, family="")


def _read_tree(page: Page, tree: Tree, encoding: str, families: Families) -> Explanation:
    head = read_head(tree.root)
    body = body_of(page, tree, head, families)
    credits = credits_of(page, tree, head, body)
    refusal = _refusal(page, tree, head, body, credits, families)
    text = f"{len(body.paragraphs)} paragraphs, {len(chr(10).join(body.paragraphs))} letters"
    notes = (Note(field="text", value=text, rule=body.extract.rule),
             Note(field="title", value=body.title.text, rule=body.title.rule), *credits.notes)
    result = refusal or _article(page, tree, head, body, credits)
    return Explanation(
        result=result, encoding=encoding, family=_family_name(body), notes=notes, cuts=body.trimmed.cuts,
        left_out=body.extract.left_out)


def _family_name(body: Body) -> str:
    return body.extract.family.name if body.extract.family else "general"


def _article(page: Page, tree: Tree, head: Head, body: Body, credits: Credits) -> Article:
    text = "\n".join(body.paragraphs)
    title = body.title.text or page.hint.title or body.paragraphs[0][:80].rstrip()
    return Article(
        url=page.url, canonical_url=canonical(page.url, head), title=title, tags=tags(title), subtitle=body.subtitle or None,
        paragraphs=body.paragraphs, byline=credits.byline, press=credits.press, origin=credits.origin,
        captions=tuple(dict.fromkeys((*body.extract.captions, *body.trimmed.captions)))[:CAPTIONS_MAX],
        published=credits.times.published, modified=credits.times.modified, section=_section(tree, head, body),
        language=language_of(text), images=_images(page.url, head, body), family=_family_name(body),
        flags=flags_of(title=title, text=text, cuts=body.trimmed.cuts, is_odd_date=credits.times.is_odd,
                       visible=_visible(tree, text), closes="</html" in tree.source[-2000:].lower(),
                       is_cut=body.extract.is_cut or body.trimmed.is_cut, head=head))


def _refusal(page: Page, tree: Tree, head: Head, body: Body, credits: Credits, families: Families) -> Refusal | None:
    title, paragraphs = body.title.text, body.paragraphs
    text = "\n".join(paragraphs)
    has_sentence = any(SENTENCE.search(p) or kind.PLAIN.search(p) for p in paragraphs)
    published = credits.times.published
    is_headed = body.heading is not None and published is not None and published.has_time  # a text follows, of whatever form
    is_dated = _is_dated(credits, page)
    says = text if has_sentence or (is_headed and paragraphs) else _whole_text(tree)
    if refusal := _notice(body, head, credits, says, tells=has_sentence and kind.reports(text), is_dated=is_dated):
        return refusal
    stated = head.meta("og:title") or head.title
    is_signed = bool(body.trimmed.signatures) or any(dateline(p) for p in paragraphs[:1])
    names_site = bool(stated) and is_site(stated, names_of_site(page, head)) and body.title.rule != SHOWN_ABOVE
    is_known = body.extract.family is not None or body.extract.payload is not None
    is_stated = is_known or bool(head.articles or head.meta("article:published_time"))
    refusal = kind.no_report(paragraphs, (title, SEPARATOR.split(stated)[0]), kind.Vouchers(
        is_dated=is_dated, is_signed=is_signed or bool(credits.byline.reporters), is_stated=is_stated,
        is_suspect=is_suspect(text, _visible(tree, text))), is_home=kind.is_home_address(page.url))
    refusal = refusal or kind.listing(kind.Signs(
        url=page.url, head=head, title=stated, names_only_site=names_site,
        tree=tree, repeated=body.extract.repeated, is_guess=body.extract.rule == TRAFILATURA, blocks=body.extract.blocks,
        text=text, is_dated=is_dated, is_headed=is_headed, is_family=is_known,
        is_marked_list=body.extract.family is None and families.is_list(tree.source),
        is_signed=is_signed or any(c.rule == "copyright" for c in body.trimmed.cuts)))
    if refusal:
        return refusal
    is_vouched = is_signed or bool(credits.byline.reporters) or (published is not None and published.has_time)
    is_bare = len(text) < kind.TEXT_MIN and not is_vouched
    if kind.GALLERY_TITLE.match(title) and (not has_sentence or is_bare):  # photo news has its photographer or its time
        return Refusal(reason=RefusalReason.GALLERY, detail=title)
    if not paragraphs:
        return Refusal(reason=RefusalReason.EMPTY, detail="no text was found")
    if not has_sentence and len(text) < kind.TEXT_MIN and not is_headed and paragraphs != (title,):
        return Refusal(reason=RefusalReason.EMPTY, detail="no sentence was found")
    return None


def _notice(body: Body, head: Head, credits: Credits, says: str, *, tells: bool, is_dated: bool) -> Refusal | None:
    """What the page says itself that it is. `says`: its text, or all that it shows; `tells`: that text reports."""
    title, paragraphs = body.title.text, body.paragraphs
    headed = f"{title} {body.subtitle}" if title else head.title
    is_report = tells and (credits.times.published is not None or kind.notice("", title) is None)
    if len("\n".join(paragraphs)) < kind.TEXT_MIN and not is_report and (refusal := kind.notice(says, headed)):
        return refusal
    is_vouched = is_dated or bool(credits.byline.reporters)
    if not is_vouched and paragraphs and not kind.reports(paragraphs[0]):  # a notice may stand above teasers
        return kind.notice("", headed)
    return None


def _is_dated(credits: Credits, page: Page) -> bool:
    """Whether the page gives the text a time. The day of the visit in a line of its own, without a time, is the site's clock."""
    stamp = credits.times.published or credits.times.modified
    if stamp is None:
        return False
    day, visit = (at.astimezone(clock.KST).date() for at in (stamp.at, page.fetched_at))
    return stamp.has_time or stamp.evidence != LINE or day != visit


def _visible(tree: Tree, text: str) -> int:
    """How many letters the page shows, as far as that matters: 0 for a text that is long enough."""
    if len(text) >= SUSPECT_LETTERS:
        return 0
    return sum(len(e.text or "") for e in tree.root.iter("p", "div", "span", "td", "li"))


def _whole_text(tree: Tree) -> str:
    """All that a page without an article says, the part for browsers without scripts included."""
    seen = (e for e in islice(tree.root.iter("*"), 3000) if e.tag not in ("script", "style", "title"))
    return " ".join(" ".join(p for e in seen for p in (e.text, e.tail) if p and p.strip()).split())[:3000]


def _images(url: str, head: Head, body: Body) -> tuple[Image, ...]:
    found = list(body.extract.images) if body.extract.family else []
    if not found and (stated := head.meta("og:image")):
        found = [Image(url=stated)]
    out: dict[str, Image] = {}
    for image in found[:IMAGES_MAX]:
        try:
            absolute = urljoin(url, image.url)
        except ValueError:
            continue
        if re.match(r"https?://", absolute):
            out.setdefault(absolute, Image(url=absolute, caption=image.caption))
    return tuple(out.values())


def _section(tree: Tree, head: Head, body: Body) -> str | None:
    version = body.extract.version
    if version:
        for element in tree.select(version.section)[:1]:
            return shown(element)[:40] or None
    stated = head.meta("article:section", "og:article:section", "content_category", "classification")
    stated = stated or next((s for a in head.articles for s in texts(a.get("articleSection"))), "")
    return stated.partition(">")[0].strip()[:40] or None
