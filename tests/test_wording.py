"""Texts are filled in, and say one of one and many of many."""

from __future__ import annotations

from importlib.resources import files
from string import Formatter

import pipelines.wording
from pipelines.wording import FILL, texts

ROOMS = sorted(path.name.removesuffix(".toml") for path in files(pipelines.wording).iterdir() if path.name.endswith(".toml"))
TEXTS = [(room, name) for room in ROOMS for name in texts(room)]


def test_every_choice_by_number_names_two_forms() -> None:
    choices = [spec for room, name in TEXTS for text in texts(room)[name].values()
               for _, _, spec, _ in Formatter().parse(text) if spec and "|" in spec]
    assert len(choices) > 20
    assert [spec for spec in choices if spec.count("|") != 1] == []


def test_the_first_form_is_for_one() -> None:
    told = [FILL.vformat("{n} {n:story|stories} {x:.1f}", (), {"n": n, "x": 0.25}) for n in (0, 1, 2)]
    assert told == ["0 stories 0.2", "1 story 0.2", "2 stories 0.2"]
