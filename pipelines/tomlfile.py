"""TOML files, the user's and ours, as typed records: what is unknown, of the wrong type or missing is refused with file and line.

Records are frozen dataclasses. Field types may be bool, int, float, str, Path, tuples of these, other records, tuples of
records, mappings of names to records, StrEnums, and `X | None`. A field's metadata may hold `check`: value → complaint or "".
"""

from __future__ import annotations

import dataclasses
import difflib
import re
import tomllib
import types
import typing
from collections.abc import Callable, Mapping
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from pipelines.errors import FileProblem, UserError

R = TypeVar("R")
Steps = tuple[str | int, ...]  # the way to a value: ("source", 3, "feeds")


def option(
    default: object = dataclasses.MISSING, *, doc: str = "", check: Callable[[typing.Any], str] | None = None
) -> typing.Any:
    """A field with its documentation, as shown in the example file, and a check of its value."""
    metadata = {"doc": doc, "check": check}
    if callable(default) and not isinstance(default, type):
        return dataclasses.field(default_factory=default, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def read_toml(path: Path) -> TomlFile:
    """The file at `path`. Raises FileProblem when it cannot be read or is no TOML."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileProblem(f"cannot be read: {error.strerror}", file=path) from error
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise FileProblem("is not UTF-8 text; save it as UTF-8", file=path, line=line) from error
    return TomlFile(text, path)


def shipped_toml(package: str, name: str) -> TomlFile:
    """A file that comes with sosik, in the folder of a package."""
    return TomlFile(files(package).joinpath(name).read_text(encoding="utf-8"), name)


class TomlFile:
    """A parsed file that remembers where its keys stand."""

    def __init__(self, text: str, path: Path | str) -> None:
        self.path = path
        self.text = text
        try:
            self.values: dict[str, object] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"at line (\d+)", str(error))
            raise FileProblem(f"is not valid TOML: {error}", file=path, line=int(found[1]) if found else 0) from error

    def record(self, kind: type[R], *, at: Steps = ()) -> R:
        """The table at `at` as a record. Raises FileProblem."""
        value: object = self.values
        for step in at:
            value = value.get(step, {}) if isinstance(value, dict) else value[step] if isinstance(value, list) else {}  # type: ignore[index]  # steps follow the file's own shape
        return typing.cast(R, self._build(kind, value, at))

    def problem(self, message: str, at: Steps) -> FileProblem:
        key = ".".join(str(step) for step in at if isinstance(step, str))
        return FileProblem(message, file=self.path, line=self.line_of(at), key=key)

    def line_of(self, at: Steps) -> int:
        """The line on which the last step that can be found stands; 0 when none can."""
        best, here, counts = (0, 0), (), {}  # type: tuple[int, int], Steps, dict[str, int]
        for number, line in enumerate(self.text.splitlines(), 1):
            header = re.match(r"\s*(\[\[?)\s*([^\]]+?)\s*\]", line)
            if header:
                here = ()
                for part in re.findall(r'"[^"]*"|[^.\s]+', header[2]):
                    here += (part.strip('"'),)
                    if header[1] == "[[" and ".".join(map(str, here)) == header[2]:
                        counts[header[2]] = counts.get(header[2], -1) + 1
                    if (name := ".".join(s for s in here if isinstance(s, str))) in counts:
                        here += (counts[name],)
                best = max(best, (_shared(here, at), -number)) if _shared(here, at) == len(here) else best
                continue
            key = re.match(r'\s*("[^"]+"|[\w-]+)\s*=', line)
            if key:
                full = (*here, key[1].strip('"'))
                if _shared(full, at) == len(full):
                    best = max(best, (len(full), -number))
        return -best[1]

    def _build(self, kind: object, value: object, at: Steps) -> object:
        origin, inner = typing.get_origin(kind), typing.get_args(kind)
        if origin in (types.UnionType, typing.Union):
            return None if value is None else self._build(next(k for k in inner if k is not type(None)), value, at)
        if dataclasses.is_dataclass(kind) and isinstance(kind, type):
            return self._fields(kind, value, at)
        if origin is tuple:
            if not isinstance(value, list):
                raise self.problem(f"must be a list, not {_named(value)}", at)
            return tuple(self._build(inner[0], each, (*at, i)) for i, each in enumerate(value))
        if origin in (dict, Mapping):
            if not isinstance(value, dict):
                raise self.problem(f"must be a table, not {_named(value)}", at)
            return {name: self._build(inner[1], each, (*at, name)) for name, each in value.items()}
        return self._scalar(kind, value, at)

    def _scalar(self, kind: object, value: object, at: Steps) -> object:
        if kind is object:
            return value
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            if value not in [*kind]:
                raise self.problem(f"must be one of {', '.join(kind)}, not {value!r}{suggestion(str(value), [*kind])}", at)
            return kind(str(value))
        if kind is Path and isinstance(value, str):
            try:
                return at_home(value)
            except UserError as error:
                raise self.problem(str(error), at) from error
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if not isinstance(kind, type) or not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.problem(f"must be {_WORDS.get(kind, str(kind))}, not {_named(value)}", at)
        return value

    def _fields(self, kind: type, value: object, at: Steps) -> object:
        if not isinstance(value, dict):
            raise self.problem(f"must be a table, not {_named(value)}", at)
        known = {f.name: f for f in dataclasses.fields(kind) if f.init}
        for key in value:
            if key not in known:
                raise self.problem(f"is not a known key{suggestion(key, list(known))}", (*at, key))
        hints = typing.get_type_hints(kind)
        built = {}
        for name, each in known.items():
            if name not in value:
                if each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING:
                    raise self.problem(f"is missing: give it {_WORDS.get(hints[name], 'a value')}", (*at, name))
                continue
            built[name] = self._build(hints[name], value[name], (*at, name))
            check = each.metadata.get("check")
            if check and (complaint := check(built[name])):
                raise self.problem(complaint, (*at, name))
        return kind(**built)


def at_home(name: str) -> Path:
    """The path that `name` names, `~` and `~user` followed. Raises UserError."""
    try:
        return Path(name).expanduser()
    except RuntimeError as error:
        raise UserError(f'"{name}" begins with a home folder that is not known here; write the whole path') from error


def suggestion(word: str, known: list[str]) -> str:
    """`; did you mean "interval"?`, or nothing when no known word is near."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f'; did you mean "{near[0]}"?' if near else ""


def _shared(one: Steps, other: Steps) -> int:
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _named(value: object) -> str:
    words = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "a table"}
    shown = f" ({value!r})" if isinstance(value, bool | int | float | str) else ""
    return f"{words.get(type(value), type(value).__name__)}{shown}"


_WORDS: dict[object, str] = {
    bool: "true or false", int: "a whole number", float: "a number", str: "text in quotes", Path: "a path in quotes",
}


def mtime(path: Path) -> float:
    """When the file was last changed, in seconds since 1970; 0 while there is none."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
