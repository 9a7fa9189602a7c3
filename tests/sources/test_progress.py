"""The progress line of a crawl."""

from __future__ import annotations

import pytest

from crawler.cli.progress import PLAIN_EVERY, Progress
from pipelines.outcome import Outcome
from pipelines.reading import Receipt
from pipelines.wording import Language, Wording

RECEIPT = Receipt(url="https://a.kr/1", source="a", outcome=Outcome.STORED, title="제목")


@pytest.mark.parametrize(("language", "line"), [
    ("ko", "100/400페이지 · 초당 2.0 · 2:30 남음"), ("en", "100/400 pages, 2.0/s, 2:30 left"),
])
def test_it_tells_rate_and_time_in_the_readers_language(language: Language, line: str) -> None:
    progress = Progress(Wording(language), lambda: 300)
    progress.started, progress.done = 0.0, 100
    assert progress.line(50.0) == line


def test_a_file_gets_plain_lines_and_not_many(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(Wording("en"), lambda: 0) as progress:
        for _ in range(2 * PLAIN_EVERY + 50):
            progress.count(RECEIPT)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in lines] == ["100/100", "200/200"]
