"""Runs one server process: uvicorn's server, stopped in our own way.

On SIGTERM, SIGINT and the end of the parent process, the server stops accepting connections, answers the requests in
flight, lets the application shut down and returns. uvicorn itself would raise the signal again and exit with 143.
"""

import asyncio
import gc
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import structlog
import uvicorn

from leadloop.server.connection import Connection
from leadloop.server.descriptors import Descriptors
from leadloop.server.limits import LIMITS, Limits
from leadloop.server.refusals import RefusalRenderer, problem
from leadloop.server.unfinished import Unfinished

_log = structlog.get_logger("leadloop.server")
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Server(uvicorn.Server):
    def __init__(
        self,
        config: uvicorn.Config,
        limits: Limits,
        descriptors: Descriptors,
        on_listening: Callable[[], Awaitable[None]],
        on_stopping: Callable[[], None],
        parent: int | None,
    ) -> None:
        super().__init__(config)
        self._limits = limits
        self._descriptors = descriptors
        self._on_listening = on_listening
        self._on_stopping = on_stopping
        self._parent = parent

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        if self._parent is not None:
            loop.add_reader(self._parent, self._handle_parent_exit)
        try:
            yield
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A second Ctrl-C abandons the requests in flight; a repeated SIGTERM changes nothing."""
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        _collect_rarely()
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        self._sweeper = asyncio.create_task(self._sweep())
        await self._on_listening()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_stopping()
        await super().shutdown(sockets)
        if self.force_exit:  # uvicorn skips it then
            await self.lifespan.shutdown()
        self._sweeper.cancel()

    def _handle_parent_exit(self) -> None:
        asyncio.get_running_loop().remove_reader(self._parent or 0)
        _log.warning("the parent process is gone: stopping")
        self.should_exit = True

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._limits.sweep_seconds)
            self._descriptors.probe()
            now = loop.time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, Connection):
                    connection.check(now)


SWITCH_INTERVAL_S = 0.001
"""How long a computing thread may keep the interpreter lock from the event loop and the writer. Python's 5 ms add up: a
PATCH acquires the lock some ten times."""


def _collect_rarely() -> None:
    """Requests leave hardly any reference cycles behind: collecting them less often saves some 4 % of the CPU."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def run(
    application: Any,
    listener: socket.socket,
    *,
    on_listening: Callable[[], Awaitable[None]],
    on_stopping: Callable[[], None] = lambda: None,
    render: RefusalRenderer = problem,
    limits: Limits = LIMITS,
    parent: int | None = None,
) -> bool:
    """Serves an ASGI application until a signal stops it. `on_listening` runs once connections are accepted,
    `on_stopping` before it waits for the requests in flight. `render` renders the body of the server's own responses to
    requests whose header it has read.

    `parent` is a file that becomes readable when the parent process ends. Returns whether it started: the application
    itself knows why it did not. Raises `OSError` if the socket cannot listen.
    """
    descriptors = Descriptors(time.monotonic)
    shared = {"limits": limits, "render": staticmethod(render), "descriptors": descriptors}
    protocol = type("Connection", (Connection,), shared | {"unfinished": Unfinished(limits.unfinished_bytes)})
    config = uvicorn.Config(
        application,
        http=protocol,
        loop="uvloop",
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=int(limits.keep_alive_seconds) + 1,  # ours comes first
        timeout_graceful_shutdown=limits.stop_seconds,
    )
    server = Server(config, limits, descriptors, on_listening, on_stopping, parent)
    try:
        server.run(sockets=[listener])
    except SystemExit:  # how uvicorn reports that the application refused to start
        return False
    return server.started
