"""The group writer: gathers the units that wait, and flies them to the database together.

Usually one group is in the air at a time, so that the next one grows meanwhile; on a backlog of more than a full
group a second one joins it, with other leads. A unit is answered when its change is committed. One that lost a race
flies again with the next group; after a lost connection the log is asked first whether its change was committed.
"""

import asyncio
import time
from collections import deque
from typing import TypeVar, cast

from leadloop.core.errors import Unavailable
from leadloop.core.ports import Unit
from leadloop.storage.answers import Failed
from leadloop.storage.postgres import leads
from leadloop.storage.postgres.engine import PATIENCE_S, Line, is_locked, is_lost, is_race, pause, unavailable
from leadloop.storage.postgres.group import Group, Job, LeadKey

T = TypeVar("T")

GROUP = 64
"""Most units in one group."""


class Writer:
    def __init__(self, url: str) -> None:
        """To be made where the event loop runs."""
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Job] = deque()
        self._free = [Line(url), Line(url)]
        self._flights: set[asyncio.Task[None]] = set()
        self._in_flight: set[LeadKey] = set()
        self._starting = False
        self._stuck = False
        """All that waits is for leads in the air."""
        self._closed = False
        self._failures = 0

    async def write(self, unit: Unit[T]) -> T:
        if self._closed:
            raise Unavailable("the store is closed")
        future: asyncio.Future[T] = self._loop.create_future()
        self._waiting.append(Job(unit, future))
        self._start_soon()
        return await future

    async def close(self) -> None:
        """Answers everything that waits."""
        self._closed = True
        while self._waiting or self._flights:
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
        while self._waiting and self._free and (not self._flights or self._has_backlog()):
            jobs = self._gather()
            if not jobs:
                self._stuck = bool(self._flights)
                return
            keys = {job.lead_key for job in jobs}
            self._in_flight |= keys
            self._flights.add(self._loop.create_task(self._fly(self._free.pop(), jobs, keys)))

    def _has_backlog(self) -> bool:
        return len(self._waiting) > GROUP and not self._stuck

    def _gather(self) -> list[Job]:
        """The next group, in the order of arrival, without the leads that are in the air.

        A unit that asks for more than its lead must be the first of that lead: what it asks for is read once.
        """
        jobs: list[Job] = []
        passed: list[Job] = []
        held, taken = set(self._in_flight), set[LeadKey]()
        while self._waiting and len(jobs) < GROUP:
            job = self._waiting.popleft()
            if job.future.done():
                continue  # its caller has gone away
            key, unit = job.lead_key, job.unit
            if key in taken and (unit.contact is not None or unit.message_id is not None):
                held.add(key)
            if key in held:
                passed.append(job)
            else:
                taken.add(key)
                jobs.append(job)
        self._waiting.extendleft(reversed(passed))
        return jobs

    async def _fly(self, line: Line, jobs: list[Job], keys: set[LeadKey]) -> None:
        try:
            again = await self._attempt(line, jobs)
            self._waiting.extendleft(reversed(again))
        except BaseException as error:
            for job in jobs:
                job.answer(Failed(error if isinstance(error, Exception) else unavailable(error)))
            raise
        finally:
            self._free.append(line)
            self._in_flight -= keys
            self._stuck = False
            self._flights.discard(cast("asyncio.Task[None]", asyncio.current_task()))
            self._start_soon()

    async def _attempt(self, line: Line, jobs: list[Job]) -> list[Job]:
        """Those that have to be run again. When something in the group can not be written, only that fails."""
        try:
            again = await _write_group(line, jobs)
            self._failures = 0
            return again
        except Exception as error:
            if is_lost(error) or is_race(error):
                if is_lost(error):
                    line.drop()
                await pause(self._failures)
                self._failures += 1
                return _patient(jobs, error)
            if len(jobs) == 1:
                jobs[0].answer(Failed(unavailable(error) if is_locked(error) else error))
                return []
            reason = error
        again = []
        for job in jobs:
            for patient in _patient([job], reason):
                again += await self._attempt(line, [patient])
        return again


async def _write_group(line: Line, jobs: list[Job]) -> list[Job]:
    """Loads, runs, saves and answers. Returns the jobs whose lead somebody else has changed in between."""
    connection = await line.connection()
    group = Group(jobs)
    await leads.load(connection, group)
    if doubtful := [job for job in jobs if job.tried]:
        group.settle(await leads.committed(connection, doubtful))
    group.run()
    if not group.saves:
        return []
    try:
        won = await leads.save(connection, group)
    except Exception as error:
        if is_lost(error):
            group.note_tries()
        raise
    return group.answer(won)


def _patient(jobs: list[Job], error: Exception) -> list[Job]:
    """Those that are still to be answered and can wait a little longer; the others are told why."""
    give_up_before = time.monotonic() - PATIENCE_S
    for job in jobs:
        if job.since < give_up_before:
            job.answer(Failed(unavailable(error)))
    return [job for job in jobs if not job.future.done()]
