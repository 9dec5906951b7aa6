"""Several processes that do the same, such as serving on one socket, and the parent that looks after them.

The parent does nothing else itself. Between it and each process there is a pipe: the process says on it that it is
ready, and sees its end when the parent is gone, even killed, and then stops by itself.
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
PATIENCE_SECONDS = 15.0
"""Beyond the time for what is in flight: for the application's own shutdown, before a process is killed."""
SOON_SECONDS = 30.0
"""A process that dies within this time after its start is restarted more and more slowly."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0

_log = structlog.get_logger("leadloop.server")
_SPAWN = multiprocessing.get_context("spawn")


class Worker:
    """One process. It is told to stop by SIGTERM only: Ctrl-C reaches it through the parent."""

    def __init__(self, target: Callable[[*Ts, Pipe], None], *arguments: *Ts) -> None:
        self._pipe, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=target, args=(*arguments, theirs))
        resource_tracker.ensure_running()  # or the first start does it, and unblocks the signal on the way
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
        self.pid = self._process.pid

    async def ready(self) -> bool:
        """Waits until it does its work; false when it ended instead."""
        await _readable(self._pipe.fileno())
        try:
            return self._pipe.recv_bytes() == READY
        except (EOFError, OSError):
            return False

    async def ended(self) -> int:
        """Waits for its end; its exit code, negative for a signal."""
        await _readable(self._process.sentinel)
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

    def __init__(self, start: Callable[[], Worker], count: int, limits: Limits = LIMITS) -> None:
        self._start = start
        self._count = count
        self._grace_seconds = limits.stop_seconds + PATIENCE_SECONDS
        self._stopping = asyncio.Event()
        self._workers: set[Worker] = set()

    async def run(self, on_ready: Callable[[], None]) -> bool:
        """Until SIGTERM or SIGINT, or until one does not start at all. Whether all ended as they should."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        first = [self._launch() for _ in range(self._count)]
        if all(await asyncio.gather(*(worker.ready() for worker in first))):
            keepers = [asyncio.create_task(self._keep(worker)) for worker in first]
            on_ready()
            await self._stopping.wait()
        else:
            self._stopping.set()
            keepers = [asyncio.create_task(self._keep(worker)) for worker in first]
        return await self._stop(keepers)

    def _launch(self) -> Worker:
        worker = self._start()
        self._workers.add(worker)
        return worker

    async def _keep(self, worker: Worker) -> bool:
        """Replace a process that dies, until told to stop. Whether the last one ended well."""
        loop, pause = asyncio.get_running_loop(), FIRST_PAUSE_SECONDS
        while True:
            if self._stopping.is_set():
                worker.stop()
            started_at = loop.time()
            code = await worker.ended()
            self._workers.discard(worker)
            if self._stopping.is_set():
                return code in (0, -signal.SIGTERM)  # the signal itself ends only what is not ready yet
            _log.error("process died, another will take its place", pid=worker.pid, exit_code=code, pause_seconds=pause)
            if await self._told_to_stop_within(pause):
                return True
            lasted = loop.time() - started_at > SOON_SECONDS
            pause = FIRST_PAUSE_SECONDS if lasted else min(pause * 2, LONGEST_PAUSE_SECONDS)
            worker = self._launch()

    async def _told_to_stop_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _stop(self, keepers: list[asyncio.Task[bool]]) -> bool:
        """Whether all ended well, and none had to be killed."""
        for worker in self._workers:
            worker.stop()
        _, late = await asyncio.wait(keepers, timeout=self._grace_seconds)
        for worker in self._workers:
            _log.error("process does not stop and is killed", pid=worker.pid)
            worker.kill()
        return all(await asyncio.gather(*keepers)) and not late


async def _readable(file: int) -> None:
    loop = asyncio.get_running_loop()
    found = asyncio.Event()
    loop.add_reader(file, found.set)
    try:
        await found.wait()
    finally:
        loop.remove_reader(file)
