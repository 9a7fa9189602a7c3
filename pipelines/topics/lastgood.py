"""Topics that go on working while their files are being edited: the last good version of each is kept beside the database.

A daemon that reads its topics anew for each batch must not stop watching because of a typing mistake.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pipelines.errors import FileProblem
from pipelines.tomlfile import TomlFile
from pipelines.topics.compile import Topics, compile_topics, find_topic


def load_or_last_good(names: Sequence[str], folder: Path, kept: Path) -> tuple[Topics, tuple[FileProblem, ...]]:
    """The topics, and the problems of those whose last good version had to be used.

    `kept` is the folder of the good versions; it is made when there is something to keep. Raises FileProblem when a topic is
    wrong and no good version of it is known.
    """
    good: list[TomlFile] = []
    problems: list[FileProblem] = []
    for name in names:
        copy = kept / f"{Path(name).stem}.toml"
        try:
            file = find_topic(name, folder)
            compile_topics([file])
        except FileProblem as problem:
            if not copy.exists():
                raise
            problems.append(problem)
            file = TomlFile(copy.read_text(encoding="utf-8"), copy)
        else:
            _keep(file.text, copy)
            if (sets := (folder / name).parent / "sets.toml").exists():  # the copy must find its @sets too
                _keep(sets.read_text(encoding="utf-8"), kept / "sets.toml")
        good.append(file)
    return compile_topics(good), tuple(problems)


def _keep(text: str, copy: Path) -> None:
    """Written beside and moved into place: a killed process leaves the old copy whole."""
    if copy.exists() and copy.read_text(encoding="utf-8") == text:
        return
    copy.parent.mkdir(parents=True, exist_ok=True)
    draft = copy.with_suffix(f".{os.getpid()}.new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(copy)
