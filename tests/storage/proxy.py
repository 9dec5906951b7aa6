"""A line to PostgreSQL that can be cut at a chosen moment: between a statement and its answer, or before either."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum
from typing import Self
from urllib.parse import urlsplit


class Cut(Enum):
    """What happens to the next thing that the client sends."""

    ANSWER = "the server does it, the answer is lost"
    REQUEST = "it never arrives"
    LATE = "it arrives when the client has long turned to another connection"
    SILENCE = "the server does it, and the line stays open without a word"


LATE_S = 0.3


class Proxy:
    """Listens on a port of its own. `cut` is done once, to whichever connection speaks next."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = parts.hostname, parts.port
        self._url = parts
        self.cut: Cut | None = None
        self.before_cut = 0
        """So much more is let through."""
        self.late: list[asyncio.Task[None]] = []
        self._writers: list[asyncio.StreamWriter] = []
        self._port = 0

    @classmethod
    @asynccontextmanager
    async def to(cls, url: str) -> AsyncIterator[Self]:
        proxy = cls(url)
        server = await asyncio.start_server(proxy._serve, "127.0.0.1", 0)
        proxy._port = server.sockets[0].getsockname()[1]
        try:
            yield proxy
        finally:
            server.close()
            await asyncio.gather(*proxy.late)
            for writer in proxy._writers:
                writer.close()
            await asyncio.sleep(0.05)

    @property
    def url(self) -> str:
        return self._url._replace(netloc=f"{self._url.username}@127.0.0.1:{self._port}").geturl()

    def cut_after(self, sent: int, cut: Cut) -> None:
        self.cut, self.before_cut = cut, sent

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(*self._target)
        self._writers += [writer, server_writer]
        answers = asyncio.create_task(self._pump(server_reader, writer))
        while data := await self._read(reader):
            if self.cut is None or self.before_cut > 0:
                self.before_cut = max(0, self.before_cut - 1)
                server_writer.write(data)
                continue
            cut, self.cut = self.cut, None
            answers.cancel()
            await asyncio.wait([answers])
            if cut is Cut.LATE:
                self.late.append(asyncio.create_task(self._send_late(data, server_reader, server_writer)))
            elif cut is not Cut.REQUEST:
                server_writer.write(data)
                await server_reader.read(65_536)  # by then it is committed
            if cut is not Cut.SILENCE:
                writer.close()
            if cut not in (Cut.SILENCE, Cut.LATE):
                server_writer.close()
            return
        server_writer.close()

    async def _send_late(
        self, data: bytes, server_reader: asyncio.StreamReader, server_writer: asyncio.StreamWriter
    ) -> None:
        await asyncio.sleep(LATE_S)
        server_writer.write(data)
        await server_reader.read(65_536)
        server_writer.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await self._read(reader):
            writer.write(data)
        writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        try:
            return await reader.read(65_536)
        except OSError:
            return b""
