"""A receiver of webhooks on loopback: keeps what it got, in the order in which it came, and answers as it is told."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

PATIENCE_S = 150.0
"""Longer than a lease, which is what a killed worker leaves behind."""


class Got(NamedTuple):
    """One request. Header names are in small letters."""

    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        return dict(json.loads(self.raw))

    @property
    def data(self) -> dict[str, Any]:
        """Of the standard shape: what is told of the lead."""
        return dict(self.body["data"])


Answering = Callable[[Got, int], int | tuple[int, Mapping[str, str]]]
"""The status, if need be with header fields, for a request and how often its event was sent before."""


class Receiver:
    def __init__(self, answering: Answering = lambda got, before: 200) -> None:
        self.answering = answering
        self.url = ""
        self._got: list[Got] = []
        self._changed = threading.Condition()

    @property
    def got(self) -> list[Got]:
        with self._changed:
            return list(self._got)

    def take(self, got: Got) -> tuple[int, Mapping[str, str]]:
        with self._changed:
            before = sum(one.headers["webhook-id"] == got.headers["webhook-id"] for one in self._got)
            self._got.append(got)
            self._changed.notify_all()
        answer = self.answering(got, before)
        return answer if isinstance(answer, tuple) else (answer, {})

    def until(self, holds: Callable[[list[Got]], bool]) -> list[Got]:
        """What it got, once `holds` does of it."""
        with self._changed:
            assert self._changed.wait_for(lambda: holds(self._got), PATIENCE_S), [got.raw for got in self._got]
            return list(self._got)

    def until_version(self, lead_id: str, version: int) -> list[Got]:
        """What it got, once this version of the lead is among it."""
        return self.until(lambda got: (lead_id, version) in map(version_of, got))


def version_of(got: Got) -> tuple[str, int]:
    """The bare id of the lead, and its version, in whichever shape."""
    told = got.body if "leadId" in got.body else got.data
    return str(told["leadId"]).removeprefix("lead_"), int(told["version"])


def versions(got: list[Got], lead_id: str) -> list[int]:
    """The versions of one lead in the order in which they came."""
    return [version for one, version in map(version_of, got) if one == lead_id]


@contextmanager
def receiving(answering: Answering = lambda got, before: 200, body: bytes = b"ok") -> Iterator[Receiver]:
    receiver = Receiver(answering)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            status, fields = receiver.take(Got({name.lower(): text for name, text in self.headers.items()}, raw))
            self.send_response(status)
            for name, text in fields.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


def poll(ask: Callable[[], Any]) -> Any:
    """The first answer that is not empty."""
    deadline = time.monotonic() + PATIENCE_S
    while not (result := ask()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return result
