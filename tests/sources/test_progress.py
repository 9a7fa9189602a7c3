"""The progress line of a crawl."""

from __future__ import annotations

import pytest

from crawler.cli.progress import PLAIN_EVERY, Progress
from pipelines.outcome import Outcome
from pipelines.reading import Receipt

RECEIPT = Receipt(url="https://a.kr/1", source="a", outcome=Outcome.STORED, title="제목")


def test_with_what_is_left_it_tells_rate_and_time() -> None:
    progress = Progress(lambda: 300)
    progress.started, progress.done = 0.0, 100
    assert progress.line(50.0) == "100/400 pages, 2.0/s, 2:30 left"


def test_without_it_counts() -> None:
    progress = Progress()
    progress.started, progress.done = 0.0, 100
    assert progress.line(50.0) == "100 pages, 2.0/s"


def test_a_file_gets_plain_lines_and_not_many(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(lambda: 0) as progress:
        for _ in range(2 * PLAIN_EVERY + 50):
            progress.count(RECEIPT)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in lines] == ["100/100", "200/200"]
