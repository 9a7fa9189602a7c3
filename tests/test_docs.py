"""README, docs, --help, settings and wording say the same."""

from __future__ import annotations

import re
import shlex
import string
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest

import pipelines.wording
from crawler.cli.main import COMMANDS, sosik
from crawler.config import Config

ROOT = Path(__file__).parent.parent
DOCS = [ROOT / "README.md", ROOT / "README.ko.md", *sorted((ROOT / "docs").glob("*.md"))]
WORDINGS = sorted(Path(pipelines.wording.__path__[0]).glob("*.toml"))
MONTHS = {"month", "month_name"}  # English writes a month by its name, Korean by its number
RUN = click.Context(sosik)


def values_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def commands_in(text: str) -> Iterator[list[str]]:
    """Every `sosik …` that a reader could type: in code blocks and in backquotes, without what follows a # or a pipe."""
    for block in re.findall(r"```[a-z]*\n(.*?)```", text, flags=re.S):
        for line in block.splitlines():
            found = re.match(r"(?:\$ )?(?:\S*/)?sosik (?=[a-z-])(.+)", line.strip())
            if found:
                yield words(found[1])
    for found in re.finditer(r"`(?:\S*/)?sosik ([a-z-][^`]*)`", re.sub(r"```.*?```", "", text, flags=re.S)):
        yield words(found[1])


def words(line: str) -> list[str]:
    line = re.split(r"\s+#|\s\||\s>|\s<|;|…", line)[0]
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


def command_of(typed: list[str]) -> tuple[click.Command, list[str]]:
    """The command and what is left of the line. Raises AssertionError for one that does not exist."""
    here: click.Command = sosik
    rest = list(typed)
    while rest and rest[0].startswith("--"):  # options of sosik itself, each with a value
        rest = rest[2:]
    while isinstance(here, click.Group) and rest:
        name = rest.pop(0)
        found = here.get_command(RUN, name)
        assert found is not None, f"there is no command: sosik {' '.join(typed)}"
        here = found
    return here, rest


@pytest.mark.parametrize("document", DOCS, ids=lambda p: p.name)
def test_every_command_in_the_documents_exists_with_its_options(document: Path) -> None:
    for typed in commands_in(document.read_text(encoding="utf-8")):
        command, rest = command_of(typed)
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
        unknown = [word.split("=")[0] for word in rest if word.startswith("--") and word.split("=")[0] not in known]
        assert not unknown, f"{document.name}: sosik {' '.join(typed)}: no option {', '.join(unknown)}"


def test_every_command_is_in_the_readme() -> None:
    for document in DOCS[:2]:
        named = {typed[0] for typed in commands_in(document.read_text(encoding="utf-8")) if typed}
        assert set(COMMANDS) - named == set(), f"{document.name} does not show them"


def test_every_command_tells_what_it_does() -> None:
    for name in COMMANDS:
        command = sosik.get_command(RUN, name)
        assert command is not None
        assert command.help, name
        assert command.get_short_help_str(limit=200), name


def test_every_section_of_the_settings_is_in_the_readme() -> None:
    for document in DOCS[:2]:
        text = document.read_text(encoding="utf-8")
        shown = set(re.findall(r"`\[\[?(\w+)\]\]?`", text))
        assert shown == {f.name for f in fields(Config) if f.init}, document.name


@pytest.mark.checkout
@pytest.mark.parametrize("document", DOCS, ids=lambda p: p.name)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", document.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("mailto:"):
            assert (document.parent / target).exists(), target


@pytest.mark.parametrize("wording", WORDINGS, ids=lambda p: p.stem)
def test_each_text_stands_in_both_languages_with_the_same_values(wording: Path) -> None:
    for name, texts in tomllib.loads(wording.read_text(encoding="utf-8")).items():
        assert {"ko", "en"} <= set(texts) <= {"ko", "en", "en_one"}, name
        assert values_of(texts["ko"]) - MONTHS == values_of(texts["en"]) - MONTHS, name
        assert values_of(texts.get("en_one", "")) <= values_of(texts["en"]), name
        assert "count" in values_of(texts["en"]) or "en_one" not in texts, name


def test_pinned_versions_name_no_registry() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert all(re.match(r"[\w.-]+==[\w.+!-]+( ;.*)?$", line) for line in text.splitlines()), "one pinned version a line"
