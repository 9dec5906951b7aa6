"""A proxy that cuts connections to PostgreSQL at random moments. It runs in its own thread, beside the load."""

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from lab.proxy import Cut, Proxy

COMMON = (Cut.REQUEST, Cut.HALF_REQUEST, Cut.ANSWER, Cut.ANSWER, Cut.HALF_ANSWER, Cut.LATE)
SILENCE_EVERY = 40
"""Rare, because it is slow: leadloop waits ten seconds before it gives up a silent connection."""
LATE_S = (0.0, 0.4)
AFTER = (Cut.ANSWER, Cut.HALF_ANSWER)
"""Cuts after PostgreSQL has executed the request."""
PAUSES_S = ((0.0, 0.02), (0.05, 0.4))
"""Pauses between two cuts: either leadloop has not yet recovered from the last one, or it is under full load again."""


class CuttingProxy(Proxy):
    """A context manager. Cuts while `armed`, only at data that contains `marker`; `cuts` counts the cuts."""

    def __init__(self, url: str, chance: random.Random, kinds: Sequence[Cut] = COMMON, marker: bytes = b"") -> None:
        super().__init__(url, chance)
        self.armed = False
        self.cuts: Counter[Cut] = Counter()
        self._kinds = kinds
        self._marker = marker
        self._not_before = 0.0
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=[self._run()], daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._started.wait(10):
            raise RuntimeError("the proxy did not start listening")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._loop.close()

    def next_cut(self, data: bytes) -> Cut | None:
        now = time.monotonic()
        if not self.armed or now < self._not_before or self._marker not in data:
            return None
        self._not_before = now + self._chance.uniform(*self._chance.choice(PAUSES_S))
        cut = self._chance.choice(self._kinds)
        if self.cuts.total() % SILENCE_EVERY == SILENCE_EVERY // 2:
            cut = Cut.SILENCE
        self.cuts[cut] += 1
        return cut

    def lateness_s(self) -> float:
        return self._chance.uniform(*LATE_S)

    async def _run(self) -> None:
        async with self.listening():
            self._started.set()
            await self._stopping.wait()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
