"""Blocks added to the user's sources file: written whole or not at all, and read back before they count."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from crawler.sources.catalogue import sources_in
from crawler.sources.source import Way
from pipelines.disk import write_whole
from pipelines.errors import UserError
from pipelines.tomlfile import TomlFile

HEAD = "# Your own sources. A block with a shipped name changes only the keys that it gives. Keys: docs/sources.md\n"
KEYS = {Way.FEED: "feeds", Way.SITEMAP: "sitemaps", Way.LIST: "lists", Way.NEXT_DATA: "next_data"}


def name_for(url: str, taken: Sequence[str]) -> str:
    """A free name from the host: https://www.mediatoday.co.kr → mediatoday."""
    host = (urlsplit(url).hostname or "source").removeprefix("www.").removeprefix("m.").removeprefix("rss.")
    base = re.sub(r"[^a-z0-9]+", "_", host.split(".")[0].lower()).strip("_") or "source"
    return next(name for i in range(1, len(taken) + 2) if (name := base if i == 1 else f"{base}_{i}") not in taken)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One source as it will stand in the file."""

    name: str
    title: str
    hosts: tuple[str, ...] = ()
    addresses: tuple[tuple[Way, str], ...] = ()
    family: str = ""

    @property
    def toml(self) -> str:
        lines = ["[[source]]", f"name = {quoted(self.name)}", f"title = {quoted(self.title)}"]
        if self.hosts:
            lines.append(f"hosts = {listed(self.hosts)}")
        for way, key in KEYS.items():
            if urls := [url for each, url in self.addresses if each is way]:
                lines.append(f"{key} = {listed(urls)}")
        if self.family:
            lines.append(f"family = {quoted(self.family)}")
        return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # JSON's strings are TOML's basic strings


def listed(texts: Iterable[str]) -> str:
    return f"[{', '.join(quoted(text) for text in texts)}]"


def begin(path: Path) -> None:
    """An empty sources file. Raises UserError."""
    try:
        path.write_text(HEAD, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}.") from error


def append(path: Path, blocks: Sequence[Block]) -> None:
    """Add the blocks to the file, which is made when there is none. Raises UserError, and then nothing has changed."""
    try:
        before = path.read_text(encoding="utf-8-sig") if path.exists() else HEAD
        after = before.rstrip("\n") + "\n\n" + "\n".join(block.toml for block in blocks)
        sources_in(TomlFile(after, path))
        write_whole(path, after.encode(), rights=0o644)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}. Nothing was added.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 text; save it as UTF-8. Nothing was added.") from error
