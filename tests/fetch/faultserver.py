"""An HTTP server on loopback that misbehaves on purpose: one resource per fault, written byte by byte.

    with FaultServer() as server:
        server.url("/cut/gzip", host="paper")     # http://paper.localhost:PORT/cut/gzip
        server.seen                                # every request that arrived, with its time

What robots.txt says is chosen by the first label of the host: `robots-500.localhost`; any other host has none (404).
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import functools
import gzip
import os
import random
import socket
import struct
import threading
import time
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from urllib.parse import parse_qs, unquote_to_bytes, urlsplit

import brotli

try:
    from compression import zstd
except ImportError:
    from backports import zstd

PAGE = "<html><title>반도체</title><body><p>중국 인공지능 기업이 새 모형을 내놓았다고 밝혔다.</p></body></html>".encode()
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it arrived."""

    at: float  # time.time()
    host: str
    target: str
    headers: dict[str, str]
    number: str  # the address that it was sent to


@dataclass(slots=True)
class Talk:
    """One request and the connection to answer on."""

    seen: Seen
    writer: asyncio.StreamWriter
    query: dict[str, list[str]] = field(default_factory=dict)

    async def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
        await self.writer.drain()

    async def answer(self, status: int = 200, body: bytes = PAGE, *headers: bytes, length: int | None = None) -> None:
        lines = [b"HTTP/1.1 %d Word" % status, b"Content-Type: text/html; charset=utf-8", *headers]
        lines.append(b"Content-Length: %d" % (len(body) if length is None else length))
        await self.send(b"\r\n".join(lines) + b"\r\n\r\n" + body)

    def reset(self) -> None:
        """Close with RST."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Fault = Callable[[Talk], Awaitable[bool | None]]  # True: the connection may be used again
FAULTS: dict[str, Fault] = {}


def at(*paths: str) -> Callable[[Fault], Fault]:
    def register(fault: Fault) -> Fault:
        FAULTS.update(dict.fromkeys(paths, fault))
        return fault

    return register


# ------------------------------------------------------------------ good answers


@at("/page")
async def page(talk: Talk) -> bool:
    await talk.answer()
    return True


@at("/slow-page")
async def slow_page(talk: Talk) -> bool:
    await asyncio.sleep(0.15)
    await talk.answer()
    return True


@at("/status")
async def status(talk: Talk) -> bool:
    """`?code=503&Retry-After=120`: any status with any headers."""
    headers = [f"{name}: {value[0]}".encode() for name, value in talk.query.items() if name != "code"]
    await talk.answer(int(talk.query["code"][0]), PAGE, *headers)
    return True


@at("/chunked")
async def chunked(talk: Talk) -> bool:
    await talk.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"%x\r\n%b\r\n0\r\n\r\n" % (len(PAGE), PAGE))
    return True


@at("/until-close")
async def until_close(talk: Talk) -> None:
    await talk.send(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n", PAGE)


@at("/no-colon")
async def no_colon(talk: Talk) -> None:
    await talk.send(b"HTTP/1.1 200 OK\r\nthis line is no header\r\nContent-Length: %d\r\n\r\n" % len(PAGE), PAGE)


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstd.compress,
}


@at(*(f"/encoded/{name}" for name in ENCODERS))
async def encoded(talk: Talk) -> bool:
    name = talk.seen.target.rsplit("/", 1)[1]
    await talk.answer(200, ENCODERS[name](PAGE), b"Content-Encoding: " + name.encode())
    return True


# ------------------------------------------------------------------ slow ones


@at("/slow-headers")
async def slow_headers(talk: Talk) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 1000:
        await talk.send(bytes([byte]))
        await asyncio.sleep(0.2)


@at("/slow-body")
async def slow_body(talk: Talk) -> None:
    await talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(1000):
        await talk.send(b"a")
        await asyncio.sleep(0.2)


@at("/silence")
async def silence(talk: Talk) -> None:
    await asyncio.sleep(60)


@at("/half-headers")
async def half_headers(talk: Talk) -> None:
    await talk.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/h")
    await asyncio.sleep(60)


@at("/steady")
async def steady(talk: Talk) -> None:
    """Fast enough for the minimum rate, and never done."""
    await talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    for _ in range(500):
        await talk.send(b"a" * 2000)
        await asyncio.sleep(0.2)


# ------------------------------------------------------------------ too much


async def flood(talk: Talk, head: bytes, piece: bytes) -> None:
    await talk.send(head)
    for _ in range(64 * MIB // len(piece)):
        await talk.send(piece)


@at("/endless-headers")
async def endless_headers(talk: Talk) -> None:
    await flood(talk, b"HTTP/1.1 200 OK\r\n", b"X-More: %b\r\n" % (b"a" * 1000))


@at("/endless-header-line")
async def endless_header_line(talk: Talk) -> None:
    await flood(talk, b"HTTP/1.1 200 OK\r\nX-More: ", b"a" * 4096)


@at("/endless-status-line")
async def endless_status_line(talk: Talk) -> None:
    await flood(talk, b"HTTP/1.1 200 ", b"a" * 4096)


@at("/flood-of-1xx")
async def flood_of_1xx(talk: Talk) -> None:
    await flood(talk, b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n")


@at("/endless-body")
async def endless_body(talk: Talk) -> None:
    await flood(talk, b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 65536)


@at("/endless-chunks")
async def endless_chunks(talk: Talk) -> None:
    await flood(talk, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n%b\r\n" % (b"a" * 65536))


@at("/endless-trailers")
async def endless_trailers(talk: Talk) -> None:
    await flood(talk, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n", b"X-More: %b\r\n" % (b"a" * 1000))


@at("/announced")
async def announced(talk: Talk) -> None:
    await talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n", b"a" * 1000)
    await asyncio.sleep(60)


BOMB_BYTES = 64 * MIB  # eight times the cap
BOMBS = (*ENCODERS, "nested", "window")


@functools.cache
def bomb(name: str) -> bytes:
    big = b"a" * BOMB_BYTES
    if name == "nested":
        return gzip.compress(bomb("gzip"))
    if name == "window":  # a frame that makes the reader keep 64 MiB at hand
        level, window = zstd.CompressionParameter.compression_level, zstd.CompressionParameter.window_log
        return zstd.compress(os.urandom(MIB) + big, options={level: 1, window: 26})
    return brotli.compress(big, quality=1) if name == "br" else ENCODERS[name](big)


@at(*(f"/bomb/{name}" for name in BOMBS))
async def bombs(talk: Talk) -> None:
    name = talk.seen.target.rsplit("/", 1)[1]
    coding = {"nested": "gzip, gzip", "window": "zstd"}.get(name, name)
    await talk.answer(200, bomb(name), b"Content-Encoding: " + coding.encode())


# ------------------------------------------------------------------ too little


@at("/cut/length")
async def cut_length(talk: Talk) -> None:
    await talk.answer(200, PAGE[:50], length=len(PAGE))


@at("/cut/chunked")
async def cut_chunked(talk: Talk) -> None:
    await talk.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"%x\r\n%b\r\n" % (len(PAGE), PAGE))


@at(*(f"/cut/{name}" for name in ENCODERS))
async def cut_stream(talk: Talk) -> None:
    name = talk.seen.target.rsplit("/", 1)[1]
    whole = ENCODERS[name](PAGE * 20 + bytes(range(256)) * 20)
    await talk.answer(200, whole[: len(whole) // 2], b"Content-Encoding: " + name.encode())


@at("/cut/crc")
async def wrong_crc(talk: Talk) -> None:
    whole = gzip.compress(PAGE)
    await talk.answer(200, whole[:-8] + b"\0\0\0\0" + whole[-4:], b"Content-Encoding: gzip")


@at("/cut/reset")
async def cut_reset(talk: Talk) -> None:
    await talk.answer(200, PAGE[:50], length=len(PAGE))
    await asyncio.sleep(0.05)
    talk.reset()


@at("/reset")
async def reset(talk: Talk) -> None:
    talk.reset()


@at("/hang-up")
async def hang_up(talk: Talk) -> None:
    """Close without a word."""


PASSING = ("/reset", "/hang-up", "/cut/length", "/cut/gzip", "/bad-chunk", "/status?code=500", "/status?code=503")
_FAILED_ONCE: set[tuple[str, str]] = set()


@at("/passing")
async def passing(talk: Talk) -> bool | None:
    """`?as=/reset`: that fault to the first request of a host, the page to all others."""
    given = talk.query["as"][0]
    if (talk.seen.host, given) in _FAILED_ONCE:
        return await page(talk)
    _FAILED_ONCE.add((talk.seen.host, given))
    parts = urlsplit(given)
    return await FAULTS[parts.path](Talk(talk.seen, talk.writer, parse_qs(parts.query)))


@at("/unknown-encoding")
async def unknown_encoding(talk: Talk) -> None:
    await talk.answer(200, PAGE, b"Content-Encoding: snappy")


@at("/not-gzip")
async def not_gzip(talk: Talk) -> None:
    await talk.answer(200, PAGE, b"Content-Encoding: gzip")


@at("/charset-as-encoding")
async def charset_as_encoding(talk: Talk) -> None:
    await talk.answer(200, PAGE, b"Content-Encoding: utf-8")


# ------------------------------------------------------------------ no HTTP


@at("/ssh")
async def ssh(talk: Talk) -> None:
    await talk.send(b"SSH-2.0-OpenSSH_9.2p1\r\n")
    await asyncio.sleep(0.2)


@at("/http-0.9")
async def http_0_9(talk: Talk) -> None:
    await talk.send(PAGE)


@at("/bad-chunk")
async def bad_chunk(talk: Talk) -> None:
    await talk.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n")


@at("/negative-length")
async def negative_length(talk: Talk) -> None:
    await talk.answer(200, PAGE, length=-5)


SMUGGLED = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled"


@at("/smuggle/length")
async def smuggle_by_length(talk: Talk) -> bool:
    await talk.answer(200, PAGE + SMUGGLED, length=len(PAGE))
    return True


@at("/smuggle/both")
async def smuggle_by_both(talk: Talk) -> bool:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
    await talk.send(head, b"%x\r\n%b\r\n0\r\n\r\n" % (len(PAGE), PAGE), SMUGGLED)
    return True


WHOLE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(PAGE), PAGE),
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(PAGE), PAGE),
    b"HTTP/1.1 302 Found\r\nLocation: /page\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: br, gzip\r\nConnection: close\r\n\r\n" + gzip.compress(brotli.compress(PAGE)),
    b"HTTP/1.1 429 Slow\r\nRetry-After: 120\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno",
)
SPLICES = (
    b"\r\n", b"\n", b":", b" ", b"\0", b"\xff", b"-1", b"0", b"99999999999999999999", b"chunked", b"gzip",
    b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/9.9",
    b"100 Continue\r\n\r\n", b"Transfer-Encoding: gzip\r\n", b"Content-Length: 3\r\n", b"Location: http://[::1\r\n",
)  # fmt: skip


def mutated(seed: int) -> bytes:
    """A whole answer with a few bytes changed, left out or put in."""
    chance = random.Random(seed)
    answer = bytearray(chance.choice(WHOLE))
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(min(len(answer), 160))
        end = place + chance.choice((0, 0, 1, 1, 5, 40))
        answer[place:end] = chance.choice((b"", bytes([chance.randrange(256)]), chance.choice(SPLICES)))
    return bytes(answer)


@at("/mutated")
async def mutation(talk: Talk) -> None:
    await talk.send(mutated(int(talk.query["seed"][0])))


# ------------------------------------------------------------------ elsewhere


@at("/to")
async def redirect(talk: Talk) -> bool:
    """`?where=…` in base64: a Location of any bytes. `&code=301`."""
    where = base64.urlsafe_b64decode(talk.query["where"][0])
    await talk.answer(int(talk.query.get("code", ["302"])[0]), b"", b"Location: " + where, b"Set-Cookie: session=secret")
    return True


@at("/chain")
async def chain(talk: Talk) -> bool:
    """`?left=5`: that many more redirects, then a page."""
    left = int(talk.query["left"][0])
    if left:
        await talk.answer(302, b"", b"Location: /chain?left=%d" % (left - 1))
    else:
        await talk.answer()
    return True


@at("/self")
async def redirect_to_self(talk: Talk) -> bool:
    await talk.answer(302, b"", b"Location: /self")
    return True


@at("/meta-refresh")
async def meta_refresh(talk: Talk) -> bool:
    where = unquote_to_bytes(talk.query["where"][0])
    body = b'<html><head><meta http-equiv="refresh" content="0; url=%b"></head></html>' % where
    await talk.answer(200, body, b"Refresh: 0; url=" + where)
    return True


# ------------------------------------------------------------------ robots.txt, by host

ROBOTS: dict[str, bytes | Fault] = {
    "robots-deny": b"User-agent: *\nDisallow: /\n",
    "robots-ours": b"User-agent: *\nDisallow: /\n\nUser-agent: Sosik/2.0\nDisallow: /private\n",
    "robots-ai": b"User-agent: GPTBot\nDisallow: /\n\nUser-agent: *\nAllow: /\n",
    "robots-slow": b"User-agent: *\nCrawl-delay: 0.4\n",
    "robots-rate": b"User-agent: *\nRequest-rate: 2/1s\n",
    "robots-day": b"User-agent: *\nCrawl-delay: 86400\n",
    "robots-html": PAGE,
    "robots-long": b"User-agent: *\nDisallow: /early\n" + b"# filler\n" * 57_000 + b"Disallow: /page\n",
    "robots-bomb": lambda talk: talk.answer(200, robots_bomb(), b"Content-Encoding: gzip"),
    "robots-endless": lambda talk: flood(
        talk, b"HTTP/1.1 200 OK\r\n\r\nUser-agent: *\nDisallow: /page\n", b"# filler filler filler\n" * 1000
    ),
    "robots-gone": lambda talk: talk.answer(410, b""),
    "robots-403": lambda talk: talk.answer(403, b""),
    "robots-500": lambda talk: talk.answer(500, b""),
    "robots-429": lambda talk: talk.answer(429, b""),
    "robots-reset": reset,
    "robots-silent": silence,
    "robots-cut": lambda talk: talk.answer(200, b"User-agent: *\nDisallow: /other\n", length=1000),
    "robots-moved": lambda talk: talk.answer(301, b"", b"Location: http://robots-there.localhost:%d/robots.txt" % port_of(talk)),
    "robots-there": b"User-agent: *\nDisallow: /\n",
    "robots-loop": lambda talk: talk.answer(301, b"", b"Location: /robots.txt"),
}


@functools.cache
def robots_bomb() -> bytes:
    return gzip.compress(b"User-agent: *\nDisallow: /page\n" + b"#\n" * (16 * MIB))


def port_of(talk: Talk) -> int:
    return int(talk.writer.get_extra_info("sockname")[1])


async def robots(talk: Talk, given: bytes | Fault | None) -> None:
    if given is None:
        await talk.answer(404, b"")
    elif isinstance(given, bytes):
        await talk.answer(200, given)
    else:
        await given(talk)


# ------------------------------------------------------------------ the server


class FaultServer:
    """Listens on one port of `number` in a thread of its own. Use as a context manager."""

    def __init__(self, number: str = "127.0.0.1", port: int = 0, *, tls: object = None) -> None:
        self.number, self.port, self._tls = number, port, tls
        self.robots = dict(ROBOTS)
        self._arrival = threading.Condition()
        self.seen: list[Seen] = []
        self.open_now: dict[str, int] = {}  # requests under way, by host
        self.open_most: dict[str, int] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()

    def url(self, target: str, *, host: str = "", scheme: str = "http") -> str:
        return f"{scheme}://{host + '.localhost' if host else self.number}:{self.port}{target}"

    def redirect_to(self, where: str | bytes, *, host: str, code: int = 302) -> str:
        raw = where if isinstance(where, bytes) else where.encode()
        return self.url(f"/to?code={code}&where={base64.urlsafe_b64encode(raw).decode()}", host=host)

    def wait_for(self, host: str, timeout_s: float = 20.0) -> bool:
        """True when a request to `host` has arrived."""
        with self._arrival:
            return self._arrival.wait_for(lambda: bool(self.times(host)), timeout_s)

    def times(self, host: str) -> list[float]:
        return [seen.at for seen in list(self.seen) if seen.host.startswith(f"{host}.")]

    def targets(self, host: str) -> list[str]:
        return [seen.target for seen in list(self.seen) if seen.host.startswith(f"{host}.")]

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        listening = self._loop.run_until_complete(
            asyncio.start_server(self._connected, self.number, self.port, ssl=self._tls)  # type: ignore[arg-type]
        )
        self.port = listening.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        listening.close()
        self._loop.run_until_complete(self._hang_up())
        self._loop.close()

    async def _hang_up(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError, asyncio.LimitOverrunError):
            while await self._one(await reader.readuntil(b"\r\n\r\n"), writer):
                pass
            await writer.drain()
        writer.close()

    async def _one(self, head: bytes, writer: asyncio.StreamWriter) -> bool:
        first, *lines = head.decode("latin-1").strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        target = first.split(" ")[1]
        seen = Seen(time.time(), headers.get("host", ""), target, headers, self.number)
        with self._arrival:
            self.seen.append(seen)
            self._arrival.notify_all()
        parts = urlsplit(target)
        talk = Talk(seen, writer, parse_qs(parts.query))
        fault = FAULTS.get(parts.path)
        host = seen.host.split(":")[0]
        self.open_now[host] = self.open_now.get(host, 0) + 1
        self.open_most[host] = max(self.open_most.get(host, 0), self.open_now[host])
        try:
            if parts.path == "/robots.txt":
                await robots(talk, self.robots.get(host.split(".")[0]))
                return False
            if fault is None:
                await talk.answer(404, b"")
                return True
            return bool(await fault(talk))
        finally:
            self.open_now[host] -= 1

    def __enter__(self) -> FaultServer:
        """Bombs are built first: the server stands still while it builds one."""
        for name in BOMBS:
            bomb(name)
        robots_bomb()
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
