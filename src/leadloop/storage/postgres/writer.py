"""The group writer: gathers the units that wait, and flies them to the database together.

A group is of any accounts, or of one where the database is distributed: then each account has a lane of its own, and
the lanes share the lines. A unit is answered when its change is committed. One that lost a race flies again
with the next group; after a lost connection the log is asked first whether its change was committed.
"""

import asyncio
import time
from typing import TypeVar, cast

from leadloop.core.errors import Unavailable
from leadloop.core.writes.unit import Unit
from leadloop.storage.catalogues import Catalogues
from leadloop.storage.postgres import leads
from leadloop.storage.postgres.batch import Batch, Job
from leadloop.storage.postgres.engine import (
    PATIENCE_S,
    WRITER_SETTINGS,
    WriterConnection,
    is_locked,
    is_lost,
    is_race,
    is_taken,
    on_nodes,
    pause,
    unavailable,
)
from leadloop.storage.postgres.queue import WriteQueue
from leadloop.storage.results import Failure
from leadloop.webhooks.routing import Routes

T = TypeVar("T")

LINES, LINES_FOR_ACCOUNTS = 2, 8
EVERYBODY = ""
"""The lane of all accounts together."""


class Writer:
    def __init__(self, url: str, routes: Routes, catalogues: Catalogues, *, distributed: bool = False) -> None:
        """To be made where the event loop runs."""
        self._loop = asyncio.get_running_loop()
        self._distributed = distributed
        self._routes = routes
        self._catalogues = catalogues
        self._lanes: dict[str, WriteQueue] = {}
        """The one whose turn is next comes first."""
        settings = on_nodes(WRITER_SETTINGS) if distributed else WRITER_SETTINGS
        self._free = [WriterConnection(url, settings) for _ in range(LINES_FOR_ACCOUNTS if distributed else LINES)]
        self._flights: set[asyncio.Task[None]] = set()
        self._starting = False
        self._closed = False
        self._failures = 0

    async def write(self, unit: Unit[T]) -> T:
        if self._closed:
            raise Unavailable("the store is closed")
        future: asyncio.Future[T] = self._loop.create_future()
        lane = self._lanes.setdefault(unit.account_id if self._distributed else EVERYBODY, WriteQueue())
        lane.waiting.append(Job(unit, future))
        self._start_soon()
        return await future

    async def close(self) -> None:
        """Answers everything that waits."""
        self._closed = True
        while self._lanes:
            await asyncio.wait(self._flights) if self._flights else await asyncio.sleep(0)
        for line in self._free:
            await line.close()

    def _start_soon(self) -> None:
        """Not at once: who else becomes ready in this turn of the loop joins the group."""
        if not self._starting:
            self._starting = True
            self._loop.call_soon(self._start)

    def _start(self) -> None:
        self._starting = False
        for name, lane in list(self._lanes.items()):
            while self._free and lane.ready() and (jobs := lane.next_batch()):
                self._lanes[name] = self._lanes.pop(name)
                self._flights.add(self._loop.create_task(self._fly(self._free.pop(), lane, jobs)))
            if lane.idle:
                del self._lanes[name]

    async def _fly(self, line: WriterConnection, lane: WriteQueue, jobs: list[Job]) -> None:
        again: list[Job] = []
        try:
            again = await self._attempt(line, jobs)
        except BaseException as error:
            for job in jobs:
                job.answer(Failure(error if isinstance(error, Exception) else unavailable(error)))
            raise
        finally:
            self._free.append(line)
            lane.land(jobs, again)
            self._flights.discard(cast("asyncio.Task[None]", asyncio.current_task()))
            self._start_soon()

    async def _attempt(self, line: WriterConnection, jobs: list[Job]) -> list[Job]:
        """Those that have to be run again. When something in the group can not be written, only that fails."""
        try:
            group = Batch(jobs, self._routes, self._catalogues, one_account=self._distributed)
            again = await _write_group(line, group)
            self._failures = 0
            return again
        except Exception as error:
            alone = len(jobs) == 1
            if is_lost(error) or is_race(error) or (alone and is_taken(error)):
                if is_lost(error):
                    line.drop()
                await pause(self._failures)
                self._failures += 1
                return _patient(jobs, error)
            if alone:
                jobs[0].answer(Failure(unavailable(error) if is_locked(error) else error))
                return []
            reason = error
        again = []
        for job in jobs:
            for patient in _patient([job], reason):
                again += await self._attempt(line, [patient])
        return again


async def _write_group(line: WriterConnection, group: Batch) -> list[Job]:
    """Loads, runs, saves and answers. Returns the jobs whose lead somebody else has changed in between."""
    connection = await line.connection()
    await leads.load(connection, group)
    group.settle(await leads.committed(connection, group))
    group.run()
    if not group.saves and not group.keeps:
        return []
    try:
        won = await leads.save(connection, group)
    except Exception as error:
        if is_lost(error):
            group.note_tries()
        raise
    if filed := {(one.account_id, one.endpoint_id) for row, (one, _) in group.deliveries if row in won}:
        group.routes.on_queued(filed)
    return group.answer(won)


def _patient(jobs: list[Job], error: Exception) -> list[Job]:
    """Those that are still to be answered and can wait a little longer; the others are told why."""
    give_up_before = time.monotonic() - PATIENCE_S
    for job in jobs:
        if job.since < give_up_before:
            job.answer(Failure(unavailable(error)))
    return [job for job in jobs if not job.future.done()]
