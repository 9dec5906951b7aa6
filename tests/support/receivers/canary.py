"""A canary: a listener on loopback that records every connection that anybody makes to it."""

import contextlib
import selectors
import socket
import threading
from types import TracebackType
from typing import Self

HOSTS = ("127.0.0.1", "::1")
PORTS = 4


class Canary:
    """A context manager; it listens on every port of `ports` under all of its addresses."""

    def __init__(self, *ports: int) -> None:
        self._selector = selectors.DefaultSelector()
        self._listeners: list[socket.socket] = []
        self._changed = threading.Condition()
        self._peers: list[tuple[str, int]] = []
        for port in ports or (0,) * PORTS:
            self._listen(port)
        self.ports = sorted({int(listener.getsockname()[1]) for listener in self._listeners})
        self._bell, self._end = socket.socketpair()
        self._selector.register(self._end, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._watch, name="canary")

    def seen(self) -> int:
        """The number of connections so far, without its own. It connects to each of its ports first, so that every
        earlier connection is counted."""
        own = []
        for listener in self._listeners:
            with socket.create_connection(listener.getsockname()[:2]) as calling:
                own.append(calling.getsockname()[:2])
        with self._changed:
            self._changed.wait_for(lambda: set(own) <= set(self._peers))
            for peer in own:
                self._peers.remove(peer)
            return len(self._peers)

    def _listen(self, port: int) -> None:
        """The same port under every address; a machine without IPv6 has one address less."""
        for host in HOSTS:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            with contextlib.suppress(OSError):
                listener = socket.create_server((host, port), family=family, backlog=512)
                port = int(listener.getsockname()[1])
                self._listeners.append(listener)
                self._selector.register(listener, selectors.EVENT_READ)

    def _watch(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._end:
                    return
                assert isinstance(key.fileobj, socket.socket)
                with contextlib.suppress(OSError):
                    connection, peer = key.fileobj.accept()
                    connection.close()
                    with self._changed:
                        self._peers.append(peer[:2])
                        self._changed.notify_all()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bell.send(b"x")
        self._thread.join()
        self._selector.close()
        for each in (*self._listeners, self._bell, self._end):
            each.close()
