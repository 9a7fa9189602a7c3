"""A tree → blocks: the lines that a reader sees, in order, with what furniture never is left out.

Imports lxml. Blocks remember which element they stand in, so that a container is a range of blocks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from lxml import etree

from pipelines.article import Image
from pipelines.read.hygiene import clean_line, unescaped
from pipelines.read.parse import Element


class Kind(StrEnum):
    TEXT = "text"
    HEADING = "heading"
    CAPTION = "caption"
    ITEM = "item"  # of a list
    CELL = "cell"  # of a table


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    text: str
    kind: Kind = Kind.TEXT
    linked: int = 0  # letters that are links
    breaks: int = 0  # <br> between this line and the one before it in the same element
    is_pictured: bool = False  # a picture stands right before it
    is_boxed: bool = False  # an element holds a picture and this line, and nothing else
    is_apart: bool = False  # it stands in a part of its own, named as none of the parts that report
    is_summary: bool = False  # it stands in an element that a summary's heading opens
    label: str = ""  # tag, id and classes of its element

    @property
    def link_share(self) -> float:
        return self.linked / len(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A block-level element and the blocks that it holds: blocks[start:end]."""

    element: Element
    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    blocks: tuple[Block, ...]
    spans: tuple[Span, ...]  # inner ones before the outer ones
    images: tuple[Image, ...]
    left_out: tuple[str, ...]  # labels of the subtrees that were not walked
    is_cut: bool = False  # the page goes on below LINES_MAX


SKIPPED = frozenset((
    "script", "style", "noscript", "template", "iframe", "svg", "canvas", "object", "embed", "nav", "footer", "aside",
    "button", "select", "option", "input", "textarea", "head", "audio", "video", "map", "dialog", "math", "link", "meta",
))
INLINE = frozenset((
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd", "label", "mark",
    "nobr", "q", "rb", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u",
    "var", "wbr", "amp-img", "img", "o:p",
))
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
CELLS = frozenset(("td", "th", "dt", "dd"))
CAPTION_LABEL = re.compile(
    r"caption|cutline|fig_?-?cap|(?<![a-z])cap(?![a-z])|articlePhoto|txt_photo|"
    r"(?:img|image|photo|pic)_?-?(?:desc|txt|text|org|info|cap|explain|comment|title)", re.I)
# an element named after a picture that holds one: its few words are the picture's
PICTURE_LABEL = re.compile(
    r"(?<![a-z])(?:img|image|photo|pic|picture|thumb)s?(?:_?-?(?:box|wrap|area|frame|center|cont))?(?![a-z])", re.I)
BOXED_MAX = 160  # letters of such words; chosen by hand
CAPTION_LETTERS_MAX = 700  # chosen by hand: the longest captions of the corpus have 250
STYLED, TOLD = 40, re.compile(r"다\.[\"”’)]*$")  # such sentences in a heading's tag are styled so, or its end is missing
LINES_MAX = 5_000  # a longer page is read up to there and flagged as cut; the longest real page of the corpus has 731
HIDDEN = "(hidden)"  # the label under which hidden parts are asked about
HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)


def label_of(element: Element) -> str:
    """`div#main.article.body`: what rules look at."""
    name, classes = element.get("id"), element.get("class")
    words = [w for w in classes.split() if ":" not in w and "[" not in w] if classes else []  # print:hidden is styling, no name
    return str(element.tag) + (f"#{name}" if name else "") + "".join(f".{w}" for w in words)


@lru_cache(maxsize=20_000)
def is_captions_label(label: str) -> bool:
    return CAPTION_LABEL.search(label) is not None


@lru_cache(maxsize=20_000)
def is_picture_label(label: str) -> bool:
    return PICTURE_LABEL.search(label) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """A block-level element that the walk is in."""

    element: Element
    label: str
    start: int  # index of its first block; -1: left out
    is_caption: bool = False


class _Walker:
    """One pass over a tree."""

    def __init__(self, is_left_out: Callable[[Element, str], bool]) -> None:
        self.is_left_out = is_left_out
        self.blocks: list[Block] = []
        self.spans: list[Span] = []
        self.images: list[Image] = []
        self.left_out: list[str] = []
        self.line: list[str] = []
        self.open: list[_Open] = []  # block-level elements around here
        self.linked = self.breaks = self.links = self.captions = 0
        self.broken: Element | None = None  # the element of the last <br>
        self.pictured: Element | None = None  # the block-level element of the last image
        self.image_at = -1  # how many blocks stood before the last image

    def walk(self, root: Element) -> Walk:
        steps = etree.iterwalk(root, events=("start", "end", "comment"))
        is_cut = False
        for event, element in steps:
            if is_cut := len(self.blocks) >= LINES_MAX:
                break
            if event == "comment":
                self._read(element.tail)
            elif event == "end":
                self._end(element, is_root=element is root)
            elif element is not root and self._is_skipped(element):
                steps.skip_subtree()
                self.open.append(_Open(element=element, label="", start=-1))
            else:
                self._start(element)
        if is_cut:
            self._close()
        return Walk(
            blocks=tuple(self.blocks), spans=tuple(self.spans), images=tuple(self.images), left_out=tuple(self.left_out),
            is_cut=is_cut)

    def _is_skipped(self, element: Element) -> bool:
        tag = element.tag
        if tag in SKIPPED:
            return True
        if element.get("hidden") is not None and self.is_left_out(element, HIDDEN):
            return True
        style = element.get("style")
        if style and "n" in style and HIDDEN_STYLE.search(style) and self.is_left_out(element, HIDDEN):
            self.left_out.append(f"{label_of(element)} (hidden)")
            return True
        if element.get("id") is None and element.get("class") is None and tag not in ("header", "form"):
            return False
        label = label_of(element)
        if self.is_left_out(element, label):
            self.left_out.append(label)
            return True
        return False

    def _start(self, element: Element) -> None:
        tag = str(element.tag)
        if tag == "br":
            self._flush()
            self.breaks += 1
            self.broken = element.getparent()
        elif tag in ("img", "amp-img"):
            self._image(element)
        elif tag == "a":
            self.links += 1
        elif tag not in INLINE:
            self._flush()
            self.breaks = 0
            label = label_of(element)
            is_caption = self._is_caption(element, label)
            self.captions += is_caption
            self.open.append(_Open(element=element, label=label, start=len(self.blocks), is_caption=is_caption))
        elif (name := element.get("class")) and is_captions_label(name):
            self._flush()
            self.captions += 1
        self._read(element.text)

    def _end(self, element: Element, *, is_root: bool) -> None:
        tag = str(element.tag)
        if self.open and self.open[-1].element is element:
            closed = self.open[-1]
            if closed.start >= 0:
                self._flush()  # while it is open: the line is of its kind
            self.open.pop()
            if closed.start >= 0:
                self.captions -= closed.is_caption
                self.breaks = 0
                if len(self.blocks) == closed.start + 1 and self.pictured is element:
                    self.blocks[-1] = replace(self.blocks[-1], is_boxed=True)
                if len(self.blocks) > closed.start:
                    self.spans.append(Span(element=element, label=closed.label, start=closed.start, end=len(self.blocks)))
        elif tag == "a":
            self.links -= 1
        elif tag in INLINE and (name := element.get("class")) and is_captions_label(name):
            self._flush()
            self.captions -= 1
        elif tag in ("strong", "b") and self.broken is element:
            self._flush()  # bold lines parted by <br> are a subtitle, not the start of the sentence behind them
        if not is_root:
            self._read(element.tail)

    def _close(self) -> None:
        """Ends what is open where the walk broke off."""
        for each in reversed(self.open):
            if 0 <= each.start < len(self.blocks):
                self.spans.append(Span(element=each.element, label=each.label, start=each.start, end=len(self.blocks)))

    @staticmethod
    def _is_caption(element: Element, label: str) -> bool:
        if element.tag in ("body", "article", "section", "main"):
            return False
        if element.tag == "div" and is_picture_label(label) and next(element.iter("img"), None) is not None:
            return len(" ".join("".join(element.itertext()).split())) <= BOXED_MAX
        if not (element.tag == "figcaption" or is_captions_label(label)):
            return False
        return len("".join(element.itertext())) <= CAPTION_LETTERS_MAX  # a whole text may stand in an element named photo_text

    def _read(self, text: str | None) -> None:
        if text:
            self.line.append(text)
            if self.links > 0:
                self.linked += len(text.strip())

    def _flush(self) -> None:
        text = clean_line(_once("".join(self.line))) if self.line else ""
        if text:
            label = self.open[-1].label if self.open else ""
            linked = min(self.linked, len(text))
            kind = self._kind()
            if kind is Kind.HEADING and len(text) >= STYLED and TOLD.search(text):
                kind = Kind.TEXT
            if kind is Kind.CAPTION and self.images and self.image_at == len(self.blocks):
                self.images[-1] = Image(url=self.images[-1].url, caption=text[:500])
            is_pictured = self.image_at == len(self.blocks)
            self.blocks.append(
                Block(text=text, kind=kind, linked=linked, breaks=self.breaks, label=label, is_pictured=is_pictured))
            self.breaks = 0
        self.line.clear()
        self.linked = 0

    def _kind(self) -> Kind:
        if self.captions > 0:
            return Kind.CAPTION
        for each in reversed(self.open[-3:]):
            if each.element.tag in HEADINGS:
                return Kind.HEADING
            if each.element.tag == "li":
                return Kind.ITEM
            if each.element.tag in CELLS:
                return Kind.CELL
        return Kind.TEXT

    def _image(self, element: Element) -> None:
        source = next((v for k in ("data-src", "data-original", "data-lazy-src", "src") if (v := element.get(k))), "")
        if source and not source.startswith("data:"):
            self.images.append(Image(url=source.strip()[:2083], caption=clean_line(element.get("alt") or "", limit=500)))
            self.image_at = len(self.blocks)
            self.pictured = self.open[-1].element if self.open else None


def _once(text: str) -> str:
    """Some editors escape their text twice: `&amp;quot;`."""
    return unescaped(text) if "&" in text else text


def walk(root: Element, is_left_out: Callable[[Element, str], bool] = lambda _element, label: label == HIDDEN) -> Walk:
    """The blocks under `root`. `is_left_out(element, label)` says which subtrees a reader would not call part of the text."""
    return _Walker(is_left_out).walk(root)
