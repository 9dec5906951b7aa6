"""A receiver of webhooks on loopback. It keeps the requests in order of arrival and answers as configured."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

PATIENCE_S = 150.0
"""Longer than a lease: a killed worker leaves one behind."""


class WebhookRequest(NamedTuple):
    """One request. Header names are in lower case."""

    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        return dict(json.loads(self.raw))

    @property
    def data(self) -> dict[str, Any]:
        """The lead's data in a standard body."""
        return dict(self.body["data"])


Answering = Callable[[WebhookRequest, int], int | tuple[int, Mapping[str, str]]]
"""Returns the status, optionally with header fields, for a request and the number of earlier attempts of its event."""


class Receiver:
    def __init__(self, answering: Answering = lambda got, before: 200) -> None:
        self.answering = answering
        self.url = ""
        self._got: list[WebhookRequest] = []
        self._changed = threading.Condition()

    @property
    def got(self) -> list[WebhookRequest]:
        with self._changed:
            return list(self._got)

    def take(self, request: WebhookRequest) -> tuple[int, Mapping[str, str]]:
        with self._changed:
            before = sum(earlier.headers["webhook-id"] == request.headers["webhook-id"] for earlier in self._got)
            self._got.append(request)
            self._changed.notify_all()
        answer = self.answering(request, before)
        return answer if isinstance(answer, tuple) else (answer, {})

    def until(self, holds: Callable[[list[WebhookRequest]], bool]) -> list[WebhookRequest]:
        """Waits until `holds` is true of the requests, and returns them."""
        with self._changed:
            assert self._changed.wait_for(lambda: holds(self._got), PATIENCE_S), [got.raw for got in self._got]
            return list(self._got)

    def until_version(self, lead_id: str, version: int) -> list[WebhookRequest]:
        """Waits for a version of a lead, and returns the requests."""
        return self.until(lambda got: (lead_id, version) in map(version_of, got))


def version_of(request: WebhookRequest) -> tuple[str, int]:
    """The lead's id without prefix and its version, from a body of either shape."""
    lead = request.body if "leadId" in request.body else request.data
    return str(lead["leadId"]).removeprefix("lead_"), int(lead["version"])


def versions(requests: list[WebhookRequest], lead_id: str) -> list[int]:
    """The versions of one lead in order of arrival."""
    return [version for delivered_id, version in map(version_of, requests) if delivered_id == lead_id]


@contextmanager
def receiving(answering: Answering = lambda got, before: 200, body: bytes = b"ok") -> Iterator[Receiver]:
    receiver = Receiver(answering)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            status, fields = receiver.take(
                WebhookRequest({name.lower(): text for name, text in self.headers.items()}, raw)
            )
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
    """Repeats `ask` until its result is true, and returns it."""
    deadline = time.monotonic() + PATIENCE_S
    while not (result := ask()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return result
