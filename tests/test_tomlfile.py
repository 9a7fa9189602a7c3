"""Typed TOML: every mistake is named with its file, line and key."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipelines.errors import FileProblem
from pipelines.tomlfile import TomlFile, option, read_toml


@dataclass(frozen=True, kw_only=True)
class Feed:
    url: str
    weight: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Outlet:
    name: str
    feeds: tuple[Feed, ...] = ()
    limits: dict[str, int] = field(default_factory=dict)
    every: int = option(5, check=lambda v: "" if v > 0 else "must be greater than 0")
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    outlet: tuple[Outlet, ...] = ()


GOOD = """
[[outlet]]
name = "가"
feeds = [{url = "a"}, {url = "b", weight = 2}]

[[outlet]]
name = "나"
every = 9
limits = {day = 3}
note = "메모"
"""


def test_a_good_file_becomes_records() -> None:
    built = TomlFile(GOOD, "x.toml").record(Catalogue)
    assert [o.name for o in built.outlet] == ["가", "나"]
    assert built.outlet[0].feeds == (Feed(url="a"), Feed(url="b", weight=2.0))
    assert (built.outlet[1].every, built.outlet[1].limits, built.outlet[1].note) == (9, {"day": 3}, "메모")


@pytest.mark.parametrize(
    ("wrong", "right", "line", "words"),
    [
        ("every = 9", "evry = 9", 8, 'is not a known key; did you mean "every"?'),
        ("every = 9", 'every = "9"', 8, "must be a whole number, not text ('9')"),
        ("every = 9", "every = true", 8, "must be a whole number"),
        ("every = 9", "every = 0", 8, "must be greater than 0"),
        ('name = "나"', "", 6, "is missing"),
        ("limits = {day = 3}", "limits = {day = 'x'}", 9, "must be a whole number"),
        ('feeds = [{url = "a"}', "feeds = [{link = 'a'}", 4, "is not a known key"),
        ('feeds = [{url = "a"}, {url = "b", weight = 2}]', "feeds = 3", 4, "must be a list"),
    ],
)
def test_a_mistake_is_named_with_its_line(wrong: str, right: str, line: int, words: str) -> None:
    with pytest.raises(FileProblem) as caught:
        TomlFile(GOOD.replace(wrong, right, 1), "x.toml").record(Catalogue)
    assert words in str(caught.value)
    assert caught.value.line == line


def test_broken_toml_names_its_line() -> None:
    with pytest.raises(FileProblem) as caught:
        TomlFile("a = 1\nb = = 2\n", "x.toml")
    assert caught.value.line == 2


def test_a_file_that_is_not_utf8_names_the_line_of_the_first_bad_byte(tmp_path: Path) -> None:
    path = tmp_path / "old.toml"
    path.write_bytes("a = 1\nb = '소식'\n".encode("cp949"))
    with pytest.raises(FileProblem, match="UTF-8") as caught:
        read_toml(path)
    assert caught.value.line == 2


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="cannot be read"):
        read_toml(tmp_path / "none.toml")
