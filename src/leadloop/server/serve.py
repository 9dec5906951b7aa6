"""One process that serves: uvicorn's server with our own way to stop.

SIGTERM, SIGINT and the end of the parent process all mean: accept nothing more, answer what is in flight, let the
application shut down, return. uvicorn itself would raise the signal again and exit with 143.
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
from leadloop.server.refusals import Render, problem
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
            loop.add_reader(self._parent, self._parent_gone)
        try:
            yield
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A second Ctrl-C gives up on what is in flight; SIGTERM may come more than once and means the same."""
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
        if self.force_exit:  # uvicorn leaves it out then
            await self.lifespan.shutdown()
        self._sweeper.cancel()

    def _parent_gone(self) -> None:
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
"""How long a thread that computes may keep the event loop and the writer from the interpreter. Python's 5 ms add up: a
PATCH takes the interpreter some ten times."""


def _collect_rarely() -> None:
    """A request leaves hardly any cycles behind: looking for them less often saves some 4 % of the CPU."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def run(
    application: Any,
    listener: socket.socket,
    *,
    on_listening: Callable[[], Awaitable[None]],
    on_stopping: Callable[[], None] = lambda: None,
    render: Render = problem,
    limits: Limits = LIMITS,
    parent: int | None = None,
) -> bool:
    """Serve an ASGI application until told to stop; `on_listening` runs once connections are accepted, `on_stopping`
    before it waits for what is in flight. `render` makes the body of what the server itself answers to a request whose
    header it has read.

    `parent` is a file that becomes readable when the parent process ends. Returns whether it started at all: the
    application itself knows why it refused. Raises `OSError` when the socket can not listen.
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
    except SystemExit:  # uvicorn's way to say that the application refused to start
        return False
    return server.started
