"""What every test may rely on. Sockets other than loopback are blocked (pytest-socket, see pyproject.toml)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("sosik", deadline=None)  # how long an example takes tells how busy the machine is
settings.load_profile("sosik")

SEEDS = Path(__file__).parent.parent / "seeds"
CORPUS = Path(__file__).parent.parent.parent / "shared" / "corpus"


@pytest.fixture
def corpus() -> Path:
    if not CORPUS.exists():
        pytest.skip("the labelled corpus is not beside this clone")
    return CORPUS
