"""A line to PostgreSQL that is cut at random moments: before a request arrives, after it was done, inside its answer.

It runs in a thread of its own, beside the load. What a cut connection was about, nobody can know from its end.
"""

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Sequence
from enum import Enum
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

CHUNK = 65_536


class Cut(Enum):
    """What happens to the next thing that leadloop sends, on whichever connection."""

    REQUEST = "the request never arrives"
    HALF_REQUEST = "half of the request arrives"
    ANSWER = "the request is done, its answer is lost"
    HALF_ANSWER = "the request is done, its answer ends in the middle"
    LATE = "the request arrives when leadloop has turned to another connection"
    SILENCE = "the request is done, and the line stays open without a word"


COMMON = (Cut.REQUEST, Cut.HALF_REQUEST, Cut.ANSWER, Cut.ANSWER, Cut.HALF_ANSWER, Cut.LATE)
SILENCE_EVERY = 40
"""The dearest: leadloop waits ten seconds before it gives such a line up."""
LATE_S = (0.0, 0.4)
AFTER = (Cut.ANSWER, Cut.HALF_ANSWER)
"""When the request was done."""
PAUSES_S = ((0.0, 0.02), (0.05, 0.4))
"""Between two cuts: one while leadloop has not yet recovered from the last, or one into full load."""


class CuttingProxy:
    """A context manager. Cuts while `armed`; `cuts` counts them."""

    def __init__(self, url: str, chance: random.Random, kinds: Sequence[Cut] = COMMON) -> None:
        self.armed = False
        self.cuts: Counter[Cut] = Counter()
        self._target = urlsplit(url)
        self._chance = chance
        self._kinds = kinds
        self._not_before = 0.0
        self._port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=[self._run()], daemon=True)
        self._listening, self._stopping = threading.Event(), asyncio.Event()
        self._lines: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return self._target._replace(netloc=f"{self._target.username}@127.0.0.1:{self._port}").geturl()

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._listening.wait(10):
            raise RuntimeError("the proxy does not listen")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._loop.close()

    async def _run(self) -> None:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        self._listening.set()
        await self._stopping.wait()
        server.close()
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.create_task(self._serve(reader, writer))
        self._lines.add(line)
        line.add_done_callback(self._lines.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(self._target.hostname, self._target.port)
        answers = asyncio.create_task(_pump(server_reader, writer))
        try:
            while data := await _read(reader):
                if (cut := self._next_cut()) is not None:
                    answers.cancel()
                    await asyncio.wait([answers])
                    await self._do(cut, data, server_reader, server_writer, writer)
                    return
                server_writer.write(data)
        finally:
            answers.cancel()
            writer.close()
            server_writer.close()

    def _next_cut(self) -> Cut | None:
        now = self._loop.time()
        if not self.armed or now < self._not_before:
            return None
        self._not_before = now + self._chance.uniform(*self._chance.choice(PAUSES_S))
        cut = self._chance.choice(self._kinds)
        if self.cuts.total() % SILENCE_EVERY == SILENCE_EVERY // 2:
            cut = Cut.SILENCE
        self.cuts[cut] += 1
        return cut

    async def _do(
        self,
        cut: Cut,
        data: bytes,
        server_reader: asyncio.StreamReader,
        server_writer: asyncio.StreamWriter,
        writer: asyncio.StreamWriter,
    ) -> None:
        if cut is Cut.REQUEST:
            return
        if cut is Cut.LATE:
            writer.close()
            await asyncio.sleep(self._chance.uniform(*LATE_S))
        server_writer.write(data[: len(data) // 2] if cut is Cut.HALF_REQUEST else data)
        if cut is Cut.HALF_REQUEST:
            await server_writer.drain()
            return
        answer = await _read(server_reader)
        if cut is Cut.HALF_ANSWER:
            writer.write(answer[: self._chance.randrange(len(answer) + 1)])
        elif cut is Cut.SILENCE:
            server_writer.close()
            await self._stopping.wait()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await _read(reader):
        writer.write(data)
    writer.close()


async def _read(reader: asyncio.StreamReader) -> bytes:
    """Empty when the line is gone, however it ended."""
    try:
        return await reader.read(CHUNK)
    except OSError:
        return b""
