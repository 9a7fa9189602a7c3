"""A small press on loopback whose every address a test writes itself: real HTTP, validators, a count of requests.

with PressSite() as site:
    site.put("/rss", feed_bytes, "application/xml", etag='"1"')
    site.url("/rss")           # http://press.localhost:PORT/rss
    site.asked("/rss")         # how often
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

HOST = "press.localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    etag: str = ""
    last_modified: str = ""
    location: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    host: str
    target: str  # path and query as sent
    headers: dict[str, str]  # names in lower case


class PressSite:
    def __init__(self) -> None:
        self.replies: dict[str, Reply | Callable[[str], Reply]] = {}
        self.otherwise: Callable[[str], Reply] = lambda target: Reply(status=404)
        self.log: list[Asked] = []
        self._arrival = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> PressSite:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def url(self, target: str, host: str = HOST) -> str:
        return f"http://{host}:{self.port}{target}"

    def put(self, target: str, body: bytes | str, content_type: str = "text/html; charset=utf-8", **more: object) -> None:
        raw = body if isinstance(body, bytes) else body.encode()
        self.replies[target] = Reply(body=raw, content_type=content_type, **more)  # type: ignore[arg-type]  # keyword of Reply

    def asked(self, target: str) -> int:
        return sum(1 for each in self.log if each.target == target)

    def arrived(self, asked: Asked) -> None:
        with self._arrival:
            self.log.append(asked)
            self._arrival.notify_all()

    def wait_for(self, enough: Callable[[list[Asked]], bool], timeout_s: float = 60.0) -> None:
        with self._arrival:
            assert self._arrival.wait_for(lambda: enough(self.log), timeout_s), "too few requests came"

    def reply(self, target: str) -> Reply:
        """The reply put for exactly this target, else for its path, else what `otherwise` says."""
        found = self.replies.get(target) or self.replies.get(target.partition("?")[0])
        if callable(found):
            return found(target)
        return found or self.otherwise(target)


def _handler(site: PressSite) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            host = headers.get("host", "").rpartition(":")[0]
            site.arrived(Asked(host, self.path, headers))
            reply = site.reply(self.path)
            is_same = bool(reply.etag) and headers.get("if-none-match") == reply.etag
            is_same = is_same or (bool(reply.last_modified) and headers.get("if-modified-since") == reply.last_modified)
            status, body = (304, b"") if is_same else (reply.status, reply.body)
            self.send_response(status)
            for name, value in (("ETag", reply.etag), ("Last-Modified", reply.last_modified), ("Location", reply.location)):
                if value:
                    self.send_header(name, value)
            if status != 304:
                self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
