"""Bounds the memory of large answers: how many of them one key has in this process, until the client has read them.

An answer counts from before its list is read from the store. So a client that opens many connections, asks for large
pages and reads none of them occupies a few pages of memory, and only its own key waits for it.
"""

import asyncio
from collections import Counter
from collections.abc import Callable

from leadloop.api.errors import ApiError
from leadloop.core.errors import Problem

AT_ONCE = 4
"""Answers of one key that are being made, or are large and not read yet. One needs some 25 MiB while it is made, and
up to 8 MiB afterwards."""
LONGEST_WAIT_S = 10.0
RETRY_AFTER_S = 5


class UnreadAnswers:
    def __init__(self) -> None:
        self._places: dict[str, asyncio.Semaphore] = {}
        self._users: Counter[str] = Counter()

    async def place(self, key_id: str) -> Callable[[], None]:
        """Waits for a place among the key's answers; what gives it back. Raises `ApiError` 429."""
        places = self._places.setdefault(key_id, asyncio.Semaphore(AT_ONCE))
        self._users[key_id] += 1
        try:
            async with asyncio.timeout(LONGEST_WAIT_S):
                await places.acquire()
        except TimeoutError:
            self._leave(key_id)
            headers = {"Retry-After": str(RETRY_AFTER_S)}
            raise ApiError(429, Problem("too_many_unread", limit=AT_ONCE), headers=headers) from None
        except BaseException:
            self._leave(key_id)
            raise

        def give_back() -> None:
            places.release()
            self._leave(key_id)

        return give_back

    def _leave(self, key_id: str) -> None:
        self._users[key_id] -= 1
        if not self._users[key_id]:
            del self._users[key_id], self._places[key_id]
