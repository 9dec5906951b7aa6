"""A lightweight receiver of webhooks: its own process, which answers 200 and records when each delivery has arrived
completely. It checks no signature, but keeps the first request for that.

It answers a POST to /fail with 500. GET /count, /arrivals and /first return what has arrived, /reset clears it.
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
DELIVERED = re.compile(rb'"leadId":"(?:lead_)?([0-9a-f]+)","version":(\d+)')
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
FAILED = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\nno"


class ArrivalLog:
    """The arrivals since the last reset. Times are `time.monotonic_ns`, which all processes of a machine share."""

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
            return self.report(path.decode())
        if path == b"/fail":
            self.refused += 1
            return FAILED
        self.record(path, head, body)
        return OK

    def record(self, path: bytes, head: bytes, body: bytes) -> None:
        now_ns = time.monotonic_ns()
        delivered = DELIVERED.search(body)
        key = "" if delivered is None else f"{path.decode()} {delivered[1].decode()} {delivered[2].decode()}"
        if key in self.arrivals:
            self.repeats += 1
            return
        if not self.arrivals:
            self.first_ns, self.first = now_ns, (head, body)
        self.arrivals[key] = self.last_ns = now_ns

    def report(self, path: str) -> bytes:
        answers: Mapping[str, Callable[[], Any]] = {
            "/count": self.counts,
            "/arrivals": lambda: self.arrivals,
            "/first": lambda: [base64.b64encode(part).decode() for part in self.first],
            "/reset": self.reset,
        }
        text = msgspec.json.encode(answers[path]())
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(text), text)

    def counts(self) -> dict[str, int]:
        names = ("repeats", "refused", "first_ns", "last_ns")
        return {"distinct": len(self.arrivals)} | {name: getattr(self, name) for name in names}


class ReceiverProtocol(asyncio.Protocol):
    """One connection, kept alive."""

    def __init__(self, log: ArrivalLog) -> None:
        self._log = log
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        waiting = self._waiting + data if self._waiting else data
        while (start := waiting.find(b"\r\n\r\n") + 4) > 3:
            length = LENGTH.search(waiting, 0, start)
            end = start + (int(length[1]) if length else 0)
            if len(waiting) < end:
                break
            self._transport.write(self._log.answer(waiting[:start], waiting[start:end]))
            waiting = waiting[end:]
        self._waiting = waiting


async def main() -> None:
    log = ArrivalLog()
    server = await asyncio.get_running_loop().create_server(lambda: ReceiverProtocol(log), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
