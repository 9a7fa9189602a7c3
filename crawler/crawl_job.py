"""What the daemon hands to a crawl: everything it needs, so that a file that is broken now does not break the crawls.

Goes through the child's standard input, where it has no length limit and no one else can read it. Holds no secrets.
"""

from __future__ import annotations

import pickle  # noqa: TID251  # a message between two processes, as multiprocessing sends it; nothing is kept
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from crawler.config import Config, without_secrets
from crawler.sources import Catalogue
from pipelines.topics import Topics


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlJob:
    """One crawl. `urls` are addresses of known articles that are due for another look."""

    config: Config
    catalogue: Catalogue
    topics: Topics
    database: Path
    sources: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()


def packed(job: CrawlJob) -> bytes:
    return pickle.dumps(replace(job, config=without_secrets(job.config)))


def unpacked(stream: BinaryIO) -> CrawlJob:
    """Only ever from the daemon that started this process: unpickling runs what it reads."""
    job = pickle.load(stream)
    assert isinstance(job, CrawlJob)
    return job
