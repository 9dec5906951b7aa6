"""A receiver of webhooks that takes as little of the machine as Python can: a process of its own that answers 200 and
notes when each delivery had come in whole. It checks no signature; the first request is kept for that.

What is posted to /fail is answered with 500. GET /count, /arrivals and /first tell what has come, /reset forgets it.
"""

import asyncio
import base64
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec
import uvloop

LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
TOLD = re.compile(rb'"leadId":"(?:lead_)?([0-9a-f]+)","version":(\d+)')
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
FAILED = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\nno"


class Book:
    """What has come since the last reset. Times are `time.monotonic_ns`, which all processes of a machine share."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.arrivals: dict[str, int] = {}
        self.repeats = self.refused = 0
        self.first_ns = self.last_ns = 0
        self.first: tuple[bytes, bytes] = (b"", b"")

    def answer(self, head: bytes, body: bytes) -> bytes:
        method, path, _ = head.split(b" ", 2)
        if method == b"GET":
            return self.tell(path.decode())
        if path == b"/fail":
            self.refused += 1
            return FAILED
        self.note(path, head, body)
        return OK

    def note(self, path: bytes, head: bytes, body: bytes) -> None:
        now_ns = time.monotonic_ns()
        found = TOLD.search(body)
        key = "" if found is None else f"{path.decode()} {found[1].decode()} {found[2].decode()}"
        if key in self.arrivals:
            self.repeats += 1
            return
        if not self.arrivals:
            self.first_ns, self.first = now_ns, (head, body)
        self.arrivals[key] = self.last_ns = now_ns

    def tell(self, path: str) -> bytes:
        answers: Mapping[str, Callable[[], Any]] = {
            "/count": self.counted,
            "/arrivals": lambda: self.arrivals,
            "/first": lambda: [base64.b64encode(part).decode() for part in self.first],
            "/reset": self.reset,
        }
        text = msgspec.json.encode(answers[path]())
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(text), text)

    def counted(self) -> dict[str, int]:
        names = ("repeats", "refused", "first_ns", "last_ns")
        return {"distinct": len(self.arrivals)} | {name: getattr(self, name) for name in names}


class Line(asyncio.Protocol):
    """One connection, kept alive."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        waiting = self._waiting + data if self._waiting else data
        while (start := waiting.find(b"\r\n\r\n") + 4) > 3:
            found = LENGTH.search(waiting, 0, start)
            end = start + (int(found[1]) if found else 0)
            if len(waiting) < end:
                break
            self._transport.write(self._book.answer(waiting[:start], waiting[start:end]))
            waiting = waiting[end:]
        self._waiting = waiting


async def main() -> None:
    book = Book()
    server = await asyncio.get_running_loop().create_server(lambda: Line(book), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
