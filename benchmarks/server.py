"""A server on loopback in a thread of its own that does next to nothing, so that what is measured is who asks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable


class Server:
    """`answer` gives the whole response to a request's head. Counts what it sends. Listens on all of 127.0.0.0/8."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self._answer = answer
        self._ready = threading.Event()
        self.port = self.sent_bytes = 0

    def __enter__(self) -> Server:
        threading.Thread(target=asyncio.run, args=(self._serve(),), daemon=True).start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        """The thread ends with the program."""

    async def _serve(self) -> None:
        listening = await asyncio.start_server(self._connected, "0.0.0.0")
        self.port = listening.sockets[0].getsockname()[1]
        self._ready.set()
        await listening.serve_forever()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                answer = self._answer(head)
                self.sent_bytes += len(answer)
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            writer.close()
