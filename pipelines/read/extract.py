"""A tree → the blocks of the article and the page's shown headings, by the first way that works.

Order: the family's container; the container found by its sentences; a script's payload; trafilatura on the whole tree. Our own
walker reads containers because trafilatura loses a tenth of the text on <br> layouts (facts: speed; benchmarks/bench_read.py).
Imports trafilatura, inside the one function that needs it.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace
from itertools import islice, takewhile

from lxml import etree, html

from pipelines.article import Image
from pipelines.read import apart
from pipelines.read.blocks import LINES_MAX, Block, Kind, Span, Walk, label_of, walk
from pipelines.read.boilerplate import REPORTED, whole_line
from pipelines.read.byline import reporters
from pipelines.read.dates import moment
from pipelines.read.families import Family, Version
from pipelines.read.furniture import Furniture
from pipelines.read.head import Head
from pipelines.read.hygiene import clean_line, clean_text
from pipelines.read.locate import ENDS, RECORDS_REST, locate, records, teasers, weight
from pipelines.read.parse import Element, parse
from pipelines.read.payload import Payload, payloads
from pipelines.read.title import LIKELY_MIN, TAG, squeezed
from pipelines.read.tree import Tree

log = logging.getLogger(__name__)

HEADING_NAME = re.compile(r"tit(?:le)?(?![a-z]*(?:list|bar|wrap))|headline|subject|heading", re.I)
HEADING_MAX = 200
PARTING = re.compile(r"[:|ㅣ>»\-–—]+")
TRAFILATURA = "trafilatura"
BELOW_HEADLINE = "between the headline and what follows"
TIME_OF_DAY = re.compile(r"\d:\d\d|\d시")
ENDS_BELOW = ("copyright", "imprint", "list heading")  # rules of lines below a text
LEVELS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4}
NAME_LETTERS = 20  # of who comments, above what they say; chosen by hand
NOTICE_MIN = 120  # letters without links in a known container: personnel notices and tables have no sentences
CONTAINERS_MAX = 500  # a selector may name paragraphs
GUESS_MIN = 200  # letters of a page below which there is nothing to guess at
CONTAINER_MIN = 60.0  # weight of running text below which a container counts as gone: one short sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    blocks: tuple[Block, ...]
    rule: str
    family: Family | None = None
    version: Version | None = None
    images: tuple[Image, ...] = ()
    captions: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    payload: Payload | None = None
    is_cut: bool = False  # the page goes on below the lines that are read
    repeated: float = 0.0  # share of the text that stands in repeated records: comments, teasers, rows

    def unlinked(self) -> int:
        """Letters that are no links."""
        return sum(len(b.text) - b.linked for b in self.blocks if b.kind is not Kind.CAPTION)

    def weight(self) -> float:
        """How much running text it holds."""
        return sum(weight(b) for b in self.blocks)


def headings(root: Element) -> list[tuple[Element, str]]:
    """The shown headings by their tags, the highest first: (element, text)."""
    found = [(LEVELS[str(e.tag)], e, text) for e in root.iter(*LEVELS) if (text := _heading_text(e))]
    return [(element, text) for _, element, text in sorted(found, key=lambda each: each[0])]


def heading_like(root: Element) -> list[tuple[Element, str]]:
    """Other elements whose names say heading: boards and old sites use no h1."""
    tags = ("div", "p", "span", "strong", "dt", "td", "a", "dl", "em")
    named = (e for e in root.iter(*tags) if HEADING_NAME.search(f"{e.get('class') or ''} {e.get('id') or ''}"))
    own = [(e, text) for box in islice((e for e in named if not _is_link(e)), 300) if (text := _heading_text(e := _inner(box)))]
    inner = {parent: text for e, text in own for parent in e.iterancestors() if parent.tag in tags}
    return [(e, text) for e, text in own if inner.get(e, text) == text]  # of a box named so around one, the inner is meant


def _inner(box: Element) -> Element:
    """The first part of a heading's box that holds the time, the writer and a count as well; else the box."""
    parts = list(box.iterchildren("*"))
    if len(parts) < 2 or (box.text or "").strip() or not TIME_OF_DAY.search(text := "".join(box.itertext())) or not moment(text):
        return box
    first = "".join(parts[0].itertext())
    return parts[0] if len(first.strip()) >= LIKELY_MIN and not TIME_OF_DAY.search(first) else box


def _is_link(element: Element) -> bool:
    """Whether a heading leads away from the page: titles of other articles do."""
    link = element if element.tag == "a" else next(element.iterancestors("a"), next(element.iter("a"), None))
    return link is not None and not (link.get("href") or "#").startswith(("#", "javascript"))


def _heading_text(element: Element) -> str:
    text = clean_line("".join(element.itertext()), limit=HEADING_MAX + 50)
    return text if 2 <= len(text) <= HEADING_MAX else ""


def shown_part(tree: Tree, title: str) -> str:
    """The larger part of a stated title that the page shows as a line of its own: of `남해투데이:제목` the second; ""."""
    parts = [p.strip() for m in PARTING.finditer(title) for p in (title[: m.start()], title[m.end():])]
    tag = TAG.match(title)
    wanted = {squeezed(p) for p in (*parts, title[tag.end():] if tag else "") if len(p) >= max(8, 0.5 * len(title))}
    if not wanted:
        return ""
    lines = [clean_line(text, limit=HEADING_MAX) for text in tree.body.itertext() if len(text) < 2 * HEADING_MAX]
    if tag and tag[0].strip() in lines:  # the page shows it beside the headline, set apart
        return ""
    return next((line for line in lines if len(line) >= 8 and squeezed(line) in wanted), "")


def lines_before(root: Element, opening: str) -> list[tuple[str, bool]]:
    """The page's lines above the text that opens so: (text, whether it is a link)."""
    found: list[tuple[str, bool]] = []
    for block in walk(root).blocks:
        if opening in block.text:
            return found
        found.append((block.text, block.link_share > 0.5))
    return []


def by_family(tree: Tree, families: tuple[Family, ...], heading: Element | None) -> Extract | None:
    """The first family and version whose container is there and holds text."""
    for family in families:
        for version in family.version:
            for css in version.body:
                containers = tree.select((css,))
                if not containers:
                    continue
                extract = _from_containers(tree, containers, css, family, version, heading)
                if extract.weight() >= CONTAINER_MIN or extract.unlinked() >= NOTICE_MIN:
                    return extract
    return None


def _from_containers(
    tree: Tree, containers: list[Element], css: str, family: Family, version: Version, heading: Element | None
) -> Extract:
    matched = set(containers)
    outer = [c for c in containers if not any(a in matched for a in c.iterancestors())]
    blocks: list[Block] = []
    images: list[Image] = []
    left_out: list[str] = []
    captions: list[str] = []
    is_cut = False
    for container in outer[:CONTAINERS_MAX]:
        captions += [clean_line("".join(each.itertext()), limit=500) for each in tree.select_all(version.captions, container)]
        furniture = Furniture(container, removed=tree.select_all(version.remove, container), heading=heading)
        walked = walk(container, furniture.is_left_out)
        blocks += apart.summarized(walked)
        images += walked.images
        left_out += walked.left_out
        if is_cut := walked.is_cut or len(blocks) > LINES_MAX:
            del blocks[LINES_MAX:]
            break
    return Extract(blocks=tuple(blocks), rule=f"family {family.name} ({version.recorded}): {css}", family=family, version=version,
                   images=tuple(images), captions=tuple(dict.fromkeys(c for c in captions if c)), left_out=tuple(left_out),
                   is_cut=is_cut)


def by_sentences(tree: Tree, heading: Element | None) -> Extract:
    """The container that holds the page's sentences."""
    body = tree.body
    page = walk(body, Furniture(body, heading=heading).is_left_out)
    page = replace(page, blocks=apart.summarized(page))
    span, rule = locate(page)
    if span is None:
        return Extract(blocks=(), rule="no running text", left_out=page.left_out)
    start, end = _with_opening(page, span.start, heading), _with_close(page, span)
    weights, repeated = [weight(b) for b in page.blocks[start:end]], records(page)
    share = sum(w for i, w in enumerate(weights, start) if i in repeated) / max(1.0, sum(weights))
    others = teasers(page) if share < 1 else set()
    end = apart.end_of_report(page, start, end)
    marked = apart.marked(page, start, end, others)
    own = tuple(b for i, b in enumerate(marked, start) if i not in others)
    if sum(weight(b) for b in own) < max(RECORDS_REST, 0.5 * sum(weights)):  # a list, or an article that is made of such parts
        own = apart.marked(page, start, end, set())
    return Extract(blocks=first_article(own, heading), repeated=share, rule=rule, images=page.images,
                   left_out=page.left_out, is_cut=page.is_cut and end == len(page.blocks))


def _ends(line: str) -> bool:
    """Whether a text ends with such a line: a signature or a copyright line."""
    return whole_line(line) == "copyright" or (len(line) <= 30 and bool(reporters(line)))


def first_article(blocks: tuple[Block, ...], heading: Element | None) -> tuple[Block, ...]:
    """The blocks up to the headline of another article: pages that go on scrolling hold several, one below the other.

    Another's headline is a heading that looks as this article's own, or has its own date below it, once a text has begun.
    """
    own = label_of(heading) if heading is not None else ""
    title = squeezed("".join(heading.itertext())) if heading is not None else ""
    told = 0
    for i, block in enumerate(blocks):
        told += len(ENDS.findall(block.text))
        if told < 2 or block.kind is not Kind.HEADING or squeezed(block.text) == title:
            continue
        below = blocks[i + 1: i + 4]
        is_box = bool(below) and below[0].kind is Kind.HEADING and below[0].label != block.label  # its name, its title
        is_alike = block.label == own and "." in own
        if is_box or is_alike or any(len(b.text) <= 60 and TIME_OF_DAY.search(b.text) and moment(b.text) for b in below):
            return blocks[:i]
    return blocks


def _with_opening(page: Walk, start: int, heading: Element | None) -> int:
    """Sentences between the headline and the container belong to the text: some layouts keep the lede outside."""
    title = squeezed("".join(heading.itertext())) if heading is not None else ""
    for back in range(1, 7):
        i = start - back
        if i < 0:
            return start
        block = page.blocks[i]
        if title and squeezed(block.text) == title:
            return start
        if block.kind is Kind.TEXT and len(block.text) >= 40 and block.link_share < 0.1 and ENDS.search(block.text):
            return _with_opening(page, i, heading)
    return start


def _with_close(page: Walk, span: Span) -> int:
    """Where the text ends: sentences of a report that go on beside the container, below the same parent, belong to it."""
    parent = span.element.getparent()
    last = next((s.end for s in page.spans if s.element is parent), span.end)
    repeated = records(page) if last > span.end else set()
    end = span.end
    if _ends(page.blocks[span.end - 1].text):
        return end
    for i in range(span.end, min(last, span.end + 12)):
        block = page.blocks[i]
        is_name = block.kind is Kind.TEXT and len(block.text) <= NAME_LETTERS and not ENDS.search(block.text)  # who comments
        if block.kind is Kind.HEADING or block.link_share > 0.35 or i in repeated or is_name:
            break
        if block.kind is Kind.TEXT and len(block.text) >= 30 and REPORTED.search(block.text):
            end = i + 1
    return end


def by_payload(head: Head) -> Extract | None:
    """The longest text that a script holds."""
    for payload in payloads(head)[:3]:
        blocks = lines_of(payload.html)
        if sum(weight(b) for b in blocks) >= CONTAINER_MIN:
            return Extract(blocks=blocks, rule=payload.rule, payload=payload)
    return None


def by_position(tree: Tree, heading: Element, left_out: tuple[str, ...] = ()) -> Extract:
    """What stands between the headline and the first link, heading or copyright line: personnel notices, obituaries, notes,
    verses and flashes have no sentences to be found by."""
    blocks = walk(tree.body, Furniture(tree.body, heading=heading).is_left_out).blocks
    title = squeezed("".join(heading.itertext()))
    start = next((i for i, block in enumerate(blocks) if squeezed(block.text) == title), len(blocks)) + 1
    held = tuple(takewhile(_goes_on, blocks[start:]))
    return Extract(blocks=held, rule=BELOW_HEADLINE, left_out=left_out)


def _goes_on(block: Block) -> bool:
    is_link = block.link_share > 0.5 and len(block.text) >= 8
    return not is_link and block.kind is not Kind.HEADING and whole_line(block.text) not in ENDS_BELOW


def lines_of(text: str) -> tuple[Block, ...]:
    """Blocks of a text that is HTML or plain lines."""
    if re.search(r"<(?:p|br|div|span|a|b|strong|img|figure|h\d)\b", text, re.I):
        root = parse(f"<html><body>{text}</body></html>")
        return walk(root).blocks if root is not None else ()
    return tuple(Block(text=line) for line in clean_text(text).split("\n") if line)


def by_trafilatura(root: Element, left_out: tuple[str, ...] = ()) -> Extract:
    """What trafilatura takes for the text of the whole page."""
    from trafilatura import bare_extraction

    logging.getLogger("trafilatura").setLevel(logging.ERROR)  # it tells of every page that holds no text
    tree = html.fromstring(etree.tostring(root, encoding="utf-8"), parser=html.HTMLParser(encoding="utf-8", huge_tree=True))
    if len("".join(tree.itertext("p", "div", "span", "td", "li", "body"))) < GUESS_MIN:
        return Extract(blocks=(), rule=TRAFILATURA, left_out=left_out)
    for element in list(tree.iter("script", "style", "noscript", "iframe", "svg", "form", "nav", "footer", "aside")):
        if element.getparent() is not None:
            element.drop_tree()
    try:
        document = bare_extraction(tree, fast=True, include_comments=False, include_tables=False, with_metadata=False)
    except MemoryError:  # the reading process is at its limit
        raise
    except Exception as error:  # noqa: BLE001  # whatever it stumbles over: what our own ways found counts
        log.info("trafilatura failed: %s: %s", type(error).__name__, error)
        document = None
    text = getattr(document, "text", None) or ""
    blocks = tuple(Block(text=line) for line in clean_text(text).split("\n") if line)
    return Extract(blocks=blocks, rule=TRAFILATURA, left_out=left_out)
