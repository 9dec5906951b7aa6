"""The writer thread: runs all waiting work in one transaction and answers after the commit.

Many callers share one commit and one wait for the disk. Work runs on the thread; all answers of a batch go to the event
loop at once.
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

MAX_JOBS = 128
"""A transaction takes no more work once it has this many."""


Work = Callable[[apsw.Connection], T | Failure]
"""Reads and writes inside the batch's transaction. May run again after a rollback. An exception rolls the whole batch
back, and each work then runs in a transaction of its own."""


class WriteJob(NamedTuple, Generic[T]):
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
        """Create it inside the running event loop. Nothing else may use `connection` until the writer is closed.

        Nothing is acknowledged while `files` are moved or overwritten. Both functions run on the thread.
        `before_commit` may write what the batch has deferred. `on_rolled_back` must discard everything read since the
        last commit.
        """
        self._connection = connection
        self._files = files
        self._before_commit = before_commit
        self._on_rolled_back = on_rolled_back
        self._loop = asyncio.get_running_loop()
        self._collected: list[WriteJob[Any]] = []
        self._waiting: SimpleQueue[list[WriteJob[Any]] | None] = SimpleQueue()
        self._closed = False
        self._thread = Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    def run(self, work: Work[T]) -> "asyncio.Future[T]":
        """Raises `Unavailable` if the writer is closed; the future raises it if the database cannot be written.

        Work that arrives in one iteration of the event loop is passed on together, so that the first does not run
        alone.
        """
        if self._closed:
            raise Unavailable("the store is closed")
        future: asyncio.Future[T] = self._loop.create_future()
        if not self._collected:
            self._loop.call_soon(self._pass_on)
        self._collected.append(WriteJob(work, future))
        return future

    async def close(self) -> None:
        """Commits and answers all waiting work."""
        if not self._closed:
            self._closed = True
            self._pass_on()
            self._waiting.put(None)
        await asyncio.to_thread(self._thread.join)
        await asyncio.sleep(0)  # delivers the last answers

    def _pass_on(self) -> None:
        collected, self._collected = self._collected, []
        for start in range(0, len(collected), MAX_JOBS):
            self._waiting.put(collected[start : start + MAX_JOBS])

    def _run(self) -> None:
        has_more = True
        while has_more:
            jobs, has_more = self._next_batch()
            if jobs:
                results = self._results(jobs)
                self._loop.call_soon_threadsafe(_answer, jobs, results)

    def _next_batch(self) -> tuple[list[WriteJob[Any]], bool]:
        """All waiting jobs, at least one; and whether more may follow."""
        jobs: list[WriteJob[Any]] = []
        received = self._waiting.get()
        try:
            while received is not None:
                jobs += received
                if len(jobs) >= MAX_JOBS:
                    return jobs, True
                received = self._waiting.get_nowait()
        except Empty:
            return jobs, True
        return jobs, False

    def _results(self, jobs: Sequence[WriteJob[Any]]) -> list[Any]:
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

    def _each_alone(self, jobs: Sequence[WriteJob[Any]]) -> list[Any]:
        """Runs each job in a transaction of its own, so that only those that cannot be written fail."""
        results: list[Any] = []
        for job in jobs:
            results += self._results([job])
            if isinstance(results[-1], Failure) and isinstance(results[-1].error, Unavailable):
                break  # each of the others would wait for the busy timeout
        return results + [Failure(Unavailable("SQLite: see the request before")) for _ in jobs[len(results) :]]

    def _commit(self, jobs: Sequence[WriteJob[Any]]) -> list[Any]:
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
            pass  # the next BEGIN reports what is wrong
        self._on_rolled_back()


def _answer(jobs: Sequence[WriteJob[Any]], results: Sequence[Any]) -> None:
    for job, result in zip(jobs, results, strict=True):
        resolve_future(job.future, result)
