"""The crawl process of the daemon: `python -m crawler.crawl_process`, a CrawlJob on stdin, its figures on stdout.

Exit status 0: it came to its end; 10: it did, and sosik failed on something (told on standard error); else: it could
not begin, or was brought down.
Standard input stays open as long as the daemon lives: when it closes, this process ends as if told to.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections import Counter

from crawler.child import BROKEN, GRACE_S
from crawler.crawl_context import CrawlContext, reader_limits
from crawler.crawl_job import CrawlJob, unpacked
from crawler.runner import CrawlOrder, CrawlReport, run_crawl
from pipelines.errors import FileProblem, SosikError
from pipelines.read.families import load_families
from pipelines.reader import Rules

BROKEN_TOLD = 20  # what breaks more often is one fault


def main() -> int:
    job = unpacked(sys.stdin.buffer)
    threading.Thread(target=end_with_the_daemon, args=(sys.stdin.fileno(),), daemon=True).start()
    order = CrawlOrder(sources=job.sources, urls=job.urls)
    try:
        with CrawlContext(job.config, job.database, catalogue=job.catalogue, rules=rules_of(job)) as context:
            report = run_crawl(order, context, log_level="ERROR")
    except SosikError as error:
        sys.stderr.write(f"{error}\n")
        return max(error.exit_code, 2)
    sys.stdout.write(figures(report))
    sys.stderr.writelines(f"{broken.url}: {broken.error}\n" for broken in report.broken[:BROKEN_TOLD])
    return BROKEN if report.broken else 0


def rules_of(job: CrawlJob) -> Rules:
    """Topics as the daemon read them; page structures from their file, or without it while it is wrong: the daemon, which knows
    nothing of pages, could not check it. `sosik doctor` does.
    """
    own = reader_limits(job.config).structures_file
    try:
        return Rules(topics=job.topics, families=load_families(own))
    except FileProblem as problem:
        sys.stderr.write(f"{problem}; the shipped structures are used until it is mended\n")
        return Rules(topics=job.topics, families=load_families())


def figures(report: CrawlReport) -> str:
    """`stored=12 unchanged=3 refused=1 troubles=0`"""
    counts: Counter[str] = Counter()
    for tally in report.tally:
        counts[tally.outcome] += tally.count
    return " ".join([*(f"{outcome}={count}" for outcome, count in counts.most_common()), f"troubles={len(report.troubles)}"])


def end_with_the_daemon(line: int) -> None:
    """Without a daemon there is nobody who would stop a crawl that hangs, and the next daemon would crawl beside it.

    Reads the descriptor: a thread inside sys.stdin's buffer would make the interpreter abort at its own end.
    """
    while os.read(line, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os.killpg(0, signal.SIGKILL)  # with all that this process started: it leads its group


if __name__ == "__main__":
    sys.exit(main())
