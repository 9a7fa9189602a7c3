"""Figures for Prometheus: well-formed, escaped, served on loopback."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.metrics import exposition, serve_metrics, write_metrics
from pipelines.clock import stored
from pipelines.errors import UserError
from pipelines.outcome import Outcome
from pipelines.store.beats import PAUSED, beat
from pipelines.store.database import open_store
from pipelines.store.endings import settle
from tests.daemon.beside import publish

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LINE = re.compile(r'(# (HELP|TYPE) sosik_\w+ .+)|(sosik_\w+(\{(\w+="(\\.|[^"\\\n])*",?)+\})? -?\d+)')


def test_every_line_is_well_formed_whatever_a_source_is_called(tmp_path: Path) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        with store.transaction() as connection:
            settle(connection, key="k", url="u", source='a"b\\c\nd', outcome=Outcome.GONE, reason="http-404", now=NOW)
        text = exposition(store, NOW)
    assert all(LINE.fullmatch(line) for line in text.splitlines()), text
    assert r'sosik_addresses{source="a\"b\\c\nd",outcome="gone",reason="http-404"} 1' in text


def test_lags_polls_and_failures_are_told(tmp_path: Path) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        assert "sosik_lag_seconds{" not in exposition(store, NOW), "no alert, no lag"
        publish(store, "alpha", [NOW])
        store.db.execute("UPDATE article SET id = 1, published_at = ?", [stored(NOW - timedelta(seconds=90))])
        store.db.execute(
            "INSERT INTO alert (id, story_id, topic, article_id, subject, message_id, born_at)"
            " VALUES (1, 1, 't', 1, 's', 'm', ?)",
            [stored(NOW - timedelta(seconds=30))],
        )
        store.db.execute(
            "INSERT INTO delivery (alert_id, channel, recipient, state, next_try_at, sent_at)"
            " VALUES (1, 'mail', 'r', 'sent', '', ?)",
            [stored(NOW - timedelta(seconds=20))],
        )
        store.db.execute("INSERT INTO endpoint (url, source, polls) VALUES ('a', 'alpha', 3), ('b', 'alpha', 4)")
        store.db.execute("INSERT INTO source_run (source, failures) VALUES ('alpha', 2)")
        text = exposition(store, NOW, {"well": 3, "crashed": 1})
        assert "sosik_crawl_paused 0" in text.splitlines()
        beat(store, PAUSED, "disk", NOW)
        assert "sosik_crawl_paused 1" in exposition(store, NOW).splitlines()
    for line in (
        'sosik_crawls_total{end="crashed"} 1', 'sosik_crawls_total{end="well"} 3',
        'sosik_lag_seconds{stage="published-to-known"} 60', 'sosik_lag_seconds{stage="known-to-told"} 10',
        'sosik_polls_total{source="alpha"} 7', 'sosik_source_failures{source="alpha"} 2',
    ):
        assert line in text.splitlines()


def test_the_port_answers_with_the_newest_text() -> None:
    async def ask() -> bytes:
        texts = ["old\n"]
        server = await serve_metrics(0, lambda: texts[-1])
        texts.append("new\n")
        reader, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await reader.read()
        writer.close()
        server.close()
        return answer

    answer = asyncio.run(ask())
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\nnew\n")


@pytest.mark.parametrize("said", [b"", b"GET /metr", b"x" * 200_000])
def test_who_hangs_up_early_or_says_too_much_is_let_go_without_a_word(said: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async def ask() -> bytes:
        answer, server = b"", await serve_metrics(0, lambda: "new\n")
        reader, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])
        writer.write(said)
        writer.write_eof()
        with suppress(ConnectionError):
            answer = await reader.read()
        writer.close()
        server.close()
        await asyncio.sleep(0)
        return answer

    assert asyncio.run(ask()) == b""
    assert not caplog.records


def test_the_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "metrics" / "sosik.prom"
    for text in ("a 1\n", "a 2\n"):
        write_metrics(path, text, home=tmp_path)
        assert path.read_text() == text
    assert [p.name for p in path.parent.iterdir()] == ["sosik.prom"]


def test_a_file_that_cannot_be_written_is_named_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(UserError, match=r"daemon\.metrics_file: .*/folder cannot be written: Is a directory"):
        write_metrics(tmp_path / "folder", "a 1\n", home=tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]
