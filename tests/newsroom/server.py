"""The offline newsroom: a real HTTP server on loopback that answers for several news sites, by the Host header.

    with Newsroom() as newsroom:
        newsroom.url("rankmore.localhost", "/news/1050182")

Names under .localhost are this machine (RFC 6761), so nothing ever leaves it.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

from tests.newsroom import files
from tests.newsroom.site import Answer, answers

ADDRESS = "127.0.0.1"
IDLE_S = 30.0  # a connection kept open by a client is closed after this; chosen by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as it came in, and what it was answered."""

    at: datetime
    host: str  # without the port
    path: str
    agent: str
    headers: tuple[tuple[str, str], ...]  # names in lower case
    status: int


class Newsroom:
    """All the sites of pages.toml on one port. Starts when entered or started, and serves from its own thread."""

    def __init__(self, *, port: int = 0, edited: Iterable[str] = (), published: Iterable[str] = ()) -> None:
        """Port 0 takes a free one. Raises OSError when the port is taken. `edited` and `published`: as `edit` and `publish`."""
        self.requests: list[Request] = []
        self._edited, self._published = set(edited), set(published)
        self._withdrawn: set[str] = set()
        self._server = _Server((ADDRESS, port), self)
        self.port: int = self._server.server_address[1]
        self._answers: dict[tuple[str, str], Answer] = {}
        self._write()

    def start(self) -> Newsroom:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def close(self) -> None:
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()

    def __enter__(self) -> Newsroom:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def url(self, host: str, path: str) -> str:
        return f"http://{host}:{self.port}{path}"

    def edit(self, path: str) -> None:
        """The publisher changes the article at `path`: its row's `edited` template is served from now on."""
        self._edited.add(path)
        self._write()

    def restore(self, path: str) -> None:
        """Take an edit or a publication back."""
        self._edited.discard(path)
        self._published.discard(path)
        self._write()

    def publish(self, path: str) -> None:
        """An article marked `later` appears, in its site's lists and feeds too."""
        self._published.add(path)
        self._write()

    def withdraw(self, path: str) -> None:
        """The publisher takes the article at `path` down; the lists may still name it."""
        self._withdrawn.add(path)

    def sources_toml(self) -> str:
        """A user's sources file that names every site."""
        return files.sources_toml(self.port)

    def config_toml(self, *, mail_port: int = 0, language: str = "ko", delay_s: float = 0.05) -> str:
        """A sosik.toml, beside that sources file, that may crawl these sites and no others: see files.config_toml."""
        return files.config_toml(self.port, mail_port=mail_port, language=language, delay_s=delay_s)

    def visits(self, host: str, path: str) -> list[Request]:
        return [request for request in self.requests if (request.host, request.path) == (host, path)]

    def answer(self, host: str, path: str) -> Answer:
        gone = Answer(status=404, headers=(("Content-Type", "text/html; charset=utf-8"),), body="없는 페이지입니다.".encode())
        return gone if path in self._withdrawn else self._answers.get((host, path), gone)

    def _write(self) -> None:
        self._answers = answers(self.port, edited=self._edited, published=self._published)


class _Server(ThreadingHTTPServer):
    """Knows its open connections, so that closing does not wait for clients that keep theirs."""

    daemon_threads = False  # closing joins the threads: no connection outlives its newsroom
    newsroom: Newsroom

    def __init__(self, address: tuple[str, int], newsroom: Newsroom) -> None:
        self.newsroom = newsroom
        self._open: set[socket.socket] = set()
        super().__init__(address, _Desk)

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        assert isinstance(request, socket.socket)
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        assert isinstance(request, socket.socket)
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        for connection in tuple(self._open):
            with suppress(OSError):  # closed by the other side meanwhile
                connection.shutdown(socket.SHUT_RDWR)


class _Desk(BaseHTTPRequestHandler):
    """Answers one connection's requests."""

    protocol_version = "HTTP/1.1"
    server_version = "newsroom"
    timeout = IDLE_S
    server: _Server

    def do_GET(self) -> None:
        host = self.headers.get("Host", "").partition(":")[0].lower()
        found = self.server.newsroom.answer(host, self.path)
        status = HTTPStatus.NOT_MODIFIED if self._has_it(found) else found.status
        self._note(host, status)
        body = b"" if status == HTTPStatus.NOT_MODIFIED else found.body
        self.send_response(status)
        for name, value in found.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET

    def _has_it(self, found: Answer) -> bool:
        """RFC 9110, 13.2.2: an If-None-Match decides alone, If-Modified-Since only without one."""
        if tags := self.headers.get("If-None-Match"):
            return found.header("ETag") in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
        since, modified = self.headers.get("If-Modified-Since"), found.header("Last-Modified")
        return since is not None and modified != "" and parsedate_to_datetime(since) >= parsedate_to_datetime(modified)

    def _note(self, host: str, status: int) -> None:
        self.server.newsroom.requests.append(Request(
            at=datetime.now(UTC), host=host, path=self.path, agent=self.headers.get("User-Agent", ""),
            headers=tuple((name.lower(), value) for name, value in self.headers.items()), status=int(status)))

    def log_message(self, format: str, *args: object) -> None:
        """Requests are kept in `Newsroom.requests`, not printed."""


