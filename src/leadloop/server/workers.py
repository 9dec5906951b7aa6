"""Runs several processes with the same task, such as serving on one socket, and the parent that supervises them.

The parent does nothing else. A pipe connects it to each process: the process reports on it that it is ready, reads its
end when the parent has ended or was killed, and then stops by itself.
"""

import asyncio
import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection as Pipe
from typing import TypeVarTuple

import structlog

from leadloop.server.limits import LIMITS, Limits

Ts = TypeVarTuple("Ts")

READY = b"ready"
SHUTDOWN_SECONDS = 15.0
"""How long a process may take for its shutdown, beyond the time for requests in flight, before it is killed."""
EARLY_SECONDS = 30.0
"""A process that dies within this time after its start is restarted more and more slowly."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0

_log = structlog.get_logger("leadloop.server")
_SPAWN = multiprocessing.get_context("spawn")


class WorkerProcess:
    """One process. Only SIGTERM stops it: the parent receives Ctrl-C and passes it on."""

    def __init__(self, target: Callable[[*Ts, Pipe], None], *arguments: *Ts) -> None:
        self._pipe, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=target, args=(*arguments, theirs))
        resource_tracker.ensure_running()  # otherwise the first start would do it, and unblock the signal
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
        self.pid = self._process.pid

    async def ready(self) -> bool:
        """Waits until it reports that it is ready; false if it ended instead."""
        await _wait_until_readable(self._pipe.fileno())
        try:
            return self._pipe.recv_bytes() == READY
        except (EOFError, OSError):
            return False

    async def ended(self) -> int:
        """Waits for its end; returns its exit code, negative for a signal."""
        await _wait_until_readable(self._process.sentinel)
        self._process.join()
        self._pipe.close()
        return self._process.exitcode or 0

    def stop(self) -> None:
        if self._process.is_alive():
            self._process.terminate()

    def kill(self) -> None:
        if self._process.is_alive():
            self._process.kill()


class Supervisor:
    """Keeps `count` processes running, and stops them together."""

    def __init__(self, start: Callable[[], WorkerProcess], count: int, limits: Limits = LIMITS) -> None:
        self._start = start
        self._count = count
        self._grace_seconds = limits.stop_seconds + SHUTDOWN_SECONDS
        self._stopping = asyncio.Event()
        self._workers: set[WorkerProcess] = set()

    async def run(self, on_ready: Callable[[], None]) -> bool:
        """Runs until SIGTERM or SIGINT, or until a process does not start. Returns whether all ended cleanly."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        first = [self._launch() for _ in range(self._count)]
        if all(await asyncio.gather(*(worker.ready() for worker in first))):
            supervisions = [asyncio.create_task(self._supervise(worker)) for worker in first]
            on_ready()
            await self._stopping.wait()
        else:
            self._stopping.set()
            supervisions = [asyncio.create_task(self._supervise(worker)) for worker in first]
        return await self._stop(supervisions)

    def _launch(self) -> WorkerProcess:
        worker = self._start()
        self._workers.add(worker)
        return worker

    async def _supervise(self, worker: WorkerProcess) -> bool:
        """Replaces a process that dies, until the stop. Returns whether the last one ended cleanly."""
        loop, pause = asyncio.get_running_loop(), FIRST_PAUSE_SECONDS
        while True:
            if self._stopping.is_set():
                worker.stop()
            started_at = loop.time()
            code = await worker.ended()
            self._workers.discard(worker)
            if self._stopping.is_set():
                return code in (0, -signal.SIGTERM)  # the signal itself ends only a process that is not ready yet
            _log.error("process died, another one replaces it", pid=worker.pid, exit_code=code, pause_seconds=pause)
            if await self._stops_within(pause):
                return True
            lasted = loop.time() - started_at > EARLY_SECONDS
            pause = FIRST_PAUSE_SECONDS if lasted else min(pause * 2, LONGEST_PAUSE_SECONDS)
            worker = self._launch()

    async def _stops_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _stop(self, supervisions: list[asyncio.Task[bool]]) -> bool:
        """Whether all ended cleanly, and none had to be killed."""
        for worker in self._workers:
            worker.stop()
        _, late = await asyncio.wait(supervisions, timeout=self._grace_seconds)
        for worker in self._workers:
            _log.error("process does not stop and is killed", pid=worker.pid)
            worker.kill()
        return all(await asyncio.gather(*supervisions)) and not late


async def _wait_until_readable(file: int) -> None:
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(file, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(file)
