from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.alerts.desk import NewsDesk
from tests.alerts.office import Office
from tests.mailroom import Mailroom


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[NewsDesk]:
    made = NewsDesk(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def room() -> Iterator[Mailroom]:
    with Mailroom() as made:
        yield made


@pytest.fixture
def office(desk: NewsDesk, room: Mailroom) -> Office:
    return Office(desk, room, readers=("reader@example.org",))
