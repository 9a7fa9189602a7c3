"""Site and CMS structures as data: which family a page is of, and where its parts stand.

Imports lxml's selectors. A redesign adds a version; versions are tried newest first, the first whose container is there counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from cssselect import SelectorError

from pipelines.read.address import host_of
from pipelines.read.tree import selector
from pipelines.tomlfile import option, read_toml, shipped_toml

STRUCTURES = "pipelines.read.structures"


def _selectors(values: tuple[str, ...]) -> str:
    for value in values:
        try:
            selector(value)
        except SelectorError as error:
            return f"{value!r} is not a CSS selector: {error}"
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One generation of a family's pages. Lists are CSS selectors, the best first."""

    recorded: str  # when pages of this structure were seen, as YYYY or YYYY-MM
    body: tuple[str, ...] = option((), check=_selectors)  # the container of the text
    remove: tuple[str, ...] = option((), check=_selectors)  # inside the container, and never text
    captions: tuple[str, ...] = option((), check=_selectors)
    title: tuple[str, ...] = option((), check=_selectors)
    subtitle: tuple[str, ...] = option((), check=_selectors)
    byline: tuple[str, ...] = option((), check=_selectors)
    poster: tuple[str, ...] = option((), check=_selectors)
    published: tuple[str, ...] = option((), check=_selectors)
    modified: tuple[str, ...] = option((), check=_selectors)
    press: tuple[str, ...] = option((), check=_selectors)
    section: tuple[str, ...] = option((), check=_selectors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    name: str
    hosts: tuple[str, ...] = ()  # and their subdomains
    marks: tuple[str, ...] = ()  # texts in the source that give the family away on any host
    list_marks: tuple[str, ...] = ()  # texts in the source of its list pages only
    is_carrier: bool = False  # its pages carry other people's articles
    is_board: bool = False  # whoever posted is not the author
    version: tuple[Version, ...] = ()  # newest first


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    family: tuple[Family, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Families:
    """All known families: the user's own come first."""

    families: tuple[Family, ...]

    def by_host(self, url: str) -> tuple[Family, ...]:
        """The families of an address, the one with the nearest host first."""
        host = host_of(url).removeprefix("www.")
        found = [(len(h), f) for f in self.families for h in f.hosts if host == h or host.endswith("." + h)]
        return tuple({f.name: f for _, f in sorted(found, key=lambda pair: -pair[0])}.values())

    def by_mark(self, source: str) -> tuple[Family, ...]:
        """The families whose structure a page's source shows, on whatever host."""
        return tuple(f for f in self.families if any(mark in source for mark in f.marks))

    def is_list(self, source: str) -> bool:
        """Whether the source shows the structure of a family's list pages."""
        return any(mark in source for f in self.families for mark in f.list_marks)


@cache
def shipped() -> Families:
    """The families that come with sosik."""
    names = sorted(each.name for each in files(STRUCTURES).iterdir() if each.name.endswith(".toml"))
    return Families(families=tuple(f for name in names for f in shipped_toml(STRUCTURES, name).record(_File).family))


@lru_cache(maxsize=8)
def load_families(path: Path | None = None) -> Families:
    """The shipped families, with those of the user's file before them. Raises FileProblem."""
    if path is None:
        return shipped()
    own = read_toml(path).record(_File).family
    names = {f.name for f in own}
    return Families(families=(*own, *(f for f in shipped().families if f.name not in names)))
