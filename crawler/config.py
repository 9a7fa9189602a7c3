"""sosik.toml and the environment → Config. Every key has its default and its documentation here, and nowhere else.

`sosik.example.toml` is written from this file (`python -m crawler.config > sosik.example.toml`); a test keeps them in step.
Secrets never stand in the file: they come from the environment or from files named by it.
"""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import MISSING, dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipelines.alerts.times import WEEKDAYS, read_span, read_time
from pipelines.errors import UserError
from pipelines.tomlfile import Steps, TomlFile, at_home, option, read_toml

FILE_NAME = "sosik.toml"
THIS_MACHINE = ("127.0.0.1", "::1", "localhost")


GREATEST = 2.0 ** 53  # what a float still counts one by one; also keeps out inf


def _positive(value: float) -> str:
    return "" if 0 < value < GREATEST else "must be greater than 0" if not value > 0 else "is too large"


def _within(least: float, most: float) -> Callable[[float], str]:
    return lambda value: "" if least <= value <= most else f"must lie between {least:g} and {most:g}"


def _days_kept(value: float) -> str:
    """Copies are known by what came two weeks before, what is usual for a source by four weeks."""
    return "" if value == 0 else _within(30, 36_500)(value)


def _each_within(least: float, most: float) -> Callable[[tuple[float, ...]], str]:
    return lambda values: next(filter(None, map(_within(least, most), values)), "")


def _header_text(value: str) -> str:
    return "" if value.isascii() and value.isprintable() else "goes into an HTTP header: write it in ASCII, on one line"


def _language(value: str) -> str:
    return "" if value in ("ko", "en") else 'must be "ko" or "en"'


def _networks(values: tuple[str, ...]) -> str:
    for value in values:
        try:
            ipaddress.ip_network(value)
        except ValueError as error:
            return f"{error}; write a network such as 10.0.0.0/8"
    return ""


def mail_address_fault(value: str) -> str:
    """Any mail address that needs no extension of the server's; "" is for keys that may be empty."""
    if not value or re.fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", value):
        return ""
    return f'"{value}" is no mail address sosik can use: write name@example.org, in ASCII'


def _webhook_fault(value: str) -> str:
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or not re.fullmatch(r"https?://[!-~]+", value):
        return "must be the https address of the webhook"
    is_safe = parts.scheme == "https" or host in THIS_MACHINE
    return "" if is_safe else "must be https: plain http is only for a receiver on this machine"


def _addresses(values: tuple[str, ...]) -> str:
    return next(filter(None, (mail_address_fault(value) or ("" if value else "must not be empty") for value in values)), "")


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return f'"{value}" is no time zone; write one such as Asia/Seoul'
    return ""


def _file(value: str) -> str:
    return "" if Path(value).name not in ("", "..") and not value.endswith("/") else "must name a file, such as sosik.db"


def _path(value: str) -> str:
    try:
        at_home(value)
    except UserError as error:
        return str(error)
    return ""


def _paths(values: tuple[str, ...]) -> str:
    return next(filter(None, map(_path, values)), "")


def _complaint(read: Callable[[str], object], value: str) -> str:
    try:
        read(value)
    except ValueError as error:
        return str(error)
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class General:
    """Where things are kept, and in which language you read."""

    language: str = option("ko", doc='Language of reports, mails and pages: "ko" or "en".', check=_language)
    data_dir: Path = option(lambda: default_data_dir(), doc="Folder of the database, kept mails and logs.")
    database: str = option("sosik.db", doc="The database file, inside data_dir unless it is an absolute path.", check=_file)
    contact: str = option("", doc="Address of a page or a mail that tells site owners who crawls; sent in the user agent.",
                          check=_header_text)
    sources_file: str = option("", doc="Your own sources, beside or over the shipped catalogue. Relative to this file.",
                               check=_path)
    shipped_sources: bool = option(True, doc="Also use the shipped catalogue; false leaves only the sources of sources_file.")
    sources: tuple[str, ...] = option((), doc="Names of the sources for `--all` and the daemon. Empty: all that are switched on.")
    keep_days: int = option(0, doc="Days to keep stories that no topic matched, from their last article; 0 keeps all. Matched"
                            " stories stay.", check=_days_kept)
    topics: tuple[str, ...] = option(("china-ai",), doc="Topics to watch: names of shipped ones, or files beside this one.",
                                     check=_paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """How politely, and how carefully, pages are fetched."""

    delay_s: float = option(2.0, doc="Seconds between two requests to one host, across all sosik processes.", check=_positive)
    timeout_s: float = option(20.0, doc="Seconds for one whole request.", check=_positive)
    body_bytes_max: int = option(8 * 1024 * 1024, doc="Largest body, after decompression.", check=_positive)
    header_bytes_max: int = option(64 * 1024, doc="Largest set of response headers.", check=_positive)
    redirects_max: int = option(5, doc="Longest chain of redirects.", check=_within(0, 100))
    requests_per_host: int = option(
        200, doc="Requests to one host in one run, robots.txt and second tries included.", check=_positive
    )
    url_length_max: int = option(2083, doc="Longest address followed.", check=_positive)
    allow_networks: tuple[str, ...] = option(
        (), doc='Private networks that may be fetched from, such as "10.1.0.0/16". None by default.', check=_networks)
    allow_ports: tuple[int, ...] = option((80, 443), doc="Ports that may be fetched from.", check=_each_within(1, 65535))
    tls_unverified_hosts: tuple[str, ...] = option(
        (), doc="Hosts whose certificate is not checked, for sites that send a broken one. Each crawl that asks them warns.")
    obey_ai_robots: bool = option(False, doc="Also obey robots.txt groups of AI crawlers: if you feed texts to a model.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """How pages are read."""

    workers: int = option(2, doc="Processes that read pages.", check=_positive)
    deadline_s: float = option(5.0, doc="Seconds for one page; then it is refused.", check=_positive)
    memory_bytes_max: int = option(1024 ** 3, doc="Memory of one reading process.", check=_positive)
    keep_raw_days: int = option(30, doc="Days to keep pages as fetched; those of matched articles stay. 0 keeps none.",
                               check=_within(0, 36_500))
    structures_file: str = option("", doc="Your own page structures, before the shipped ones. Relative to this file.",
                                 check=_path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Where alerts go. Until `server` and `to` are set, mails are kept as files in the folder `outbox`."""

    to: tuple[str, ...] = option((), doc="Who gets every alert at once. Other wishes: [[recipient]].", check=_addresses)
    sender: str = option("sosik@localhost", doc="The From address.", check=lambda v: _addresses((v,)))
    server: str = option("", doc="Name of the SMTP server.")
    port: int = option(587, doc="587 for STARTTLS, 465 for TLS from the start.", check=_within(1, 65535))
    security: str = option("starttls", doc='"starttls", "tls", or "none" (only for a server on this machine).',
                           check=lambda v: "" if v in ("starttls", "tls", "none") else 'must be "starttls", "tls" or "none"')
    user: str = option("", doc="User name at the server. The password: SOSIK_SMTP_PASSWORD or SOSIK_SMTP_PASSWORD_FILE.")
    reply_to: str = option("", doc="Where verdicts and unsubscriptions go. Empty: the sender.", check=mail_address_fault)
    ca_file: str = option("", doc="Certificates (PEM) of a private authority that signed the server's. Relative to this file.",
                         check=_path)
    timeout_s: float = option(60.0, doc="Seconds to wait for the server's next answer.", check=_positive)
    storm: int = option(20, doc="More new alerts than this to one reader within ten minutes become one digest.", check=_positive)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """What holds for all alerts."""

    timezone: str = option("Asia/Seoul", doc="Clock of digests and quiet hours.", check=_zone)
    first_crawl: str = option("silent", doc='What the first crawl of a source finds: "silent" only stores it, "tell" alerts.',
                              check=lambda v: "" if v in ("silent", "tell") else 'must be "silent" or "tell"')
    mentions: bool = option(False, doc="Also tell of articles that only mention a topic in passing.")
    old_days: float = option(3.0, doc="What was published so many days before sosik saw it is stored, not told. 0: all is told.",
                             check=lambda v: "" if 0 <= v <= 36_500 else "must be a number of days, 0 to 36500")
    feeds_dir: str = option("", doc="Folder for an Atom feed of each topic's alerts. Relative to data_dir; outside of it all may"
                            " read them. Empty: none.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """One reader with wishes of its own. Write [[recipient]] once for each; the same address may stand in several."""

    to: str = option("", doc="A mail address, the name of a notify URL, or the https address of a webhook.")
    channel: str = option("mail", doc='"mail"; "notify" (Apprise; the URL itself is a secret: SOSIK_NOTIFY_<NAME>); "webhook".',
                          check=lambda v: "" if v in ("mail", "notify", "webhook") else 'must be "mail", "notify" or "webhook"')
    topics: tuple[str, ...] = option((), doc="Only these topics. Empty: all.")
    subtopics: tuple[str, ...] = option((), doc="Only stories of these sub-topics. Empty: all.")
    minimum_score: float = option(0.0, doc="Only matches with this score or a higher one, 0 to 1.", check=_within(0, 1))
    breaking_only: bool = option(False, doc="Only 속보, 긴급 and 1보.")
    mode: str = option("instant", doc='"instant", "digest", or "both".',
                       check=lambda v: "" if v in ("instant", "digest", "both") else 'must be "instant", "digest" or "both"')
    digest_at: str = option("08:00", doc="Time of the digest.", check=lambda v: _complaint(read_time, v))
    digest_on: str = option("daily", doc='"daily", or a weekday: "mon" to "sun".',
                            check=lambda v: "" if v in ("daily", *WEEKDAYS) else 'must be "daily" or one of mon to sun')
    quiet_hours: str = option("", doc='No messages in these hours, such as "22:00-07:00"; they come afterwards.',
                              check=lambda v: _complaint(read_span, v) if v else "")
    language: str = option("", doc='"ko" or "en". Empty: as in [sosik].', check=lambda v: _language(v) if v else "")

    @property
    def trouble(self) -> str:
        """What does not fit together: a mail channel needs a mail address, a webhook an https address."""
        if self.channel == "mail":
            return mail_address_fault(self.to)
        if self.channel == "webhook":
            return _webhook_fault(self.to)
        is_name = re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", self.to)
        return "" if is_name else "must be a name; the URL itself goes into SOSIK_NOTIFY_<NAME>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """How `sosik daemon` works."""

    tick_s: float = option(10.0, doc="Seconds between two looks at what is due.", check=_positive)
    jitter: float = option(0.1, doc="Share of its interval by which a source is crawled earlier, by lot; by up to twice as much"
                           " when it can share a crawl with another. 0: none.", check=_within(0, 0.4))
    crawls: int = option(4, doc="Crawls that may run at once, each over the sources that were due together.", check=_positive)
    deadline_s: float = option(600.0, doc="Seconds for one crawl; then it is stopped, and what it has is kept.", check=_positive)
    revisit_hours: tuple[float, ...] = option((1.0, 6.0, 24.0), doc="Ages at which matched articles are looked at again.",
                                              check=_each_within(0.01, 8760))
    backups: int = option(7, doc="Daily backups kept beside the database; fewer when the disk has no room for them. 0: none.",
                          check=_within(0, 1000))
    log_json: bool = option(False, doc="Log lines as JSON.")
    log_file: str = option("", doc="Log to this file, rotated, instead of standard error. Relative to data_dir.")
    metrics_file: str = option("", doc="Write Prometheus metrics to this file (textfile collector). Relative to data_dir; outside"
                               " of it all may read it.")
    metrics_port: int = option(0, doc="Serve Prometheus metrics on this port of 127.0.0.1. 0: no.", check=_within(0, 65535))


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All settings. `path` is the file they came from, None when there is none."""

    sosik: General = field(default_factory=General)
    fetch: Fetch = field(default_factory=Fetch)
    read: Read = field(default_factory=Read)
    mail: Mail = field(default_factory=Mail)
    alerts: Alerts = field(default_factory=Alerts)
    recipient: tuple[Wishes, ...] = ()
    daemon: Daemon = field(default_factory=Daemon)
    path: Path | None = field(default=None, init=False)
    smtp_password: str = field(default="", init=False, repr=False)

    @property
    def database_path(self) -> Path:
        """The file itself, no link to it: locks, logs and backups lie beside it."""
        return Path(os.path.realpath(self.sosik.data_dir / self.sosik.database))

    @property
    def sends_mail(self) -> bool:
        """A server is named and someone to send to; else mails are kept as files."""
        return bool(self.mail.server and (self.mail.to or any(reader.channel == "mail" for reader in self.recipient)))

    def beside(self, name: str) -> Path:
        """A path written in the file, relative to the file's folder."""
        return (self.path.parent if self.path else Path.cwd()) / at_home(name)


def default_data_dir() -> Path:
    """`~/.local/share/sosik`, or what XDG_DATA_HOME says."""
    base = os.environ.get("XDG_DATA_HOME") or at_home("~/.local/share")
    return Path(base) / "sosik"


def load_config(path: Path | None, environment: Mapping[str, str] = os.environ) -> Config:
    """The file's settings; without a path, SOSIK_CONFIG or ./sosik.toml if there is one, else the defaults. Raises UserError."""
    if path is None:
        named = environment.get("SOSIK_CONFIG")
        path = Path(named) if named else Path(FILE_NAME)
        if not named and not path.exists():
            return _with(Config(), None, environment)
    if not path.exists():
        raise UserError(f"{path}: there is no such file. Write one with: sosik init")
    parsed = read_toml(path)
    refuse_secrets(parsed)
    config = parsed.record(Config)
    for number, reader in enumerate(config.recipient):
        if trouble := reader.trouble or ("" if reader.to else "must not be empty"):
            raise parsed.problem(trouble, ("recipient", number, "to"))
    return _with(config, path.resolve(), environment)


def _with(config: Config, path: Path | None, environment: Mapping[str, str]) -> Config:
    general = config.sosik
    if path and not general.data_dir.is_absolute():
        general = replace(general, data_dir=path.parent / general.data_dir)
    made = replace(config, sosik=general)
    object.__setattr__(made, "path", path)
    object.__setattr__(made, "smtp_password", secret("SOSIK_SMTP_PASSWORD", environment))
    return made


def without_secrets(config: Config) -> Config:
    """The same settings for a process that sends nothing."""
    made = copy(config)
    object.__setattr__(made, "smtp_password", "")
    return made


def secret(name: str, environment: Mapping[str, str]) -> str:
    """From the variable itself, from the file that NAME_FILE names, or from a systemd credential of that name. "" without one."""
    if value := environment.get(name):
        return value
    place = environment.get(f"{name}_FILE")
    if not place and (folder := environment.get("CREDENTIALS_DIRECTORY")) and (Path(folder) / name).exists():
        place = str(Path(folder) / name)
    if not place:
        return ""
    try:
        return Path(place).read_text(encoding="utf-8").strip("\r\n")
    except OSError as error:
        raise UserError(f"{name}_FILE: {place} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{name}_FILE: {place} is not UTF-8 text; put only the secret in it") from error


def refuse_secrets(parsed: TomlFile) -> None:
    for section, table in parsed.values.items():
        for key in table if isinstance(table, dict) else ():
            if "password" in key or "secret" in key:
                at: Steps = (section, key)
                raise parsed.problem("secrets do not belong here: set SOSIK_SMTP_PASSWORD or SOSIK_SMTP_PASSWORD_FILE", at)


def example(chosen: Mapping[tuple[str, str], object] = MappingProxyType({})) -> str:
    """The shipped sosik.example.toml: every key with its documentation, commented out at its default.

    A (section, key) that is chosen stands there with its value.
    """
    lines = ["# sosik.toml: every key with its default. Remove the # before a line to change it.", ""]
    for section in (f for f in fields(Config) if f.init):
        kind = section.default_factory
        record = Wishes(to="desk@example.org") if kind is MISSING else kind()
        header = f"# [[{section.name}]]" if kind is MISSING else f"[{section.name}]"
        lines += [f"# {type(record).__doc__}", header]
        for each in fields(record):
            value = chosen.get((section.name, each.name))
            line = f"# {each.name} = {_toml(getattr(record, each.name))}" if value is None else f"{each.name} = {_toml(value)}"
            lines += [f"# {each.metadata['doc']}", line, ""]
    return "\n".join(lines).rstrip() + "\n"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, Path):
        return '"~/.local/share/sosik"'
    return f'"{value}"' if isinstance(value, str) else str(value)


if __name__ == "__main__":
    sys.stdout.write(example())
