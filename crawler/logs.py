"""Log lines: one record a line, as text or as JSON; control characters never reach the terminal or the file."""

from __future__ import annotations

import json
import logging
import logging.handlers
import sys
import unicodedata
from collections.abc import Callable

from crawler.config import Config
from pipelines.disk import private_folder
from pipelines.errors import UserError

FILE_BYTES_MAX = 10 * 1024 * 1024  # then the file is rotated; chosen by hand
FILES_KEPT = 5


def set_up_logging(config: Config, *, level: int = logging.INFO) -> None:
    """Log as the settings say: to standard error, or to a file that is rotated; what was set up before ends. Raises UserError
    when the file cannot be written; then nothing was changed.
    """
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    if config.daemon.log_file:
        file = config.sosik.data_dir / config.daemon.log_file
        try:
            private_folder(file.parent)
            handler = logging.handlers.RotatingFileHandler(
                file, maxBytes=FILE_BYTES_MAX, backupCount=FILES_KEPT, encoding="utf-8"
            )
        except OSError as error:
            raise UserError(f"daemon.log_file: {file} cannot be written: {error.strerror}. Name another file.") from error
    handler.setFormatter(JsonLines() if config.daemon.log_json else TextLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # that a job still runs at its next time is no news


class TextLines(logging.Formatter):
    """`2026-11-22T07:30:00+0900 INFO crawler.daemon run=12 …`"""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def format(self, record: logging.LogRecord) -> str:
        return visible(" | ".join(super().format(record).splitlines()), escape=lambda letter: repr(letter)[1:-1])


class JsonLines(logging.Formatter):
    """One JSON object a line: at, level, logger, message, and trace where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"), "level": record.levelname, "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            said["trace"] = self.formatException(record.exc_info)
        return visible(json.dumps(said, ensure_ascii=False), escape=lambda letter: json.dumps(letter)[1:-1])


def visible(line: str, *, escape: Callable[[str], str]) -> str:
    """Letters that a terminal or a log reader would act upon, or that no file can hold, as escapes."""
    return "".join(letter if unicodedata.category(letter)[0] not in "CZ" or letter == " " else escape(letter) for letter in line)
