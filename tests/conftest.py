"""What every test may rely on. Sockets other than loopback are blocked (pytest-socket, see pyproject.toml)."""

from __future__ import annotations

from pathlib import Path

import pytest

SEEDS = Path(__file__).parent.parent / "seeds"
CORPUS = Path(__file__).parent.parent.parent / "shared" / "corpus"


@pytest.fixture
def corpus() -> Path:
    if not CORPUS.exists():
        pytest.skip("the labelled corpus is not beside this clone")
    return CORPUS
