"""Exported articles and pages → files that other programs read. Writes as it goes: any number of articles, little memory."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, fields
from email.utils import format_datetime
from typing import IO, Any
from xml.sax.saxutils import escape

from pipelines.article import Page
from pipelines.clock import loaded, stored
from pipelines.errors import UserError
from pipelines.store.exported import ExportedArticle

COLUMNS = tuple(field.name for field in fields(ExportedArticle) if field.name != "matches")
MATCH_COLUMNS = ("topics", "sentence")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")  # what a spreadsheet may run (facts: hazards W5; OWASP ASVS 1.2.10)
QUOTE_CHARACTERS = 200  # of the text, in a feed: a quote, never the article
ROW_GROUP = 1_000  # articles held for one piece of a Parquet file


def write_jsonl(articles: Iterable[ExportedArticle], out: IO[bytes]) -> None:
    for article in articles:
        out.write(json.dumps(asdict(article), ensure_ascii=False).encode() + b"\n")


def write_csv(articles: Iterable[ExportedArticle], out: IO[bytes]) -> None:
    """UTF-8 with a byte-order mark, without which Excel takes Korean for something else."""
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=True)
    try:
        writer = csv.writer(text)
        writer.writerow((*COLUMNS, *MATCH_COLUMNS))
        for article in articles:
            writer.writerow([tamed(cell) for cell in _flat(article).values()])
    finally:
        text.detach()


def tamed(cell: object) -> str:
    """The cell as text that no spreadsheet takes for a formula."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.lstrip(" \u00a0\u3000").startswith(FORMULA) or text.startswith(FORMULA) else text


def write_parquet(articles: Iterable[ExportedArticle], out: IO[bytes]) -> None:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise UserError("Parquet needs an extra: pip install 'sosik[parquet]'") from error
    numbers = ("id", "story_id", "related_to")
    schema = pyarrow.schema([
        (name, pyarrow.int64() if name in numbers else pyarrow.string()) for name in (*COLUMNS, *MATCH_COLUMNS)])
    with pyarrow.parquet.ParquetWriter(out, schema) as writer:
        rows: list[dict[str, Any]] = []
        for article in articles:
            rows.append(_flat(article))
            if len(rows) == ROW_GROUP:
                writer.write_table(pyarrow.Table.from_pylist(rows, schema))
                rows.clear()
        writer.write_table(pyarrow.Table.from_pylist(rows, schema))


def write_rss(articles: Iterable[ExportedArticle], out: IO[bytes], *, title: str) -> None:
    """RSS 2.0: headline, press, time, the proving sentence or the first lines, and the original link."""
    out.write(
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>\n'
        f"<title>{escape(title)}</title><link>http://localhost/</link><description>{escape(title)}</description>\n"
        .encode())
    for article in articles:
        quote = next((match.sentence for match in article.matches if match.sentence), article.text[:QUOTE_CHARACTERS])
        moment = format_datetime(loaded(article.published_at or article.first_seen_at))
        topics = "".join(f"<category>{escape(match.topic)}</category>" for match in article.matches)
        out.write(
            f"<item><title>{escape(article.title)}</title><link>{escape(article.url)}</link>"
            f'<guid isPermaLink="true">{escape(article.url)}</guid><pubDate>{moment}</pubDate>'
            f"<dc:creator>{escape(article.press)}</dc:creator>{topics}<description>{escape(quote)}</description></item>\n".encode())
    out.write(b"</channel></rss>\n")


def write_warc(pages: Iterable[Page], out: IO[bytes]) -> None:
    """One `resource` record a page: its body as fetched, transfer encodings undone (ISO 28500, 6.4)."""
    try:
        from fastwarc.warc import WarcRecord, WarcRecordType
    except ImportError as error:
        raise UserError("WARC needs an extra: pip install 'sosik[warc]'") from error
    for page in pages:
        record = WarcRecord()
        record.init_headers(WarcRecordType.resource)
        record.headers["WARC-Target-URI"] = page.url
        record.headers["WARC-Date"] = stored(page.fetched_at)
        record.headers["Content-Type"] = page.content_type or "application/octet-stream"
        record.set_bytes_content(page.body)
        record.write(out, checksum_data=True)


def _flat(article: ExportedArticle) -> dict[str, Any]:
    """Lists become one cell; a match becomes `topic:level`."""
    row = {name: getattr(article, name) for name in COLUMNS}
    row |= {name: " ".join(value) for name, value in row.items() if isinstance(value, tuple)}
    row["topics"] = " ".join(f"{match.topic}:{match.level}" for match in article.matches)
    row["sentence"] = next((match.sentence for match in article.matches if match.sentence), "")
    return row


WRITERS: dict[str, Callable[[Iterable[ExportedArticle], IO[bytes]], None]] = {
    "jsonl": write_jsonl, "csv": write_csv, "parquet": write_parquet,
}
