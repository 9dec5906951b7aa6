"""The kinds of load on leadloop with webhooks."""

import time
from collections.abc import Mapping
from typing import Any, Protocol

from bench.load import BadRun, Load
from bench.webhooks import (
    DRAINS,
    NOTICED_SECONDS,
    PATHS,
    POLL_SECONDS,
    STALL_SECONDS,
    STEADY,
    WEBHOOKS,
    Receiver,
    backlog,
    in_flight,
    measure,
)
from bench.webhooks_client import Patches, patch

HOOKED = "patch-hooked"
KINDS = (*WEBHOOKS, HOOKED)
SCOPES = "leads:read,leads:write,webhooks:manage"
SERVE = ("--webhooks-allow-http", "--webhooks-allow-private")
QUIET = {"state": "disabled", "events": ["webhook.test"]}
PENDING = "SELECT count(*) FROM deliveries WHERE state = 'pending'"


class Server(Protocol):
    """The leadloop that sends the webhooks."""

    def records(self) -> int: ...

    def value(self, sql: str) -> int: ...

    def patches(self) -> Patches: ...

    def manage(self, method: str, path: str, body: Any = None) -> Any: ...


class Webhooks:
    """Creates the endpoints when a kind first needs them. Between turns they receive nothing."""

    def __init__(self, server: Server) -> None:
        self.receiver = Receiver()
        self._server = server
        self._endpoints: list[dict[str, Any]] = []
        self._rate = 0.0
        self._had = 0

    def prepare(self, kind: str, seconds: float) -> None:
        self.receiver.reset()
        if not self._endpoints:
            self._endpoints = [self._create(path) for path in PATHS]
        if kind == HOOKED:
            self._had = self._records()
            for endpoint in self._endpoints:
                self._set(endpoint, events=None, inFlight=None, state="active")
        else:
            state = "active" if kind in STEADY else "disabled"
            self._set(self._endpoints[0], events=None, inFlight=in_flight(kind), state=state)
        time.sleep(NOTICED_SECONDS)
        if kind in DRAINS:
            patch(self._server.patches(), backlog(seconds))
            if self.receiver.counts().distinct:
                raise BadRun("deliveries arrived while the endpoint was disabled")

    def run(self, kind: str, seconds: float) -> Load:
        def send() -> None:
            self._set(self._endpoints[0], state="active")

        def change(number: int, per_second: float) -> Mapping[str, int]:
            return patch(self._server.patches(), number, per_second)

        load = measure(self.receiver, kind, seconds, self._rate, send, change)
        if kind == "drain":
            self._rate = load.requests / load.seconds
        return load

    def settle(self, kind: str) -> None:
        """Waits until everything is delivered and recorded. Raises `BadRun`."""
        if kind == HOOKED:
            self.receiver.until(lambda: len(PATHS) * (self._server.records() - self._had))
        self.receiver.check_signature(*(endpoint["secret"] for endpoint in self._endpoints))
        deadline = time.monotonic() + STALL_SECONDS
        while (pending := self._server.value(PENDING)) > 0:
            if time.monotonic() > deadline:
                raise BadRun(f"{pending} deliveries arrived but are not recorded")
            time.sleep(POLL_SECONDS)
        for endpoint in self._endpoints:
            self._set(endpoint, **QUIET)

    def _records(self) -> int:
        """The number of records, once the last writes of the previous turn are recorded."""
        previous, records = -1, self._server.records()
        while records != previous:
            time.sleep(POLL_SECONDS)
            previous, records = records, self._server.records()
        return records

    def _create(self, path: str) -> dict[str, Any]:
        body = {"url": f"{self.receiver.url}{path}", **QUIET}
        return dict(self._server.manage("POST", "webhooks", body)["data"])

    def _set(self, endpoint: dict[str, Any], **properties: Any) -> None:
        self._server.manage("PATCH", f"webhooks/{endpoint['id']}", properties)
