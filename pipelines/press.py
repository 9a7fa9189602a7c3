"""Who publishes Korean news: names and hosts, as data (press.toml)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pipelines.tomlfile import shipped_toml


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    id: str
    name: str  # as Koreans call it: 연합뉴스
    kind: str
    hosts: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()  # other spellings found in bylines and footers
    mails: tuple[str, ...] = ()  # domains of reporters' addresses

    @property
    def is_carrier(self) -> bool:
        """Carries other people's articles: a portal or a board."""
        return self.kind in ("portal", "board")


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    press: tuple[Press, ...]


@cache
def presses() -> tuple[Press, ...]:
    """All that we know, in the file's order."""
    return shipped_toml("pipelines", "press.toml").record(_File).press


@cache
def _by_host() -> dict[str, Press]:
    bare = {host.removeprefix("www."): press for press in presses() for host in press.hosts}
    return bare | {host: press for press in presses() for host in press.hosts}


@cache
def _by_name() -> dict[str, Press]:
    return {name: press for press in presses() for name in (press.name, *press.aliases)}


def press_of_host(host: str) -> Press | None:
    """The press that publishes on `host` or on a parent of it."""
    labels = host.lower().rstrip(".").split(".")
    return next((found for i in range(len(labels) - 1) if (found := _by_host().get(".".join(labels[i:])))), None)


def press_of_name(name: str) -> Press | None:
    return _by_name().get(name.strip())


def is_witness(press: str, origin: str) -> bool:
    """Whether an article on this press, first written by `origin` ("": by itself), is evidence of a story and not its source: a
    portal's, a board's, or a copy of another outlet's."""
    known = press_of_name(press)
    return bool(known and known.is_carrier) or origin not in ("", press)


def press_of_mail(address: str) -> Press | None:
    """The press whose reporters write from the address' domain."""
    domain = address.rpartition("@")[2].lower()
    return next((press for press in presses() if domain in press.mails), None) or press_of_host(f"www.{domain}")
