"""What analysts read, in Korean and English: one TOML file per room, each key with `ko` and `en`, and `en_one` where English
says it otherwise of one: it is for `count` = 1.

    from pipelines.wording import Wording
    say = Wording("ko")
    say("stories.none")                      # stories.toml, [none]
    say("demo.found", count=3)               # {count} is filled in
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

Language = Literal["ko", "en"]


class Wording:
    """The texts of one language."""

    def __init__(self, language: Language = "ko") -> None:
        self.language = language

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of `room.name` with its values filled in. An unknown key is a defect and raises KeyError."""
        room, name = key.split(".", 1)
        forms = texts(room)[name]
        is_one = values.get("count") == 1 and f"{self.language}_one" in forms
        return forms[f"{self.language}_one" if is_one else self.language].format(**values)


@cache
def texts(room: str) -> dict[str, dict[str, str]]:
    """name → language → text."""
    found: dict[str, dict[str, str]] = tomllib.loads(files(__name__).joinpath(f"{room}.toml").read_text(encoding="utf-8"))
    return found
