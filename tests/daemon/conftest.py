from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.daemon.beside import Maker, ready


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Maker]:
    """Makes daemons as `ready` does, and closes their databases in the end."""
    with ExitStack() as daemons:
        yield lambda *given: daemons.enter_context(ready(tmp_path, *given))
