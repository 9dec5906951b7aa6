"""Requests on lines of their own, written by hand: they can be held back, and let go all at the same moment."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from lab.server import Client

HEADER_END = b"\r\n\r\n"
PATIENCE_S = 60.0


class Gone(Exception):
    """The server went away before it had answered."""


class Ask(NamedTuple):
    """One request. `path` follows the host."""

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = {}


class Said(NamedTuple):
    """An answer; the names of its headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def version(self) -> int:
        """That of the `ETag`; 0 without one."""
        return int(self.headers.get("etag", "0").strip('"'))

    @property
    def replayed(self) -> bool:
        return self.headers.get("idempotent-replayed") == "true"

    @property
    def same(self) -> tuple[int, bytes, str | None]:
        """What each answer to the same thing has to repeat."""
        return self.status, self.body, self.headers.get("etag")

    def json(self) -> Any:
        return json.loads(self.body)

    def __str__(self) -> str:
        return f"{self.status}: {self.body[:120].decode(errors='replace')}"


class Line:
    """One connection of `client` to its server, as an async context manager. Every method raises `Gone`."""

    def __init__(self, client: Client) -> None:
        self._host, self._port = urlsplit(client.url).hostname, urlsplit(client.url).port
        self._key = client.key
        self._waiting = b""

    async def __aenter__(self) -> Self:
        try:
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        except OSError as error:
            raise Gone from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    def hold(self, ask: Ask) -> None:
        """Sends all of the request but its last byte."""
        data = self._bytes(ask)
        self._writer.write(data[:-1])
        self._waiting = data[-1:]

    def let_go(self) -> None:
        self._writer.write(self._waiting)

    async def answer(self) -> Said:
        try:
            async with asyncio.timeout(PATIENCE_S):
                head = (await self._reader.readuntil(HEADER_END)).decode("latin-1").splitlines()
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
                body = await self._reader.readexactly(int(headers.get("content-length", "0")))
        except TimeoutError as error:
            raise RuntimeError(f"there was no answer within {PATIENCE_S:.0f} s") from error
        except (EOFError, OSError) as error:
            raise Gone from error
        return Said(int(head[0].split(" ")[1]), headers, body)

    async def ask(self, ask: Ask) -> Said:
        self.hold(ask)
        self.let_go()
        return await self.answer()

    def _bytes(self, ask: Ask) -> bytes:
        body = b"" if ask.body is None else json.dumps(ask.body).encode()
        headers = {"Host": f"{self._host}:{self._port}", "X-API-Key": self._key, **ask.headers}
        if body:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
        lines = [f"{ask.method} {ask.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join(lines).encode() + HEADER_END + body


async def together(asks: Sequence[tuple[Line, Ask]], held_s: float = 0.0) -> list[Said]:
    """All at once: each server has the whole of every request but its last byte, when these are sent in one go."""
    for line, ask in asks:
        line.hold(ask)
    await asyncio.sleep(held_s)
    for line, _ in asks:
        line.let_go()
    return await asyncio.gather(*(line.answer() for line, _ in asks))


def lead_path(client: Client, dialect: str, lead_id: str = "") -> str:
    """Of a lead, or of all leads, in the dialect."""
    leads = f"/v1/account/{client.account_id}/lead" if dialect == "expad" else "/api/v1/leads"
    return f"{leads}/{lead_id}" if lead_id else leads
