"""One record a line, whatever is in it."""

from __future__ import annotations

import json
import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import logs
from crawler.config import Config, Daemon, General
from crawler.logs import JsonLines, TextLines, set_up_logging

ANY = st.text(st.characters(exclude_categories=[]))  # lone surrogates included


def record(message: str, error: BaseException | None = None) -> logging.LogRecord:
    trace = (type(error), error, None) if error else None
    return logging.LogRecord("crawler.daemon", logging.INFO, "", 0, "said=%s", (message,), trace)


@given(ANY)
def test_a_text_line_is_one_printable_line(message: str) -> None:
    line = TextLines().format(record(message))
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    line.encode()


@given(ANY)
def test_a_json_line_is_one_printable_line_that_gives_the_message_back(message: str) -> None:
    line = JsonLines().format(record(message))
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    line.encode()
    assert json.loads(line)["message"] == f"said={message}"


def test_korean_stays_readable_and_escapes_are_shown() -> None:
    assert TextLines().format(record("제목\x1b[31m\r\n둘째\u202e")).endswith(r"said=제목\x1b[31m | 둘째\u202e")
    assert '"message": "said=제목' in JsonLines().format(record("제목"))


def test_a_traceback_is_part_of_its_line() -> None:
    error = ValueError("두\n줄")
    assert "ValueError: 두 | 줄" in TextLines().format(record("x", error))
    assert "ValueError: 두\n줄" in json.loads(JsonLines().format(record("x", error)))["trace"]


@pytest.fixture
def root_logger() -> object:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    for handler in root.handlers:
        handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_log_file_is_rotated_and_so_bounded(tmp_path: Path, root_logger: logging.Logger) -> None:
    set_up_logging(Config(sosik=General(data_dir=tmp_path), daemon=Daemon(log_file="logs/sosik.log")))
    (handler,) = root_logger.handlers
    assert isinstance(handler, RotatingFileHandler)
    assert (handler.maxBytes, handler.backupCount) == (logs.FILE_BYTES_MAX, logs.FILES_KEPT)
    handler.maxBytes, handler.backupCount = 200, 2
    for number in range(50):
        logging.getLogger("crawler").info("line=%d", number)
    assert sorted(p.name for p in (tmp_path / "logs").iterdir()) == ["sosik.log", "sosik.log.1", "sosik.log.2"]
    assert "line=49" in (tmp_path / "logs" / "sosik.log").read_text()
