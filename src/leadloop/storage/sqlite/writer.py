"""The writer: runs all waiting work in one transaction, and answers after the commit.

Many callers share one commit and one wait for the disk. Short work (most writes of leads) runs on the event loop: a
thread would only compete with it for the interpreter. Everything that can take long runs on the writer's thread: other
work, waiting for the write lock, writing the full text, and the commit. The event loop and the thread never use the
connection at the same time.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread
from typing import Any, Generic, NamedTuple, TypeVar

import apsw

from leadloop.core.errors import FilesMoved, Unavailable
from leadloop.storage.results import Failure, resolve_future
from leadloop.storage.sqlite.engine import BUSY_TIMEOUT_MS, SQL, is_unreachable
from leadloop.storage.sqlite.files import DatabaseFiles

T = TypeVar("T")

MAX_JOBS = 128
"""A transaction takes no more work once it has this many."""
LONGEST_ON_LOOP_S = 0.005
"""After this time other callbacks of the event loop run before the next work."""
SLOW_S = 1.0
"""How long all work runs on the thread after one piece took that long on the event loop: its pages are probably not in
memory."""


Work = Callable[[apsw.Connection], T | Failure]
"""Reads and writes inside the transaction. May run again after a rollback. An exception rolls the whole transaction
back, and each work then runs in a transaction of its own."""


class NotShort(Exception):
    """Raised by short work that turns out to take long, before it has written anything."""


class WriteJob(NamedTuple, Generic[T]):
    work: Work[T]
    short_work: Work[T] | None
    future: "asyncio.Future[T]"


class Transaction(NamedTuple):
    """What the thread commits: jobs that are done in the open transaction, their results, and the rest to run first."""

    done: list[WriteJob[Any]]
    results: list[Any]
    rest: list[WriteJob[Any]]


class Writer:
    def __init__(
        self,
        connection: apsw.Connection,
        files: DatabaseFiles,
        before_commit: Callable[[apsw.Connection], None] = lambda connection: None,
        on_rolled_back: Callable[[], None] = lambda: None,
    ) -> None:
        """Create it inside the running event loop. Nothing else may use `connection` until the writer is closed.

        Nothing is acknowledged while `files` are moved or overwritten. `before_commit` may write what the work has
        deferred; it runs on the thread. `on_rolled_back` must discard everything read since the last commit.
        """
        self._connection = connection
        self._files = files
        self._before_commit = before_commit
        self._on_rolled_back = on_rolled_back
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[WriteJob[Any]] = deque()
        self._done: list[WriteJob[Any]] = []
        """The jobs of the open transaction, with their results."""
        self._results: list[Any] = []
        self._is_scheduled = self._is_on_thread = False
        """Whether the event loop is about to use the connection, or the thread uses it."""
        self._collected = 0
        """How many jobs were waiting one iteration of the event loop ago."""
        self._slow_until = 0.0
        self._closed = False
        self._to_thread: SimpleQueue[Transaction | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    def run(self, work: Work[T], short_work: Work[T] | None = None) -> "asyncio.Future[T]":
        """Raises `Unavailable` if the writer is closed; the future raises it if the database cannot be written.

        `short_work` is `work` in a form that the event loop may run; it may raise `NotShort`. Work waits as long as
        each iteration of the event loop brings more, so that many callers share one commit.
        """
        if self._closed:
            raise Unavailable("the store is closed")
        return self._add(work, short_work)

    def _add(self, work: Work[T], short_work: Work[T] | None) -> "asyncio.Future[T]":
        future: asyncio.Future[T] = self._loop.create_future()
        self._waiting.append(WriteJob(work, short_work, future))
        self._schedule()
        return future

    async def close(self) -> None:
        """Commits and answers all waiting work."""
        if not self._closed:
            self._closed = True
            if self._waiting or self._done or self._is_on_thread:
                last = self._add(lambda connection: None, None)
                await asyncio.wait([last])
                last.exception()  # the callers of the others have theirs
            self._to_thread.put(None)
        await asyncio.to_thread(self._thread.join)

    def _schedule(self) -> None:
        if not self._is_scheduled and not self._is_on_thread:
            self._is_scheduled = True
            self._loop.call_soon(self._collect)

    def _collect(self) -> None:
        if self._collected < len(self._waiting) < MAX_JOBS:
            self._collected = len(self._waiting)
            self._loop.call_soon(self._collect)
        else:
            self._run_waiting()

    def _run_waiting(self) -> None:
        """Runs short work, as far as that is quick, and passes the rest to the thread."""
        self._is_scheduled = False
        self._collected = 0
        begun = now = time.monotonic()
        while self._waiting and len(self._done) < MAX_JOBS and now >= self._slow_until and self._run_next():
            before, now = now, time.monotonic()
            if now - before > LONGEST_ON_LOOP_S:
                self._slow_until = now + SLOW_S
            elif now - begun > LONGEST_ON_LOOP_S and self._waiting:
                self._is_scheduled = True
                self._loop.call_soon(self._run_waiting)
                return
        rest = [self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_JOBS - len(self._done)))]
        self._is_on_thread = True
        self._to_thread.put(Transaction(self._done, self._results, rest))
        self._done, self._results = [], []

    def _run_next(self) -> bool:
        """Runs the next job; `False` if the thread must do it."""
        job = self._waiting[0]
        if job.short_work is None or not (self._done or self._begin_at_once()):
            return False
        try:
            result = job.short_work(self._connection)
        except NotShort:
            return False
        except Exception:  # the thread finds out which job it is
            self._roll_back()
            self._waiting.extendleft(reversed(self._done))
            self._done, self._results = [], []
            return False
        self._done.append(self._waiting.popleft())
        self._results.append(result)
        return True

    def _begin_at_once(self) -> bool:
        """Begins a transaction unless that takes long, or something is wrong, which the thread finds out."""
        if self._connection.in_transaction:
            return True
        self._connection.set_busy_timeout(0)
        try:
            self._files.begin(may_wait=False)
            self._connection.execute(SQL["begin"])
        except (apsw.Error, FilesMoved):
            return False
        finally:
            self._connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        return True

    def _run(self) -> None:
        while (transaction := self._to_thread.get()) is not None:
            results = self._results_of(transaction)
            self._loop.call_soon_threadsafe(self._answer, transaction, results)

    def _answer(self, transaction: Transaction, results: Sequence[Any]) -> None:
        self._is_on_thread = False
        for job, result in zip((*transaction.done, *transaction.rest), results, strict=True):
            resolve_future(job.future, result)
        if self._waiting:
            self._schedule()

    def _results_of(self, transaction: Transaction) -> list[Any]:
        jobs = [*transaction.done, *transaction.rest]
        try:
            return self._commit(transaction)
        except FilesMoved as error:
            self._roll_back()
            self._files.save_log()
            return [Failure(error) for _ in jobs]
        except Exception as error:
            self._roll_back()
            if is_unreachable(error):
                return [Failure(Unavailable(f"SQLite: {error}")) for _ in jobs]
            if len(jobs) == 1 and not transaction.done:
                return [Failure(error)]
        return self._each_alone(jobs)

    def _each_alone(self, jobs: Sequence[WriteJob[Any]]) -> list[Any]:
        """Runs each job in a transaction of its own, so that only those that cannot be written fail."""
        results: list[Any] = []
        for job in jobs:
            results += self._results_of(Transaction([], [], [job]))
            if isinstance(results[-1], Failure) and isinstance(results[-1].error, Unavailable):
                break  # each of the others would wait for the busy timeout
        return results + [Failure(Unavailable("SQLite: see the request before")) for _ in jobs[len(results) :]]

    def _commit(self, transaction: Transaction) -> list[Any]:
        connection, files = self._connection, self._files
        if not connection.in_transaction:
            files.begin()
            connection.execute(SQL["begin"])
        results = [*transaction.results, *(job.work(connection) for job in transaction.rest)]
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
