"""A proxy in front of PostgreSQL that can cut a connection before a request, in the middle of it, or before its answer.

After a cut the client cannot know whether its request was executed.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum
from urllib.parse import urlsplit

CHUNK = 65_536
LATE_S = 0.3
CLOSING_S = 0.05


class Cut(Enum):
    """What happens to the next data that the client sends."""

    REQUEST = "the request is lost"
    HALF_REQUEST = "half of the request arrives"
    ANSWER = "the request is executed, its answer is lost"
    HALF_ANSWER = "the request is executed, its answer is truncated"
    LATE = "the request arrives after the client has switched to another connection"
    SILENCE = "the request is executed, then the connection is silent"


class Proxy:
    """Listens on its own port. Makes `cut` once, on the connection that sends next."""

    def __init__(self, url: str, chance: random.Random | None = None) -> None:
        self.cut: Cut | None = None
        self.before_cut = 0
        """Sends to let through before the cut."""
        self.late: list[asyncio.Task[None]] = []
        self._chance = chance or random.Random(0)
        self._target = urlsplit(url)
        self._writers: list[asyncio.StreamWriter] = []
        self._port = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            await asyncio.gather(*self.late)
            for writer in self._writers:
                writer.close()
            await asyncio.sleep(CLOSING_S)

    @property
    def url(self) -> str:
        return self._target._replace(netloc=f"{self._target.username}@127.0.0.1:{self._port}").geturl()

    def cut_after(self, sent: int, cut: Cut) -> None:
        self.cut, self.before_cut = cut, sent

    def next_cut(self, data: bytes) -> Cut | None:
        """The cut to make at `data`, which the client has just sent."""
        if self.cut is None or self.before_cut > 0:
            self.before_cut = max(0, self.before_cut - 1)
            return None
        cut, self.cut = self.cut, None
        return cut

    def lateness_s(self) -> float:
        return LATE_S

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(self._target.hostname, self._target.port)
        self._writers += [writer, server_writer]
        answers = asyncio.create_task(_pump(server_reader, writer))
        while data := await _read(reader):
            if (cut := self.next_cut(data)) is not None:
                answers.cancel()
                await asyncio.wait([answers])
                await self._do(cut, data, server_reader, server_writer, writer)
                return
            server_writer.write(data)
        server_writer.close()

    async def _do(
        self,
        cut: Cut,
        data: bytes,
        server_reader: asyncio.StreamReader,
        server_writer: asyncio.StreamWriter,
        writer: asyncio.StreamWriter,
    ) -> None:
        if cut is Cut.LATE:
            writer.close()
            self.late.append(asyncio.create_task(self._send_late(data, server_reader, server_writer)))
            return
        if cut is Cut.HALF_REQUEST:
            server_writer.write(data[: len(data) // 2])
            await server_writer.drain()
        elif cut is not Cut.REQUEST:
            server_writer.write(data)
            answer = await _read(server_reader)  # PostgreSQL has committed by then
            if cut is Cut.HALF_ANSWER:
                writer.write(answer[: self._chance.randrange(len(answer) + 1)])
        if cut is not Cut.SILENCE:
            writer.close()
            server_writer.close()

    async def _send_late(
        self, data: bytes, server_reader: asyncio.StreamReader, server_writer: asyncio.StreamWriter
    ) -> None:
        await asyncio.sleep(self.lateness_s())
        server_writer.write(data)
        await _read(server_reader)
        server_writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await _read(reader):
        writer.write(data)
    writer.close()


async def _read(reader: asyncio.StreamReader) -> bytes:
    """Empty when the connection is closed or broken."""
    try:
        return await reader.read(CHUNK)
    except OSError:
        return b""
