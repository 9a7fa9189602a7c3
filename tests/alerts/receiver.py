"""An HTTP receiver on loopback: what was posted to it, and answers as told. It may keep its senders waiting."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType


@dataclass(kw_only=True)
class Receiver:
    answers: list[int] = field(default_factory=list)  # statuses given first; 0 closes without an answer
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    may_answer: threading.Event = field(default_factory=threading.Event)  # set, unless a test clears it
    drip_s: float = 0.0  # a byte of the answer each time, for ever

    def __post_init__(self) -> None:
        self.may_answer.set()
        self.is_over = threading.Event()

    def __enter__(self) -> Receiver:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.posts.append(({name.lower(): value for name, value in self.headers.items()}, body))
                receiver.may_answer.wait()
                if receiver.drip_s:
                    self.wfile.write(b"HTTP/1.1 200 ")
                    while not receiver.is_over.wait(receiver.drip_s):
                        try:
                            self.wfile.write(b"O")
                        except OSError:
                            return
                status = receiver.answers.pop(0) if receiver.answers else 200
                if status:
                    self.send_response(status)
                    self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.is_over.set()
        self.may_answer.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
