"""The shipped sources with the user's laid over them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace

from crawler.config import Config
from crawler.sources.source import Source
from pipelines.errors import FileProblem, UserError
from pipelines.press import press_of_name
from pipelines.rhythm import Rhythm
from pipelines.tomlfile import TomlFile, read_toml, shipped_toml, suggestion
from pipelines.urls import Rules, registrable_domain, shipped_rules


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    source: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All sources by name, in the file's order, and what their addresses mean."""

    by_name: Mapping[str, Source]
    rules: Rules

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(self.by_name.values())

    @property
    def enabled(self) -> tuple[Source, ...]:
        return tuple(source for source in self.sources if source.enabled)

    @property
    def rhythms(self) -> tuple[Rhythm, ...]:
        """What the daemon crawls, and how often."""
        return tuple(source.rhythm for source in self.enabled)

    def source(self, typed: str) -> Source:
        """The source that the user means. Raises UserError for an unknown one."""
        return _meant(self.by_name, typed)

    def find(self, typed: str) -> Source | None:
        """The same; None for an unknown one."""
        return _find(self.by_name, typed)

    def source_of_host(self, host: str) -> Source | None:
        """The source that publishes on `host`, else one that does on the same registrable domain."""
        exact = next((s for s in self.sources if host in s.all_hosts), None)
        domain = registrable_domain(host)
        return exact or next((s for s in self.sources if domain in {registrable_domain(h) for h in s.all_hosts}), None)


def load_catalogue(config: Config) -> Catalogue:
    """Raises FileProblem when the user's file is at fault, naming line and key."""
    shipped = shipped_file()
    known = sources_in(shipped) if config.sosik.shipped_sources else {}
    if config.sosik.sources_file:
        own = read_toml(config.beside(config.sosik.sources_file))
        _lay_over(own, _blocks(shipped))
        known = {**known, **sources_in(own)}
    try:
        return _catalogue(_chosen(known, config.sosik.sources))
    except UserError as error:
        raise FileProblem(str(error), file=config.path or "sosik.toml", key="sosik.sources") from error


def _find(by_name: Mapping[str, Source], typed: str) -> Source | None:
    """By its name, or by its publisher's, in any known spelling. Raises UserError when several are called so."""
    if typed in by_name:
        return by_name[typed]
    called = unicodedata.normalize("NFC", typed).strip()
    press = press_of_name(called)
    found = [source for source in by_name.values() if source.press_name in (called, press.name if press else called)]
    if len(found) > 1:
        names = ", ".join(source.name for source in found)
        raise UserError(f"{called}: several sources are called so: {names}. Name one of them")
    return found[0] if found else None


def _meant(by_name: Mapping[str, Source], typed: str) -> Source:
    """The same. Raises UserError for an unknown one."""
    if found := _find(by_name, typed):
        return found
    known = [*by_name, *(source.press_name for source in by_name.values())]
    raise UserError(f"{typed}: no such source{suggestion(typed, known)} (see: sosik sources list)")


def _chosen(by_name: Mapping[str, Source], typed: tuple[str, ...]) -> Mapping[str, Source]:
    """With names, all other sources are switched off. Raises UserError for an unknown name."""
    names = {_meant(by_name, each).name for each in typed}
    return {n: replace(s, enabled=s.enabled and n in names) for n, s in by_name.items()} if names else by_name


def shipped_file() -> TomlFile:
    return shipped_toml("crawler.sources", "korean.toml")


def _catalogue(by_name: Mapping[str, Source]) -> Catalogue:
    return Catalogue(by_name, shipped_rules().plus(s.identity for s in by_name.values() if s.identity))


def _blocks(file: TomlFile) -> dict[str, dict[str, object]]:
    """name → keys as written."""
    blocks = file.values.get("source")
    return {str(b.get("name")): b for b in blocks if isinstance(b, dict)} if isinstance(blocks, list) else {}


def _lay_over(own: TomlFile, shipped: Mapping[str, dict[str, object]]) -> None:
    """A user's block with a shipped name keeps the shipped keys that it does not give; switching on drops the reason for off."""
    for name, block in _blocks(own).items():
        under = dict(shipped.get(name, {}))
        if block.get("enabled") is True:
            under.pop("why_off", None)
        for key, value in under.items():
            block.setdefault(key, value)


def sources_in(file: TomlFile) -> dict[str, Source]:
    """The file's sources by name, each checked as a whole. Raises FileProblem."""
    by_name: dict[str, Source] = {}
    for number, source in enumerate(file.record(_File).source):
        if source.name in by_name:
            raise file.problem(f'the name "{source.name}" is given twice', ("source", number, "name"))
        if fault := source.fault():
            raise file.problem(f'"{source.name}" {fault}', ("source", number))
        by_name[source.name] = source
    return by_name
