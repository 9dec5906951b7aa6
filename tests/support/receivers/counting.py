"""A server that breaks connections and counts the requests that reach it: it shows what is sent only once."""

import socket
import struct
import threading
from types import TracebackType
from typing import Literal, Self, TypeAlias

Point: TypeAlias = Literal["before", "unread", "in the head", "in the body", "after", "in the response"]
"""Where the connection breaks: before a byte of the request arrived; with all its bytes unread; after part of its head
or body; after the whole request; in the middle of the response."""
Ending: TypeAlias = Literal["close", "reset"]

HEAD_BYTES, BODY_BYTES = 10, 1_000
RECEIVE_BUFFER_BYTES = 8_192
"""Small, so that a large body is still being written when its connection breaks."""
FIRST = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst"
HALF = b"HTTP/1.1 200 OK\r\nX-Id: 7\r\nContent-Length: 10\r\n\r\nhello"


class CountingServer:
    """A context manager. With `answers_first`, each connection answers one request before it breaks at the next."""

    def __init__(self, point: Point, ending: Ending, answers_first: bool) -> None:
        self._point = point
        self._ending = ending
        self._answers_first = answers_first
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        self._threads = [threading.Thread(target=self._accept)]
        self._last: tuple[str, int] | None = None
        """After a connection from this peer it stops accepting."""
        self.connections = 0
        self.requests = 0
        """Connections that it broke; a request counts from its first byte."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Returns when every connection that was made has been counted."""
        with socket.socket() as last:
            last.bind(("127.0.0.1", 0))
            self._last = last.getsockname()
            last.connect(self._listener.getsockname())
            self._threads[0].join()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            connection, peer = self._listener.accept()
            if peer == self._last:
                connection.close()
                return
            self.connections += 1
            self._threads.append(threading.Thread(target=self._serve, args=(connection,)))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            if self._answers_first:
                _read_request(connection)
                connection.sendall(FIRST)
            if self._point != "before":
                if not connection.recv(1, socket.MSG_PEEK):
                    return
                self.requests += 1
            self._read(connection)
            if self._point == "in the response":
                connection.sendall(HALF)
            if self._ending == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _read(self, connection: socket.socket) -> None:
        if self._point == "in the head":
            connection.recv(HEAD_BYTES)
        elif self._point == "in the body":
            _read_head(connection)
            connection.recv(BODY_BYTES)
        elif self._point in ("after", "in the response"):
            _read_request(connection)


def _read_request(connection: socket.socket) -> None:
    head = _read_head(connection).lower()
    fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
    missing = int(fields.get(b"content-length", 0))
    while missing and (piece := connection.recv(missing)):
        missing -= len(piece)


def _read_head(connection: socket.socket) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n") and (byte := connection.recv(1)):
        head += byte
    return head
