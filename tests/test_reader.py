"""Reading in worker processes: what a page cannot do to us, and what happens to a worker cannot do to a page."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from pipelines.article import Hint, Page, Refusal, RefusalReason
from pipelines.errors import FileProblem
from pipelines.reader import Reader, ReaderLimits, load_rules
from pipelines.reading import Understood

TEXT = "중국 스타트업 딥시크가 새 인공지능 모델을 3일 공개했다. 회사는 추론 성능이 이전보다 두 배로 늘었다고 밝혔다."
MORE = "업계는 이 회사가 반도체 수출 통제 속에서도 값싼 칩으로 성능을 끌어올린 방식에 주목하고 있다. 논문은 다음 달 나온다."
ARTICLE = f"""<!doctype html><html lang="ko"><head><meta charset="utf-8"><title>딥시크, 새 AI 모델 공개</title>
<meta property="og:type" content="article"><meta property="article:published_time" content="2026-03-02T12:00:00+09:00"></head>
<body><h1>딥시크, 새 AI 모델 공개</h1><div itemprop="articleBody"><p>{TEXT}</p><p>{MORE}</p></div>
</body></html>"""


def page(html: str = ARTICLE, url: str = "https://news.example.co.kr/1") -> Page:
    return Page(
        url=url, key=url, requested_url=url, requested_key=url, status=200, body=html.encode(), content_type="text/html",
        fetched_at=datetime(2026, 3, 2, 4, 0, tzinfo=UTC), source="example",
    )


def opened(**limits: object) -> Reader:
    given = ReaderLimits(**limits)  # type: ignore[arg-type]  # each test its own
    return Reader(given, load_rules(given))


def read(reader: Reader, *pages: Page) -> list[Understood | Refusal]:
    async def all_at_once() -> list[Understood | Refusal]:
        return list(await asyncio.gather(*map(reader.understand, pages)))

    return asyncio.run(all_at_once())


def workers() -> list[psutil.Process]:
    """The reading processes: grandchildren, below the server that forks them."""
    return [p for p in psutil.Process().children(recursive=True) if p.parent() != psutil.Process()]


@pytest.fixture
def reader() -> Iterator[Reader]:
    with closing(opened(workers=1)) as made:
        yield made


def test_a_page_is_read_fingerprinted_and_matched(reader: Reader) -> None:
    (result,) = read(reader, page())
    assert isinstance(result, Understood)
    assert result.article.title == "딥시크, 새 AI 모델 공개"
    assert result.fingerprint.length > 50
    assert [str(match.level) for match in result.matches] == ["match"]


def test_a_page_without_a_time_has_the_one_it_was_announced_with(reader: Reader) -> None:
    announced = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
    undated = page(ARTICLE.replace("article:published_time", "x"))
    hint = Hint(published=announced)
    results = read(reader, replace(undated, hint=hint), replace(page(), hint=hint), undated)
    stamps = [result.article.published for result in results if isinstance(result, Understood)]
    assert [stamp and (stamp.at, stamp.evidence == "announced") for stamp in stamps] == [
        (announced, True), (datetime(2026, 3, 2, 3, 0, tzinfo=UTC), False), None,
    ]


def test_a_page_whose_worker_was_killed_is_read_all_the_same(reader: Reader) -> None:
    read(reader, page())

    async def kill_while_reading() -> list[Understood | Refusal]:
        tasks = [asyncio.create_task(reader.understand(page(url=f"https://news.example.co.kr/{i}"))) for i in range(40)]
        await asyncio.sleep(0)
        for worker in workers():
            os.kill(worker.pid, signal.SIGKILL)
        return list(await asyncio.gather(*tasks))

    assert all(isinstance(result, Understood) for result in asyncio.run(kill_while_reading()))


def test_readers_that_are_stuck_are_started_anew(reader: Reader) -> None:
    read(reader, page())
    reader._patience_s = 1.0
    stuck = workers()
    for worker in stuck:
        worker.suspend()  # as one that waits for a lock whose holder was killed
    reader._deadline_s = 600.0  # so that nothing but the patience can end it
    (result,) = read(reader, page())
    assert isinstance(result, Understood)
    for worker in stuck:
        with suppress(psutil.NoSuchProcess):
            worker.kill()


def test_what_is_not_read_in_time_is_refused_and_the_next_page_is_read() -> None:
    heavy = page("<html><body>" + "<div>글<span>자</span>" * 60_000 + "</body></html>")
    with closing(opened(workers=1, deadline_s=0.05)) as reader:
        (result,) = read(reader, heavy)
        assert isinstance(result, Refusal)
        assert result.reason in (RefusalReason.TIMEOUT, RefusalReason.HOSTILE)


def test_a_worker_has_no_more_memory_than_it_is_given() -> None:
    with closing(opened(workers=1)) as reader:
        read(reader, page())
        limits = {psutil.Process(w.pid).rlimit(psutil.RLIMIT_AS)[0] for w in workers()}
    assert 1024**3 in limits


def test_a_worker_knows_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOSIK_SMTP_PASSWORD", "개구리")
    with closing(opened(workers=1)) as reader:
        read(reader, page())
        assert all(_asked_for_environment(reader) == [] for _ in range(2))


def _asked_for_environment(reader: Reader) -> list[str]:
    return list(reader._pool.schedule(_our_variables).result())  # its own process, asked directly


def _our_variables() -> list[str]:
    return [name for name in os.environ if name.startswith("SOSIK_")]


def test_a_structure_of_the_users_is_used(tmp_path: Path) -> None:
    own = tmp_path / "mine.toml"
    own.write_text(
        '[[family]]\nname = "mine"\nhosts = ["news.example.co.kr"]\n[[family.version]]\nrecorded = "2026-01"\nbody = ["div"]\n'
    )
    with closing(opened(workers=1, structures_file=own)) as reader:
        (result,) = read(reader, page())
    assert isinstance(result, Understood)
    assert result.article.family == "mine"
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('[[family]]\nnaem = "mine"\n')
    with pytest.raises(FileProblem, match=r"wrong.toml:2: .*did you mean"):
        opened(structures_file=wrong)


ENVIRONMENTS = """
if __name__ == "__main__":
    import psutil
    from tests.test_reader import opened, page, read
    reader = opened(workers=1)
    print(type(read(reader, page())[0]).__name__)
    for process in psutil.Process().children(recursive=True):
        with open(f"/proc/{process.pid}/environ") as file:
            print(" ".join(process.cmdline()[1:4]), "|", *[each for each in file.read().split(chr(0)) if "=" in each], sep=chr(9))
    reader.close()
"""


def test_no_process_below_a_crawl_ever_had_a_secret(tmp_path: Path) -> None:
    script = tmp_path / "crawl.py"
    script.write_text(ENVIRONMENTS, encoding="utf-8")
    secrets = {"SOSIK_SMTP_PASSWORD": "correct-horse", "SOSIK_NAVER_CLIENT_SECRET": "battery", "CREDENTIALS_DIRECTORY": "/run/x"}
    environment = {**os.environ, **secrets, "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run([sys.executable, str(script)], env=environment, capture_output=True, text=True, check=True)
    kind, *processes = done.stdout.splitlines()
    assert kind == "Understood"
    assert len(processes) >= 3, "the tracker, the server that forks, and a worker"
    assert all("PATH=" in each for each in processes)
    assert not [each for each in processes if any(value in each for value in secrets.values())]
