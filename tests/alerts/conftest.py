from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.alerts.desk import NewsDesk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[NewsDesk]:
    made = NewsDesk(tmp_path)
    yield made
    made.store.close()
