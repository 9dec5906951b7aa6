"""A receiver of webhooks on loopback, in the event loop of the load, so that it survives the senders."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime
from types import TracebackType
from typing import Any, NamedTuple, Self

from standardwebhooks import Webhook, WebhookVerificationError

from lab.server import Client
from proof.connections import HEADER_END

POLL_S = 0.01


class Arrival(NamedTuple):
    """One correctly signed request to an endpoint. `lead_id` has no prefix."""

    endpoint: str
    lead_id: str
    version: int
    previous: int
    event_id: str
    after_ms: float
    """Time since the change."""
    unanswered: list[int]
    """Versions of the same lead that are not yet answered."""


Answering = Callable[[Arrival], Awaitable[int | None]]
"""The status; `None` for no answer until the other side has closed the connection."""


async def ok(arrival: Arrival) -> int:
    return 200


class Receiver:
    """An async context manager. Each endpoint has its own path."""

    def __init__(self) -> None:
        self.answering: Answering = ok
        self.arrivals: list[Arrival] = []
        self.problems: list[str] = []
        """Requests with a bad signature."""
        self.hanging = 0
        """Open connections that get no answer."""
        self.hung_s: list[float] = []
        """How long each of them stayed open."""
        self._returned = 0
        self._secrets: dict[str, Webhook] = {}
        self._unanswered: defaultdict[tuple[str, str], list[int]] = defaultdict(list)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._url = "http://127.0.0.1:{1}".format(*self._server.sockets[0].getsockname())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()

    def new_arrivals(self) -> list[Arrival]:
        """The arrivals since the last call."""
        new = self.arrivals[self._returned :]
        self._returned += len(new)
        return new

    def subscribe(self, client: Client, path: str, **body: Any) -> str:
        """Creates an endpoint and returns its id. Call it from another thread, or before anything is sent."""
        answer = client.leadsail("POST", "webhooks", json={"url": f"{self._url}/{path}", **body})
        assert answer.status_code == 201, answer.text
        endpoint = answer.json()["data"]
        self._secrets[path] = Webhook(endpoint["secret"])
        return str(endpoint["id"])

    async def until(self, holds: Callable[[], bool], within_s: float) -> None:
        for _ in range(round(within_s / POLL_S)):
            if holds():
                return
            await asyncio.sleep(POLL_S)
        raise TimeoutError(f"the expected requests did not arrive within {within_s:.0f} s")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted_s = time.monotonic()
        try:
            while True:
                first, *fields = (await reader.readuntil(HEADER_END)).decode("latin-1").split("\r\n")
                pairs = (field.partition(": ") for field in fields if field)
                headers = {name.lower(): value for name, _, value in pairs}
                body = await reader.readexactly(int(headers["content-length"]))
                if (status := await self._receive(first.split(" ")[1].strip("/"), headers, body)) is None:
                    await self._hang(reader, accepted_s)
                    return
                writer.write(f"HTTP/1.1 {status} so\r\nContent-Length: 0\r\n\r\n".encode())
        except (EOFError, OSError, asyncio.CancelledError):  # cancelled when the campaign ends
            pass
        finally:
            writer.close()

    async def _receive(self, path: str, headers: dict[str, str], body: bytes) -> int | None:
        try:
            event = self._secrets[path].verify(body, headers)
        except WebhookVerificationError as error:
            self.problems.append(f"{path} got a request that cannot be verified: {error}")
            return 200
        data, at = event["data"], datetime.fromisoformat(event["timestamp"])
        delivered = str(data["leadId"]).removeprefix("lead_"), data["version"], data["previousVersion"]
        after_ms = (time.time() - at.timestamp()) * 1_000
        unanswered = self._unanswered[path, delivered[0]]
        arrival = Arrival(path, *delivered, headers["webhook-id"], after_ms, list(unanswered))
        self.arrivals.append(arrival)
        unanswered.append(arrival.version)
        try:
            return await self.answering(arrival)
        finally:
            unanswered.remove(arrival.version)

    async def _hang(self, reader: asyncio.StreamReader, accepted_s: float) -> None:
        self.hanging += 1
        try:
            await reader.read()
        finally:
            self.hanging -= 1
            self.hung_s.append(time.monotonic() - accepted_s)
