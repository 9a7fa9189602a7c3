"""The text of a page with its headline: found by the first way that yields one, then trimmed.

Imports the ways (extract), the headline's rules (title) and the trimming (trim).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from pipelines.article import Page
from pipelines.press import press_of_host
from pipelines.read.address import host_of
from pipelines.read.boilerplate import SENTENCE
from pipelines.read.extract import (
    Extract,
    by_family,
    by_payload,
    by_position,
    by_sentences,
    by_trafilatura,
    heading_like,
    headings,
    lines_before,
    shown_part,
)
from pipelines.read.families import Families, Family
from pipelines.read.fields import shown
from pipelines.read.head import Head, texts
from pipelines.read.hygiene import TITLE_MAX, clean_line
from pipelines.read.parse import Element
from pipelines.read.title import LIKELY_MIN, TITLE_TAG, Headline, headline, squeezed, tags, word_share
from pipelines.read.tree import Tree
from pipelines.read.trim import Trimmed, trim

LINES_ABOVE = 12  # short texts above the text among which an unmarked headline is looked for; chosen by hand
HEADLINE_MAX, SHARED_MIN = 120, 0.4  # letters; share of a headline's words that its text has (chosen by hand)
SHOWN_ABOVE = "the line above the text that shares its words"
THIN = 150.0  # weight of running text below which another way is tried, too: about three sentences (chosen by hand)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    extract: Extract
    trimmed: Trimmed
    title: Headline
    subtitle: str = ""
    heading: Element | None = None  # the element that shows the title

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """A flash is its headline: pages of nothing else are articles all the same."""
        is_shown = self.extract.family is not None or self.heading is not None
        is_flash = not self.trimmed.paragraphs and {"속보", "1보"} & set(tags(self.title.text)) and is_shown
        return (self.title.text,) if is_flash else self.trimmed.paragraphs


def body_of(page: Page, tree: Tree, head: Head, families: Families) -> Body:
    known = families.by_host(page.url) or families.by_mark(tree.source)
    title, heading = _headline(page, tree, head, known)
    extract = _extract(tree, head, families, known, heading)
    if not title.text and extract.payload and extract.payload.title:
        title = Headline(text=clean_line(extract.payload.title, limit=TITLE_MAX), rule="payload")
    subtitle = _subtitle(tree, extract)
    trimmed = trim(list(extract.blocks), title=title.text, subtitle=subtitle)
    if heading is not None and not any(SENTENCE.search(p) for p in trimmed.paragraphs):
        below = by_position(tree, heading, extract.left_out)
        again = trim(list(below.blocks), title=title.text, subtitle=subtitle)
        if again.paragraphs:
            extract, trimmed = below, again
    if not trimmed.paragraphs and extract.payload is None:
        guess = by_trafilatura(tree.root, extract.left_out)
        again = trim(list(guess.blocks), title=title.text, subtitle=subtitle)
        if again.paragraphs:
            extract, trimmed = guess, again
    if (better := _shown_title(tree, title, heading, trimmed.paragraphs)) is not None:
        title, heading = better, None
        trimmed = trim(list(extract.blocks), title=title.text, subtitle=subtitle)
    return Body(extract=extract, trimmed=trimmed, title=title, heading=heading,
                subtitle=subtitle or " / ".join(trimmed.subtitle))


def _extract(tree: Tree, head: Head, families: Families, known: tuple[Family, ...], heading: Element | None) -> Extract:
    found = by_family(tree, known, heading) or by_family(tree, families.by_mark(tree.source), heading)
    found = found or by_sentences(tree, heading)
    held = found.weight()
    if held >= THIN:
        return found
    if (payload := by_payload(head)) and payload.weight() > 1.5 * held:
        return payload
    if found.family is not None:
        general = by_sentences(tree, heading)
        return general if general.weight() > 2 * held else found
    return found


def _headline(page: Page, tree: Tree, head: Head, families: tuple[Family, ...]) -> tuple[Headline, Element | None]:
    """The headline and the element that shows it."""
    site_names = names_of_site(page, head)
    seen = headings(tree.root)
    named = (shown(e) for f in families for v in f.version for e in tree.select(v.title)[:2])
    own = [text for text in named if 4 <= len(text) <= TITLE_MAX]
    stated = [("og:title", head.meta("og:title")), ("meta headline", head.meta("headline"))]
    stated += [("JSON-LD headline", h) for a in head.articles if isinstance(h := a.get("headline"), str)]
    stated += [("twitter:title", head.meta("twitter:title")), (TITLE_TAG, head.title)]
    found = headline(stated, [*own, *(text for _, text in seen)], site_names)
    if "heading" not in found.rule:
        seen += heading_like(tree.root)
        found = headline(stated, [*own, *(text for _, text in seen)], site_names)
    if own and not _agree(found.text, own[0]):
        found = headline([("family", own[0]), *stated], own, site_names)
    if "heading" not in found.rule and (part := shown_part(tree, found.text)):
        found = Headline(text=part, rule=f"{found.rule}, the part that the page shows")
    bare = squeezed(found.text)
    return found, next((e for e, text in seen if bare and squeezed(text) == bare), None)


def _shown_title(tree: Tree, title: Headline, heading: Element | None, paragraphs: tuple[str, ...]) -> Headline | None:
    """The headline that an old site or a board shows above the text while its title tag greets, or names a program.

    The row labelled 제목; else, when the title hardly has a word of the text, the first line close above it that has enough.
    """
    text = " ".join(paragraphs)
    is_stated = title.rule != TITLE_TAG or len(title.text) >= LIKELY_MIN  # a short title tag names the site
    share = word_share(title.text, text) if is_stated else 0.0
    if not paragraphs or (heading is not None and (share > 0 or heading.tag != "h1")):
        return None
    if heading is not None:  # the page shows it: only another heading of its rank may be the headline
        lines = [line for element, line in headings(tree.root) if element.tag == heading.tag]
    else:
        opening = next((p for p in paragraphs if SENTENCE.search(p)), paragraphs[0])
        above = [line for line, is_linked in lines_before(tree.body, opening[:16]) if not is_linked]
        lines = [after for label, after in pairwise(above) if squeezed(label) == "제목"]
        lines = lines or (above[-LINES_ABOVE:] if share < SHARED_MIN else [])
    fitting = [line for line in lines if LIKELY_MIN <= len(line) <= HEADLINE_MAX and word_share(line, text) >= SHARED_MIN]
    return Headline(text=fitting[0], rule=SHOWN_ABOVE) if fitting else None


def names_of_site(page: Page, head: Head) -> tuple[str, ...]:
    """What a title may call the site: its stated name, the press of its host, parts of the host."""
    host = host_of(page.url)
    press = press_of_host(host)
    names = [head.meta("og:site_name", "application-name"), page.press]
    names += (press.name, *press.aliases, press.id) if press else ()
    names += [n for a in head.articles for n in texts(a.get("publisher"))]
    return tuple(n for n in (*names, host, *host.split(".")) if n and len(n) > 1)


def _agree(one: str, other: str) -> bool:
    """Whether two titles share most of their letters' pairs: then the stated one is as good."""
    a, b = squeezed(one), squeezed(other)
    pairs = {a[i: i + 2] for i in range(len(a) - 1)}
    return a == b or len(pairs & {b[i: i + 2] for i in range(len(b) - 1)}) > 0.5 * len(pairs)


def _subtitle(tree: Tree, extract: Extract) -> str:
    if extract.version is None:
        return ""
    for element in tree.select(extract.version.subtitle)[:1]:
        lines = [line for part in element.itertext() if (line := clean_line(part, limit=TITLE_MAX))]
        return " / ".join(lines)[:TITLE_MAX].rstrip()
    return ""
