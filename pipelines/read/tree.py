"""A parsed page that can be asked by CSS selectors, cheaply.

Imports lxml. Families ask a page twenty times; an XPath over all its elements for each question took half of the reading time, so
plain selectors (names, ids, classes, attributes, descendants, children) are answered from an index of ids and classes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from lxml.cssselect import CSSSelector

from pipelines.read.parse import Element

_COMPOUND = re.compile(
    r"""(?P<tag>\*|[a-zA-Z][\w-]*)?(?P<rest>(?:[#.][\w-]+|\[[\w-]+(?:[*^$]?=(?:'[^']*'|"[^"]*"|[\w-]+))?\])*)""")
_PART = re.compile(
    r"""#(?P<id>[\w-]+)|\.(?P<class>[\w-]+)|\[(?P<name>[\w-]+)(?:(?P<how>[*^$]?)=(?P<value>'[^']*'|"[^"]*"|[\w-]+))?\]""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compound:
    """`div#a.b[c=d]`: what one element must be."""

    tag: str = ""
    ids: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str, str], ...] = ()  # name, how ("", "*", "^", "$", "?" for being there), value

    def fits(self, element: Element) -> bool:
        if self.tag and element.tag != self.tag:
            return False
        if self.ids and element.get("id") not in self.ids:
            return False
        if self.classes and not set(self.classes) <= set((element.get("class") or "").split()):
            return False
        return all(_has(element.get(name), how, value) for name, how, value in self.attributes)


def _has(stated: str | None, how: str, value: str) -> bool:
    if stated is None or how == "?":
        return stated is not None
    if how == "*":
        return value in stated
    return stated.startswith(value) if how == "^" else stated.endswith(value) if how == "$" else stated == value


@lru_cache(maxsize=2048)
def selector(css: str) -> CSSSelector:
    """Raises cssselect.SelectorError."""
    return CSSSelector(css, translator="html")


@lru_cache(maxsize=2048)
def plain(css: str) -> tuple[tuple[str, Compound], ...]:
    """The selector as (combinator before it, compound), the last first; () for what only XPath answers."""
    steps: list[tuple[str, Compound]] = []
    combinator = ""
    for word in css.replace(">", " > ").split():
        if word == ">":
            combinator = ">"
            continue
        match = _COMPOUND.fullmatch(word)
        if match is None:
            return ()
        parts = [*_PART.finditer(match["rest"])]
        steps.append((combinator or (" " if steps else ""), Compound(
            tag="" if match["tag"] in (None, "*") else match["tag"].lower(), ids=tuple(p["id"] for p in parts if p["id"]),
            classes=tuple(p["class"] for p in parts if p["class"]),
            attributes=tuple(_attribute(p) for p in parts if p["name"]))))
        combinator = ""
    return tuple(reversed(steps))


def _attribute(part: re.Match[str]) -> tuple[str, str, str]:
    return part["name"], part["how"] if part["value"] else "?", (part["value"] or "").strip("'\"")


@dataclass(slots=True, kw_only=True)
class Tree:
    """A page's elements. `source` is the text that they were parsed from."""

    root: Element
    source: str
    _classes: dict[str, list[Element]] = field(default_factory=dict)
    _ids: dict[str, list[Element]] = field(default_factory=dict)
    _itemprops: dict[str, list[Element]] = field(default_factory=dict)
    _is_indexed: bool = False

    @property
    def body(self) -> Element:
        return next(self.root.iter("body"), self.root)

    def select(self, css: Iterable[str], inside: Element | None = None) -> list[Element]:
        """What the first selector that matches anything finds, in the page's order."""
        return next((found for each in css if (found := self._found(each, inside))), [])

    def select_all(self, css: Iterable[str], inside: Element | None = None) -> list[Element]:
        return [element for each in css for element in self._found(each, inside)]

    def _found(self, css: str, inside: Element | None) -> list[Element]:
        steps = plain(css)
        if not steps:
            return selector(css)(self.root if inside is None else inside)
        found = [each for each in self._candidates(steps, inside) if steps[0][1].fits(each) and _stands(each, steps)]
        return [e for e in found if inside is None or e is inside or any(a is inside for a in e.iterancestors())]

    def _candidates(self, steps: tuple[tuple[str, Compound], ...], inside: Element | None) -> Iterable[Element]:
        """Elements among which the selector's last compound may be: those of the index, or what stands below them."""
        wanted = steps[0][1]
        if any(value and value not in self.source for _, step in steps for _, _, value in step.attributes):
            return ()
        if (named := self._indexed(wanted)) is not None:
            return named
        above = next((found for _, step in steps[1:] if (found := self._indexed(step)) is not None), None)
        if above is None:
            return (self.root if inside is None else inside).iter(wanted.tag or "*")
        return dict.fromkeys(each for anchor in above for each in anchor.iter(wanted.tag or "*"))

    def _indexed(self, wanted: Compound) -> list[Element] | None:
        """The elements with the compound's first name; None when it has no name."""
        itemprop = next((value for name, how, value in wanted.attributes if name == "itemprop" and not how), "")
        if not (wanted.ids or wanted.classes or itemprop):
            return None
        self._index()
        if wanted.ids:
            return self._ids.get(wanted.ids[0], [])
        return self._classes.get(wanted.classes[0], []) if wanted.classes else self._itemprops.get(itemprop, [])

    def _index(self) -> None:
        if self._is_indexed:
            return
        for element in self.root.iter("*"):
            if name := element.get("id"):
                self._ids.setdefault(name, []).append(element)
            if classes := element.get("class"):
                for each in classes.split():
                    self._classes.setdefault(each, []).append(element)
            if name := element.get("itemprop"):
                self._itemprops.setdefault(name, []).append(element)
        self._is_indexed = True


def _stands(element: Element, steps: tuple[tuple[str, Compound], ...]) -> bool:
    """Whether the element's ancestors are what the rest of the selector asks for."""
    if len(steps) == 1:
        return True
    combinator, rest = steps[0][0], steps[1:]
    for ancestor in element.iterancestors():
        if rest[0][1].fits(ancestor) and _stands(ancestor, rest):
            return True
        if combinator == ">":
            return False
    return False
