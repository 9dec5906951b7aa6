"""The zoo: a receiver for every kind of behaviour, each on its own port on loopback.

It runs in a thread, so that it does not share the event loop or process of the code under test.
"""

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import NamedTuple, Self, TypeAlias

from tests.support.receivers.certificates import Authority

NAME = "hooks.receiver.test"
"""The name in the certificates of the zoo; the test decides where it resolves to."""


class Visit:
    """One connection, from the receiver's side."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, requests: list[bytes]) -> None:
        self.reader = reader
        self.writer = writer
        self._requests = requests

    async def request(self) -> bytes:
        """The next request, head and body. Raises `ConnectionError` if the client leaves before its end."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
            fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
            request = head + await self.reader.readexactly(int(fields.get(b"content-length", 0)))
        except asyncio.IncompleteReadError:
            raise ConnectionResetError from None
        self._requests.append(request)
        return request

    async def say(self, text: bytes) -> None:
        """Yields to other tasks before it sends, even if the client reads everything at once."""
        await asyncio.sleep(0)
        if self.writer.is_closing():
            raise ConnectionResetError
        self.writer.write(text)
        await self.writer.drain()

    def reset(self) -> None:
        """Resets the connection."""
        connection: socket.socket = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def stay(self) -> None:
        """Sends nothing more, and reads until the client leaves."""
        while await self.reader.read(1 << 16):
            pass


Behaviour: TypeAlias = Callable[[Visit], Awaitable[None]]


class Expected(NamedTuple):
    """The expected result of an attempt."""

    status: int | None = None
    error: str | None = None
    retry_after_s: range | None = None
    """The lowest expected value, and the one above the highest."""
    answer: str | None = None
    """`None` if it does not matter."""


class Animal(NamedTuple):
    name: str
    behave: Behaviour | None
    """`None` for an animal that never accepts its connection."""
    expected: Expected
    tls: Callable[[Authority], ssl.SSLContext] | None = None
    https: bool = False
    """Whether clients connect over https, whatever it speaks."""


class Zoo:
    """A context manager; `requests` has what each animal received."""

    def __init__(self, animals: Sequence[Animal], authority: Authority | None = None, host: str = "127.0.0.1") -> None:
        self._animals = animals
        self._authority = authority
        self._host = host
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._sockets = {animal.name: socket.create_server((host, 0), family=family) for animal in animals}
        self.ports = {name: int(listener.getsockname()[1]) for name, listener in self._sockets.items()}
        self.requests: dict[str, list[bytes]] = {animal.name: [] for animal in animals}
        self.connections = Counter[str]()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="zoo")

    def url(self, animal: Animal, path: str = "/hook") -> str:
        """The URL: by name over https, by address over http."""
        port = self.ports[animal.name]
        host = NAME if animal.https else f"[{self._host}]" if ":" in self._host else self._host
        return f"{'https' if animal.https else 'http'}://{host}:{port}{path}"

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        for listener in self._sockets.values():
            listener.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _open(self) -> None:
        self._servers = []
        for animal in self._animals:
            if animal.behave is not None:
                tls = animal.tls(self._authority) if animal.tls and self._authority else None
                server = await asyncio.start_server(self._keeper(animal), sock=self._sockets[animal.name], ssl=tls)
                self._servers.append(server)

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _keeper(self, animal: Animal) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            assert animal.behave is not None
            self.connections[animal.name] += 1
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await animal.behave(Visit(reader, writer, self.requests[animal.name]))
            writer.close()

        return meet
