"""What analysts read, in Korean and English: one TOML file per room, each key with `ko` and `en`.

    from pipelines.wording import Wording
    say = Wording("ko")
    say("stories.none")                      # stories.toml, [none]
    say("demo.found", count=3)               # {count} is filled in; {count:story|stories} chooses by number
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Literal

Language = Literal["ko", "en"]


class _Filler(Formatter):
    """str.format, and `{count:one|many}`: the first for 1, else the second."""

    def format_field(self, value: object, format_spec: str) -> str:
        if "|" not in format_spec:
            return format(value, format_spec)
        one, many = format_spec.split("|")
        return one if value == 1 else many


FILL = _Filler()


class Wording:
    """The texts of one language."""

    def __init__(self, language: Language = "ko") -> None:
        self.language = language

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of `room.name` with its values filled in. An unknown key is a defect and raises KeyError."""
        room, name = key.split(".", 1)
        return FILL.vformat(texts(room)[name][self.language], (), values)


@cache
def texts(room: str) -> dict[str, dict[str, str]]:
    """name → language → text."""
    found: dict[str, dict[str, str]] = tomllib.loads(files(__name__).joinpath(f"{room}.toml").read_text(encoding="utf-8"))
    return found
