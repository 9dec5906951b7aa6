"""Hand-written HTTP connections: they can hold back the last byte of a request, and send it all at the same moment."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from lab.server import Client

HEADER_END = b"\r\n\r\n"
PATIENCE_S = 60.0


class ConnectionLost(Exception):
    """The server closed the connection before it answered."""


class Request(NamedTuple):
    """One request. `path` starts after the host."""

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = {}


class Answer(NamedTuple):
    """An answer. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def version(self) -> int:
        """The version in the `ETag`; 0 without one."""
        return int(self.headers.get("etag", "0").strip('"'))

    @property
    def is_replay(self) -> bool:
        return self.headers.get("idempotent-replayed") == "true"

    @property
    def identity(self) -> tuple[int, bytes, str | None]:
        """What every answer to the same request must repeat."""
        return self.status, self.body, self.headers.get("etag")

    def json(self) -> Any:
        return json.loads(self.body)

    def __str__(self) -> str:
        return f"{self.status}: {self.body[:120].decode(errors='replace')}"


class Connection:
    """A connection of `client` to its server, as an async context manager. Every method may raise `ConnectionLost`."""

    def __init__(self, client: Client) -> None:
        self._host, self._port = urlsplit(client.url).hostname, urlsplit(client.url).port
        self._key = client.key
        self._last_byte = b""

    async def __aenter__(self) -> Self:
        try:
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        except OSError as error:
            raise ConnectionLost from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    def send_but_last_byte(self, request: Request) -> None:
        """Sends the request without its last byte."""
        data = self._bytes(request)
        self._writer.write(data[:-1])
        self._last_byte = data[-1:]

    def send_last_byte(self) -> None:
        self._writer.write(self._last_byte)

    async def read_answer(self) -> Answer:
        try:
            async with asyncio.timeout(PATIENCE_S):
                head = (await self._reader.readuntil(HEADER_END)).decode("latin-1").splitlines()
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
                body = await self._reader.readexactly(int(headers.get("content-length", "0")))
        except TimeoutError as error:
            raise RuntimeError(f"there was no answer within {PATIENCE_S:.0f} s") from error
        except (EOFError, OSError) as error:
            raise ConnectionLost from error
        return Answer(int(head[0].split(" ")[1]), headers, body)

    async def request(self, request: Request) -> Answer:
        self.send_but_last_byte(request)
        self.send_last_byte()
        return await self.read_answer()

    def _bytes(self, request: Request) -> bytes:
        body = b"" if request.body is None else json.dumps(request.body).encode()
        headers = {"Host": f"{self._host}:{self._port}", "X-API-Key": self._key, **request.headers}
        if body:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
        lines = [f"{request.method} {request.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join(lines).encode() + HEADER_END + body


async def send_together(requests: Sequence[tuple[Connection, Request]], held_s: float = 0.0) -> list[Answer]:
    """Sends all requests at once: first all but their last bytes, and after `held_s` all last bytes."""
    for connection, request in requests:
        connection.send_but_last_byte(request)
    await asyncio.sleep(held_s)
    for connection, _ in requests:
        connection.send_last_byte()
    return await asyncio.gather(*(connection.read_answer() for connection, _ in requests))


def lead_path(client: Client, dialect: str, lead_id: str = "") -> str:
    """The path of a lead, or of all leads, in the dialect."""
    leads = f"/v1/account/{client.account_id}/lead" if dialect == "expad" else "/api/v1/leads"
    return f"{leads}/{lead_id}" if lead_id else leads
