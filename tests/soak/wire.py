"""Sites that publish without end: so many hosts on one loopback port, each with a feed, some of whose answers fail."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

SYLLABLES = (
    "가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허고노도로"
    "모보소오조초코토포호구누두루무부수우주추쿠투푸후그느드르므브스으"
)
FEED_S = 60.0  # how often a feed is asked for: what is older has been announced
DEEDS = (
    "중국 스타트업 {name}가 새 인공지능(AI) 모델 {model}을 공개했다",
    "알리바바가 {name} 지역 데이터센터에 AI 투자를 {n}억 위안 늘린다",
    "화웨이가 AI 반도체 {model} 양산을 {name} 공장에서 시작했다",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    host: int
    number: int
    title: str
    paragraphs: tuple[str, ...]
    is_about_china_ai: bool
    published_at: float  # epoch


def write_story(host: int, number: int, draw: random.Random, *, is_about_china_ai: bool) -> Story:
    """A story that shares no fact with another: names and figures are drawn from so many that none comes twice."""

    def name() -> str:
        return "".join(draw.choice(SYLLABLES) for _ in range(4))

    place, thing, person, n = name(), name(), name(), draw.randrange(1_000, 1_000_000)
    title = f"{place} {thing} {n}억원 들여 새로 짓는다…{person} 대표 발표"
    lead = f"{place}의 {thing} 공사가 {n}억원 규모로 시작된다고 {person} 대표가 밝혔다."
    if is_about_china_ai:
        model = f"{draw.choice('KRTQZ')}{draw.randrange(1_000, 1_000_000)}"
        deed = draw.choice(DEEDS).format(name=name(), model=model, n=n)
        title, lead = f"中 AI {model}, {place}서 {thing} {n}대 제쳤다", f"{deed}고 {person} 연구원이 말했다."
    rest = [
        f"{name()} {name()}의 {name()} 비용은 {draw.randrange(10, 99_999)}만원이다. {name()} 위원은 {name()}에서 {name()}을 두고 "
        f"{name()} 측과 만났다."
        for _ in range(6)
    ]
    return Story(
        host=host, number=number, title=title, paragraphs=(lead, *rest), is_about_china_ai=is_about_china_ai,
        published_at=time.time(),
    )


@dataclass
class Wire:
    """Publishes a story on a random host every `every_s`; `fault_share` of all requests fail."""

    hosts: int = 30
    every_s: float = 1.0
    matched_share: float = 0.1
    fault_share: float = 0.05
    draw: random.Random = field(default_factory=lambda: random.Random(20261122))
    stories: list[Story] = field(default_factory=list)
    requests: int = 0
    disturbed: set[int] = field(default_factory=set)  # numbers of stories whose page, or feed before they were told, failed once

    def __enter__(self) -> Wire:
        self._server = _Server(self)
        self._stop = threading.Event()
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._desk = threading.Thread(target=self._publish, daemon=True)
        self._desk.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_publishing()
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def stop_publishing(self) -> None:
        self._stop.set()
        self._desk.join()

    def _publish(self) -> None:
        while not self._stop.wait(self.every_s):
            is_about = self.draw.random() < self.matched_share
            number = len(self.stories) + 1
            self.stories.append(write_story(self.draw.randrange(self.hosts), number, self.draw, is_about_china_ai=is_about))

    def note_fault(self, path: str, host: str) -> None:
        if path == "/rss":
            late = time.time() - FEED_S
            self.disturbed |= {s.number for s in self.stories if f"press{s.host}." in host and s.published_at > late}
        else:
            self.disturbed.add(int(path.rsplit("/", 1)[1]))

    def url(self, story: Story) -> str:
        return f"http://press{story.host}.localhost:{self.port}/news/{story.number}"

    def feed(self, host: int) -> str:
        items = "".join(
            f"<item><title>{escape(s.title)}</title><link>{self.url(s)}</link>"
            f"<pubDate>{format_datetime(datetime.fromtimestamp(s.published_at, UTC))}</pubDate></item>"
            for s in [s for s in self.stories if s.host == host][-50:]
        )
        return f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>p</title>{items}</channel></rss>'

    def page(self, number: int) -> str:
        story = self.stories[number - 1]
        when = datetime.fromtimestamp(story.published_at, UTC).isoformat()
        body = "".join(f"<p>{escape(p)}</p>" for p in story.paragraphs)
        return (
            f'<!doctype html><html lang="ko"><head><meta charset="utf-8"><title>{escape(story.title)}</title>'
            f'<meta property="article:published_time" content="{when}"><meta property="og:type" content="article"></head>'
            f'<body><h1>{escape(story.title)}</h1><div itemprop="articleBody">{body}</div></body></html>'
        )

    def sources_toml(self) -> str:
        return "".join(
            f'[[source]]\nname = "press{i}"\ntitle = "언론{i}"\nhosts = ["press{i}.localhost"]\ninterval_min = {FEED_S / 60:g}\n'
            f'feeds = ["http://press{i}.localhost:{self.port}/rss"]\n\n'
            for i in range(self.hosts)
        )


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        super().__init__(("127.0.0.1", 0), _Answer)

    def handle_error(self, request: object, client_address: object) -> None:
        """A killed client is part of the exercise."""


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        wire = self.server.wire
        wire.requests += 1
        if self.path == "/robots.txt":
            self._say(404, "text/plain", "")
        elif wire.draw.random() < wire.fault_share:
            wire.note_fault(self.path, self.headers["Host"])
            self._fail(wire.draw.randrange(3))
        elif self.path == "/rss":
            self._say(200, "application/rss+xml", wire.feed(int(self.headers["Host"].split(".")[0].removeprefix("press"))))
        else:
            self._say(200, "text/html; charset=utf-8", wire.page(int(self.path.rsplit("/", 1)[1])))

    def _fail(self, kind: int) -> None:
        """An error, a body cut short, or a connection that drops."""
        if kind == 0:
            self._say(503, "text/plain", "later")
        elif kind == 1:
            self.send_response(200)
            self.send_header("Content-Length", "5000")
            self.end_headers()
            self.wfile.write(b"<html>")
            self.close_connection = True
        else:
            self.close_connection = True

    def _say(self, status: int, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Thousands of requests need no line each."""
