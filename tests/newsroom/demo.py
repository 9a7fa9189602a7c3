"""`make demo`: the main job, on this machine alone. Crawl the offline newsroom, tell each matched story once, show it all.

    python -m tests.newsroom.demo [--fresh] [--language ko|en]

Everything it makes lies in demo/. A second run crawls again, finds nothing new and sends nothing; --fresh starts over.
"""

from __future__ import annotations

import argparse
import errno
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from pipelines.wording import Language, Wording
from tests.mailroom import Mailroom
from tests.newsroom import Newsroom
from tests.newsroom.files import config_toml, sources_toml
from tests.newsroom.server import ADDRESS
from tests.newsroom.summary import Run, summary

FOLDER = Path("demo")
EDITED = ("gaon.localhost", "/view/AGA20250327009800083")  # corrects its figure once it has been crawled
WEB_PORT, MAIL_PORT = 18080, 18025  # chosen by hand; the first run takes others when these are taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the first run decided and later ones keep: with another port every address would be a new one."""

    web_port: int
    mail_port: int
    language: Language


class CannotRun(Exception):
    """The demo cannot run; its text says why and what to do."""


def main(arguments: Sequence[str] | None = None, folder: Path = FOLDER) -> int:
    """Exit status: 0 when every step did what it should."""
    asked = _parsed(arguments)
    if asked.fresh and folder.exists():
        shutil.rmtree(folder)
    is_first = not (folder / "sosik.toml").exists()
    try:
        site = _chosen(asked.language or "ko") if is_first else _found(folder)
        say = Wording(asked.language or site.language)
        print(say("demo.welcome"), end="\n\n")
        if is_first:
            _write(folder, site)
        run = _run(folder, site, say, is_first=is_first)
    except CannotRun as trouble:
        print(f"demo: {trouble}", file=sys.stderr)
        return 1
    print(summary(run, say))
    return 0


def _run(folder: Path, site: Site, say: Wording, *, is_first: bool) -> Run:
    """Crawl and send; in the first run a publisher then edits an article, which later runs find as it left it."""
    began = time.monotonic()
    edited = () if is_first else (EDITED[1],)
    with _newsroom(site, edited) as newsroom, _mailroom(site) as mailroom:
        _sosik(folder, "crawl", "--all")
        _sosik(folder, "alerts", "send")
        if is_first:
            print(say("demo.edit"))
            newsroom.edit(EDITED[1])
            _sosik(folder, "crawl", newsroom.url(*EDITED))
            _sosik(folder, "alerts", "send")
        mails = _keep_mails(folder, mailroom)
        seconds = time.monotonic() - began
        return Run(folder=folder, seconds=seconds, requests=tuple(newsroom.requests), mails=mails, is_first=is_first)


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--fresh", action="store_true", help="start over: forget what earlier runs made in demo/")
    parser.add_argument("--language", choices=["ko", "en"], help="of this report (default: ko, or what the first run was told)")
    return parser.parse_args(arguments)


def _found(folder: Path) -> Site:
    """What the first run wrote into demo/sosik.toml."""
    path = folder / "sosik.toml"
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
        return Site(web_port=settings["fetch"]["allow_ports"][-1], mail_port=settings["mail"]["port"],
                    language=cast(Language, settings["sosik"]["language"]))
    except (ValueError, LookupError) as error:
        raise CannotRun(f"{path} is not as the demo wrote it ({error}). Start over: make demo ARGS=--fresh") from error


def _chosen(language: Language) -> Site:
    return Site(web_port=_free(WEB_PORT), mail_port=_free(MAIL_PORT), language=language)


def _free(preferred: int) -> int:
    """The preferred port, or another when a program listens there."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((ADDRESS, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise CannotRun(f"no port is free on {ADDRESS}")


def _write(folder: Path, site: Site) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    config = config_toml(site.web_port, mail_port=site.mail_port, language=site.language)
    (folder / "sources.toml").write_text(sources_toml(site.web_port), encoding="utf-8")
    (folder / "sosik.toml").write_text(config, encoding="utf-8")


def _newsroom(site: Site, edited: Sequence[str]) -> Newsroom:
    try:
        return Newsroom(port=site.web_port, edited=edited)
    except OSError as error:
        raise _taken(site.web_port, error) from error


def _mailroom(site: Site) -> Mailroom:
    with socket.socket() as probe:  # aiosmtpd would only say that it did not start
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, site.mail_port))
        except OSError as error:
            raise _taken(site.mail_port, error) from error
    return Mailroom(port=site.mail_port)


def _taken(port: int, error: OSError) -> CannotRun:
    if error.errno != errno.EADDRINUSE:
        return CannotRun(f"port {port} of {ADDRESS}: {error.strerror}")
    return CannotRun(
        f"port {port}, which the first run wrote into demo/sosik.toml, is taken by another program (another demo?)."
        " End that program, or start over on other ports: make demo ARGS=--fresh")


def _sosik(folder: Path, *arguments: str) -> None:
    """Run the real command; its progress is shown, its report only when it fails. Raises CannotRun then."""
    print(f"$ sosik --config {folder / 'sosik.toml'} {' '.join(arguments)}", flush=True)
    command = [sys.executable, "-m", "crawler", "--config", str(folder / "sosik.toml"), *arguments]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    if done.returncode:
        print(done.stdout)
        raise CannotRun(f"that command ended with status {done.returncode}; what it printed says why")


def _keep_mails(folder: Path, mailroom: Mailroom) -> tuple[Path, ...]:
    """Each mail that arrived, as it arrived."""
    kept = folder / "mail"
    kept.mkdir(exist_ok=True)
    already = len(list(kept.glob("*.eml")))
    paths = []
    for number, delivered in enumerate(mailroom.messages, already + 1):
        paths.append(kept / f"{number:02}.eml")
        paths[-1].write_bytes(delivered.content)
    return tuple(paths)


if __name__ == "__main__":
    sys.exit(main())
