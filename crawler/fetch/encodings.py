"""Content encodings undone, with a cap on what comes out and without trusting that a stream is whole.

A stream that does not end as its format says was cut: a retry, never half an article. Bombs stop at the cap.
Pure: bytes and header in, bytes out. Charsets are not touched here (pipelines.read).
"""

from __future__ import annotations

import contextlib
import sys
import zlib
from collections.abc import Callable, Iterable
from typing import Any

import brotli

from crawler.fetch.outcomes import NotFetched
from pipelines.outcome import Outcome

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPTED = b"gzip, deflate, br, zstd"
LAYERS_MAX = 3  # nobody needs two; each is capped. Chosen by hand
CHUNK = 64 * 1024
ZSTD_WINDOW_LOG_MAX = 23  # 8 MiB, what RFC 9659 allows on the web: a frame may not ask for gigabytes

# Servers that name a charset here, or nothing, send the plain text.
_PLAIN = frozenset({"", "identity", "none", "utf-8", "utf8", "euc-kr"})

Sink = Callable[[bytes], None]


class _Full(Exception):
    """The cap is reached."""


class _Cut(Exception):
    """The stream is not whole."""


def decoded(body: bytes, content_encoding: Iterable[str], *, bytes_max: int, is_prefix_enough: bool = False) -> bytes:
    """`body` without its encodings. Raises NotFetched: OVERSIZE above `bytes_max`, RETRY when cut or unknown.

    With `is_prefix_enough`, what is above `bytes_max` is left off instead.
    """
    names = [name.strip().lower() for value in content_encoding for name in value.split(",")]
    names = [name for name in names if name not in _PLAIN]
    if len(names) > LAYERS_MAX:
        raise NotFetched(Outcome.RETRY, "encoding", f"{len(names)} layers")
    for name in reversed(names):
        body = _undone(name, body, bytes_max, is_prefix_enough=is_prefix_enough) if body else body
    return body


def _undone(name: str, body: bytes, bytes_max: int, *, is_prefix_enough: bool) -> bytes:
    if name not in _DECODERS:
        raise NotFetched(Outcome.RETRY, "encoding", f"unknown Content-Encoding {name[:40]!r}")
    out = bytearray()

    def put(piece: bytes) -> None:
        out.extend(piece)
        if len(out) > bytes_max:
            raise _Full

    with contextlib.suppress(_Full):
        try:
            _DECODERS[name](body, put)
        except (_Cut, zlib.error, brotli.error, zstd.ZstdError, EOFError) as error:
            raise NotFetched(Outcome.RETRY, "cut", f"{name} stream is broken or ends early ({error})") from error
    if len(out) > bytes_max and not is_prefix_enough:
        raise NotFetched(Outcome.OVERSIZE, "body", f"more than {bytes_max} bytes out of {len(body)} of {name}")
    return bytes(out[:bytes_max])


def _gzip(body: bytes, put: Sink) -> None:
    """All members. What follows the last one and is none itself is ignored, as every client does."""
    rest = body
    while True:
        rest = _zlib_stream(zlib.decompressobj(wbits=31), rest, put)
        if not rest.startswith(b"\x1f\x8b"):
            return


def _deflate(body: bytes, put: Sink) -> None:
    """With zlib's header as the standard says, or raw as some servers send it."""
    is_zlib = len(body) > 1 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0  # RFC 1950
    _zlib_stream(zlib.decompressobj(wbits=15 if is_zlib else -15), body, put)


def _zlib_stream(stream: Any, body: bytes, put: Sink) -> bytes:
    while not stream.eof:
        if not body:
            raise _Cut
        put(stream.decompress(body, CHUNK))
        body = stream.unconsumed_tail
        if not body and not stream.eof:  # all is fed; what is left inside is less than a chunk
            put(stream.flush(CHUNK))
            if not stream.eof:
                raise _Cut
    rest: bytes = stream.unused_data
    return rest


def _brotli(body: bytes, put: Sink) -> None:
    stream = brotli.Decompressor()
    piece = stream.process(body, output_buffer_limit=CHUNK)
    while piece or not stream.is_finished():
        if not piece:
            raise _Cut
        put(piece)
        piece = b"" if stream.is_finished() else stream.process(b"", output_buffer_limit=CHUNK)


def _zstd(body: bytes, put: Sink) -> None:
    """All frames."""
    rest = body
    while rest:
        frame = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: ZSTD_WINDOW_LOG_MAX})
        put(frame.decompress(rest, CHUNK))
        while not frame.eof:
            if frame.needs_input:
                raise _Cut
            put(frame.decompress(b"", CHUNK))
        rest = frame.unused_data


_DECODERS: dict[str, Callable[[bytes, Sink], None]] = {
    "gzip": _gzip, "x-gzip": _gzip, "deflate": _deflate, "br": _brotli, "zstd": _zstd,
}  # fmt: skip
