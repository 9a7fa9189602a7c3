"""`make demo`: the main job, on this machine alone. Crawl the offline newsroom, tell each matched story once, show it all.

    python -m tests.newsroom.demo [--fresh] [--language ko|en]

Everything it makes lies in demo/. A second run crawls again, finds nothing new and sends nothing; --fresh starts over.
"""

from __future__ import annotations

import argparse
import errno
import io
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from pipelines import clock
from pipelines.wording import Language, Wording
from tests.mailroom import Mailroom
from tests.newsroom import Newsroom
from tests.newsroom.files import config_toml, sources_toml
from tests.newsroom.server import ADDRESS
from tests.newsroom.summary import Run, summary

FOLDER = Path("demo")
EDITED = ("gaon.localhost", "/view/AGA20250327009800083")  # corrects a figure once it has been crawled
LATER = "/view/AGA20250327015200083"  # the next stage of the same story appears then, at the same agency
WEB_PORT, MAIL_PORT = 18080, 18025  # chosen by hand; the first run takes others when these are taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the first run decided and later ones keep: with another port every address would be a new one."""

    web_port: int
    mail_port: int
    language: Language
    is_new: bool  # nothing is written yet: another port will do


class CannotRun(Exception):
    """The demo cannot run; its text says why and what to do."""


def main(arguments: Sequence[str] | None = None, folder: Path = FOLDER) -> int:
    """Exit status: 0 when every step did what it should."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that is not UTF-8 has no ✗
    asked = _parsed(arguments)
    if asked.fresh and folder.exists():
        shutil.rmtree(folder)
    try:
        site = _site(folder, asked.language)
        say = Wording(asked.language or site.language)
        print(say("demo.welcome"), end="\n\n")
        run = _run(folder, site, say)
    except CannotRun as trouble:
        print(f"demo: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("demo: interrupted; type make demo to go on where it stopped", file=sys.stderr)
        return 130
    print(summary(run, say))
    return 0


def _run(folder: Path, site: Site, say: Wording) -> Run:
    """Crawl and send; in the first run an agency then edits an article and files the next, and later runs find it so."""
    began = clock.now()
    with ExitStack() as servers:
        newsroom = servers.enter_context(_newsroom(site))
        mailroom = _mailroom(site, servers)
        if site.is_new:
            _write(folder, newsroom.port, mailroom.port, site.language)
        _sosik(folder, "crawl", "--all")
        _sosik(folder, "alerts", "send")
        if site.is_new:
            print(say("demo.meanwhile"))
            newsroom.edit(EDITED[1])
            newsroom.publish(LATER)
            _sosik(folder, "crawl", "wire", newsroom.url(*EDITED))
            _sosik(folder, "alerts", "send")
        return Run(
            folder=folder, began=began, requests=tuple(newsroom.requests), mails=_keep_mails(folder, mailroom))


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--fresh", action="store_true", help="start over: forget what earlier runs made in demo/")
    parser.add_argument("--language", choices=["ko", "en"], help="of this report (default: ko, or what the first run was told)")
    return parser.parse_args(arguments)


def _site(folder: Path, language: Language | None) -> Site:
    """What the first run wrote into demo/sosik.toml, else what it will try."""
    path = folder / "sosik.toml"
    if not path.exists():
        return Site(web_port=WEB_PORT, mail_port=MAIL_PORT, language=language or "ko", is_new=True)
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
        return Site(web_port=settings["fetch"]["allow_ports"][-1], mail_port=settings["mail"]["port"],
                    language=cast(Language, settings["sosik"]["language"]), is_new=False)
    except (ValueError, LookupError) as error:
        raise CannotRun(f"{path} is not as the demo wrote it ({error}). Start over: make demo ARGS=--fresh") from error


def _newsroom(site: Site) -> Newsroom:
    """On the site's port, or on any free one while nothing is written. Raises CannotRun."""
    try:
        if site.is_new:
            return Newsroom(port=site.web_port)
        return Newsroom(port=site.web_port, edited=(EDITED[1],), published=(LATER,))
    except OSError as error:
        if site.is_new:
            return Newsroom()
        raise _taken(site.web_port, error) from error


def _mailroom(site: Site, servers: ExitStack) -> Mailroom:
    try:
        return servers.enter_context(Mailroom(port=site.mail_port))
    except OSError as error:
        if site.is_new:
            return servers.enter_context(Mailroom())
        raise _taken(site.mail_port, error) from error


def _write(folder: Path, web_port: int, mail_port: int, language: Language) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sources.toml").write_text(sources_toml(web_port), encoding="utf-8")
    (folder / "sosik.toml").write_text(config_toml(web_port, mail_port=mail_port, language=language), encoding="utf-8")


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
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True, encoding=sys.stdout.encoding, errors="replace")
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
