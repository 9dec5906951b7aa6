"""The open sessions, one for each endpoint that was sent to just now.

An endpoint's connections carry its next deliveries too: a delivery over TLS costs 0.65 ms of processor time on a
connection of its own, 0.1 ms on one that is open (without TLS 0.22 and 0.09). No connection is ever used for two
endpoints, lest one account's receiver answer for another's.
"""

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic

from aiohttp import ClientSession


class _Line:
    def __init__(self, session: ClientSession) -> None:
        self.session = session
        self.busy = 0
        self.used_at = 0.0


class Lines:
    """At most `limit` sessions that nobody is using are kept, each for `idle_s` seconds."""

    def __init__(self, connect: Callable[[], ClientSession], idle_s: float, limit: int) -> None:
        self._connect = connect
        self._idle_s = idle_s
        self._limit = limit
        self._lines: OrderedDict[str, _Line] = OrderedDict()
        """The one used last at the end."""

    @asynccontextmanager
    async def use(self, endpoint_id: str) -> AsyncIterator[ClientSession]:
        line = self._lines.get(endpoint_id)
        if line is None:
            line = self._lines[endpoint_id] = _Line(self._connect())
        line.busy += 1
        try:
            yield line.session
        finally:
            line.busy -= 1
            line.used_at = monotonic()
            if endpoint_id in self._lines:
                self._lines.move_to_end(endpoint_id)
            await self._tidy()

    async def close(self) -> None:
        while self._lines:
            _, line = self._lines.popitem()
            await line.session.close()

    async def _tidy(self) -> None:
        while self._lines:
            oldest = next(iter(self._lines.values()))
            needed = len(self._lines) <= self._limit and monotonic() - oldest.used_at < self._idle_s
            if oldest.busy or needed:
                return
            self._lines.popitem(last=False)
            await oldest.session.close()
