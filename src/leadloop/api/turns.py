"""Letting requests that are about the same thing through one after the other, in this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from leadloop.api.errors import ApiError
from leadloop.core.errors import Problem

PATIENCE_S = 2.0


class Turns:
    def __init__(self) -> None:
        self._under_way: dict[str, asyncio.Future[None]] = {}

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[bool]:
        """Waits until nobody else has a turn of this key; yields whether somebody had.

        Raises `ApiError` 409 after two seconds (semantics section 4).
        """
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + PATIENCE_S
        waited = False
        while (ahead := self._under_way.get(key)) is not None:
            waited = True
            await asyncio.wait([ahead], timeout=max(0.0, give_up_at - loop.time()))
            if not ahead.done():
                raise ApiError(409, Problem("request_under_way"), headers={"Retry-After": "1"})
        mine = self._under_way[key] = loop.create_future()
        try:
            yield waited
        finally:
            del self._under_way[key]
            mine.set_result(None)
