"""The one thread that writes: it takes everything that waits, as one transaction, and answers after the commit.

One commit, and one wait for the disk, so pays for many callers. Work runs on the thread; answers are handed to the
event loop in one go.
"""

import asyncio
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Generic, NamedTuple, TypeVar

import apsw

from leadloop.core.errors import FilesMoved, Unavailable
from leadloop.storage.results import Failure, resolve_future
from leadloop.storage.sqlite.engine import SQL, is_unreachable
from leadloop.storage.sqlite.files import DatabaseFiles

T = TypeVar("T")

GROUP = 128
"""A transaction takes no more work when it has so many."""


Work = Callable[[apsw.Connection], T | Failure]
"""Reads and writes inside the group's transaction. May be run a second time, after a rollback. What it raises rolls
the whole group back, whose works are then run each in a transaction of its own."""


class Job(NamedTuple, Generic[T]):
    work: Work[T]
    future: "asyncio.Future[T]"


class Writer:
    def __init__(
        self,
        connection: apsw.Connection,
        files: DatabaseFiles,
        before_commit: Callable[[apsw.Connection], None] = lambda connection: None,
        on_rolled_back: Callable[[], None] = lambda: None,
    ) -> None:
        """Nobody else may use `connection` until the writer is closed. To be made where the event loop runs.

        Nothing is acknowledged while `files` are not in their places, or overwritten. Both functions are called on the
        thread. `before_commit` may write what the group has left to it; after a rollback, what was read since the last
        commit was perhaps never so.
        """
        self._connection = connection
        self._files = files
        self._before_commit = before_commit
        self._on_rolled_back = on_rolled_back
        self._loop = asyncio.get_running_loop()
        self._gathered: list[Job[Any]] = []
        self._waiting: SimpleQueue[list[Job[Any]] | None] = SimpleQueue()
        self._closed = False
        self._thread = Thread(target=self._serve, name="sqlite-writer", daemon=True)
        self._thread.start()

    def run(self, work: Work[T]) -> "asyncio.Future[T]":
        """Raises `Unavailable` when closed; the future does when the database can not be written.

        What comes in during one turn of the loop is handed over together, lest the first of it goes alone.
        """
        if self._closed:
            raise Unavailable("the store is closed")
        future: asyncio.Future[T] = self._loop.create_future()
        if not self._gathered:
            self._loop.call_soon(self._hand_over)
        self._gathered.append(Job(work, future))
        return future

    async def close(self) -> None:
        """Commits and answers everything that waits."""
        if not self._closed:
            self._closed = True
            self._hand_over()
            self._waiting.put(None)
        await asyncio.to_thread(self._thread.join)
        await asyncio.sleep(0)  # the last answers are on their way

    def _hand_over(self) -> None:
        gathered, self._gathered = self._gathered, []
        for start in range(0, len(gathered), GROUP):
            self._waiting.put(gathered[start : start + GROUP])

    def _serve(self) -> None:
        going_on = True
        while going_on:
            jobs, going_on = self._next_group()
            if jobs:
                results = self._results(jobs)
                self._loop.call_soon_threadsafe(_deliver, jobs, results)

    def _next_group(self) -> tuple[list[Job[Any]], bool]:
        """What waits, at least one; and whether there may be more later."""
        jobs: list[Job[Any]] = []
        handed_over = self._waiting.get()
        try:
            while handed_over is not None:
                jobs += handed_over
                if len(jobs) >= GROUP:
                    return jobs, True
                handed_over = self._waiting.get_nowait()
        except Empty:
            return jobs, True
        return jobs, False

    def _results(self, jobs: Sequence[Job[Any]]) -> list[Any]:
        try:
            return self._commit(jobs)
        except FilesMoved as error:
            self._roll_back()
            self._files.save_log()
            return [Failure(error) for _ in jobs]
        except Exception as error:
            self._roll_back()
            if is_unreachable(error):
                return [Failure(Unavailable(f"SQLite: {error}")) for _ in jobs]
            if len(jobs) == 1:
                return [Failure(error)]
        return self._each_alone(jobs)

    def _each_alone(self, jobs: Sequence[Job[Any]]) -> list[Any]:
        """Something in the group can not be written: only that fails."""
        results: list[Any] = []
        for job in jobs:
            results += self._results([job])
            if isinstance(results[-1], Failure) and isinstance(results[-1].error, Unavailable):
                break  # the others would each wait for the busy timeout
        return results + [Failure(Unavailable("SQLite: see the request before")) for _ in jobs[len(results) :]]

    def _commit(self, jobs: Sequence[Job[Any]]) -> list[Any]:
        connection, files = self._connection, self._files
        files.begin()
        connection.execute(SQL["begin"])
        results = [job.work(connection) for job in jobs]
        self._before_commit(connection)
        files.count_generation()
        connection.execute(SQL["commit"])
        files.committed()
        return results

    def _roll_back(self) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute(SQL["rollback"])
        except apsw.Error:
            pass  # the next BEGIN will say what is wrong
        self._on_rolled_back()


def _deliver(jobs: Sequence[Job[Any]], results: Sequence[Any]) -> None:
    for job, result in zip(jobs, results, strict=True):
        resolve_future(job.future, result)
