"""Processes that send webhooks, with a short lease; they can be killed and frozen."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from lab.databases import fetch
from lab.forks import FORKS, ForkedProcess
from lab.server import Client, Leadloop
from lab.webhooks import OPTIONS
from leadloop.core.keys import SCOPES
from proof.webhooks_server import COMMAND, DEFECT, LEASE_MS

SHORT_LEASE_MS, REAL_LEASE_MS = 2_000, 60_000
PROCESSES = 2
POLL_S, STOP_S = 0.1, 60.0
"""Each poll opens a connection: polling faster takes the CPU from the processes that deliver."""

IN_FLIGHT = "SELECT endpoint_id, lead_id, version FROM deliveries WHERE state = 'pending' AND token IS NOT NULL"
PENDING = "SELECT count(*) FROM deliveries WHERE state = 'pending'"


class SendingServer(Leadloop):
    def __init__(
        self,
        engine: str,
        database: str,
        *,
        lease_ms: int = SHORT_LEASE_MS,
        defect: str = "",
        options: Sequence[str] = (),
    ) -> None:
        super().__init__(engine, database, options=(*OPTIONS, *options), command=COMMAND)
        self.lease_ms = lease_ms
        """Applies from the next start."""
        self._defect = defect

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, LEASE_MS: str(self.lease_ms), DEFECT: self._defect}

    def client(
        self, scopes: Sequence[str] = SCOPES, account_id: str | None = None, *, country: str | None = None
    ) -> Client:
        """A client with all scopes by default."""
        return super().client(scopes, account_id, country=country)

    def beside(self) -> "SendingServer":
        return SendingServer(self.engine, self.database, defect=self._defect)

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def wake(self) -> None:
        os.kill(self.pid, signal.SIGCONT)


class Worker:
    """`leadloop worker` with PROCESSES processes on the database of `server`."""

    def __init__(self, server: SendingServer) -> None:
        self._server = server
        self._output: list[str] = []
        self._process: ForkedProcess | None = None

    def start(self) -> None:
        command = [*COMMAND, "worker", "--processes", str(PROCESSES), *OPTIONS]
        self._process = FORKS.start(command, Path.cwd(), self._server.environment)
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()

    def kill(self) -> None:
        """Sends SIGKILL to all its processes."""
        assert self._process is not None
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """Sends SIGTERM. Raises `RuntimeError` if the worker had ended by itself, or exits with an error."""
        assert self._process is not None
        self._process.terminate()
        if (code := self._process.wait(STOP_S)) != 0:
            raise RuntimeError(f"leadloop worker ended with {code}: {''.join(self._output)[-2_000:]}")

    def _read(self, process: ForkedProcess) -> None:
        with process.stdout:
            self._output.extend(process.stdout)


@contextmanager
def working(worker: Worker) -> Iterator[Worker]:
    worker.start()
    try:
        yield worker
    except BaseException:
        worker.kill()
        raise
    worker.stop()


async def wait_until_delivered(database: str, within_s: float) -> bool:
    """Waits until no delivery is pending. Returns whether that happened in time."""
    give_up_at = time.monotonic() + within_s
    while await fetch(database, PENDING) != [(0,)]:
        if time.monotonic() > give_up_at:
            return False
        await asyncio.sleep(POLL_S)
    return True
