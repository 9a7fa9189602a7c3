"""`sosik daemon`: crawl when sources are due, alert, until told to stop."""

from __future__ import annotations

import asyncio
import logging
import os

import click

from crawler.cli.context import Session


@click.command(short_help="Run for months: crawl when due, alert, watch the sources.")
@click.option("-v", "--verbose", is_flag=True, help="Log more.")
@click.pass_obj
def daemon(session: Session, verbose: bool) -> None:
    """Crawl every source when it is due and send alerts as they come up.

    Stop it with SIGTERM or Ctrl-C (exit status 0); SIGHUP or a changed file reloads settings, sources and topics. A second
    daemon on the same database ends at once with exit status 3.
    """
    from crawler.daemon import Daemon
    from crawler.logs import set_up_logging

    os.umask(0o077)  # before the log file is made
    set_up_logging(session.config, level=logging.DEBUG if verbose else logging.INFO)
    asyncio.run(Daemon(config_path=session.config_path, database=session.database).run())
