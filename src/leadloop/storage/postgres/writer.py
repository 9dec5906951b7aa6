"""The writer: gathers waiting units into batches and writes each batch in one transaction.

A batch has units of any accounts. On a distributed database it has units of one: each account has its own queue, and
the queues share the connections. A unit is answered when its change is committed. A unit that lost a race runs again in
the next batch; after a lost connection the writer first reads from the change log whether its change was committed.
"""

import asyncio
import time
from typing import TypeVar, cast

from leadloop.core.errors import Unavailable
from leadloop.core.writes.unit import Unit
from leadloop.storage.catalogues import CatalogueCache
from leadloop.storage.postgres import leads
from leadloop.storage.postgres.batch import Batch, Job
from leadloop.storage.postgres.engine import (
    PATIENCE_S,
    WRITER_SETTINGS,
    WriterConnection,
    back_off,
    for_distributed,
    is_locked,
    is_lost,
    is_race,
    is_unique_violation,
    unavailable,
)
from leadloop.storage.postgres.queue import WriteQueue
from leadloop.storage.results import Failure
from leadloop.webhooks.routing import Routes

T = TypeVar("T")

CONNECTIONS, DISTRIBUTED_CONNECTIONS = 2, 8
ALL_ACCOUNTS = ""
"""The name of the queue that all accounts share."""


class Writer:
    def __init__(self, url: str, routes: Routes, catalogues: CatalogueCache, *, distributed: bool = False) -> None:
        """Create it inside the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._distributed = distributed
        self._routes = routes
        self._catalogues = catalogues
        self._queues: dict[str, WriteQueue] = {}
        """By account, the next to be served first."""
        settings = for_distributed(WRITER_SETTINGS) if distributed else WRITER_SETTINGS
        self._idle = [
            WriterConnection(url, settings) for _ in range(DISTRIBUTED_CONNECTIONS if distributed else CONNECTIONS)
        ]
        self._tasks: set[asyncio.Task[None]] = set()
        self._starting = False
        self._closed = False
        self._failures = 0

    async def write(self, unit: Unit[T]) -> T:
        if self._closed:
            raise Unavailable("the store is closed")
        future: asyncio.Future[T] = self._loop.create_future()
        queue = self._queues.setdefault(unit.account_id if self._distributed else ALL_ACCOUNTS, WriteQueue())
        queue.waiting.append(Job(unit, future))
        self._start_soon()
        return await future

    async def close(self) -> None:
        """Answers all waiting units, then closes the connections."""
        self._closed = True
        while self._queues:
            await asyncio.wait(self._tasks) if self._tasks else await asyncio.sleep(0)
        for connection in self._idle:
            await connection.close()

    def _start_soon(self) -> None:
        """Deferred, so that units that arrive in the same iteration of the event loop join the batch."""
        if not self._starting:
            self._starting = True
            self._loop.call_soon(self._start)

    def _start(self) -> None:
        self._starting = False
        for name, queue in list(self._queues.items()):
            while self._idle and queue.is_ready() and (jobs := queue.next_batch()):
                self._queues[name] = self._queues.pop(name)
                self._tasks.add(self._loop.create_task(self._run_batch(self._idle.pop(), queue, jobs)))
            if queue.is_idle:
                del self._queues[name]

    async def _run_batch(self, connection: WriterConnection, queue: WriteQueue, jobs: list[Job]) -> None:
        retries: list[Job] = []
        try:
            retries = await self._attempt(connection, jobs)
        except BaseException as error:
            for job in jobs:
                job.answer(Failure(error if isinstance(error, Exception) else unavailable(error)))
            raise
        finally:
            self._idle.append(connection)
            queue.done(jobs, retries)
            self._tasks.discard(cast("asyncio.Task[None]", asyncio.current_task()))
            self._start_soon()

    async def _attempt(self, connection: WriterConnection, jobs: list[Job]) -> list[Job]:
        """Writes a batch and returns the jobs to be run again. If the batch fails, each job is written alone."""
        try:
            batch = Batch(jobs, self._routes, self._catalogues, one_account=self._distributed)
            retries = await _write_batch(connection, batch)
            self._failures = 0
            return retries
        except Exception as error:
            alone = len(jobs) == 1
            if is_lost(error) or is_race(error) or (alone and is_unique_violation(error)):
                if is_lost(error):
                    connection.terminate()
                await back_off(self._failures)
                self._failures += 1
                return _still_waiting(jobs, error)
            if alone:
                jobs[0].answer(Failure(unavailable(error) if is_locked(error) else error))
                return []
            batch_error = error
        retries = []
        for job in jobs:
            if _still_waiting([job], batch_error):
                retries += await self._attempt(connection, [job])
        return retries


async def _write_batch(connection: WriterConnection, batch: Batch) -> list[Job]:
    """Loads, runs, saves and answers a batch. Returns the jobs whose lead another process changed in between."""
    session = await connection.session()
    await leads.load(session, batch)
    batch.resolve_committed(await leads.committed(session, batch))
    batch.run()
    if not batch.saves and not batch.pending_answers:
        return []
    try:
        won = await leads.save(session, batch)
    except Exception as error:
        if is_lost(error):
            batch.record_tries()
        raise
    endpoints = {(queued.account_id, queued.endpoint_id) for state, (queued, _) in batch.deliveries if state in won}
    if endpoints:
        batch.routes.on_queued(endpoints)
    return batch.answer(won)


def _still_waiting(jobs: list[Job], error: Exception) -> list[Job]:
    """The jobs that are unanswered and may wait longer. Fails those that have waited for `PATIENCE_S`."""
    give_up_before = time.monotonic() - PATIENCE_S
    for job in jobs:
        if job.since < give_up_before:
            job.answer(Failure(unavailable(error)))
    return [job for job in jobs if not job.future.done()]
