"""A throwaway PostgreSQL for tests: its own cluster in a temporary directory, reachable on 127.0.0.1 only.

It can be stopped, killed and started again; it keeps its data and its address. Linux only: it reads /proc.
"""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncpg

from lab import process

REPOSITORY = Path(__file__).resolve().parents[1]
START_SECONDS = 30.0
STOP_SECONDS = 30.0
POLL_SECONDS = 0.01


class PostgresServer:
    """One cluster. As a context manager it starts the server, stops it at the end and removes its directory.

    `settings` are postgresql.conf settings, such as {"fsync": "off"}; the defaults are PostgreSQL's own.
    """

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        self._settings = dict(settings or {})
        self._programs = Path(_output_of(REPOSITORY / "scripts" / "postgres"))
        self._user = _server_user()
        self._directory = Path(tempfile.mkdtemp(prefix="leadloop-postgres-"))
        if self._user is not None:
            os.chown(self._directory, self._user.pw_uid, self._user.pw_gid)
        self._port = process.free_port()
        self.databases: set[str] = set()
        """The names that `create_database` was called with."""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of the database `postgres`, as a superuser."""
        return self._url("postgres")

    def start(self) -> None:
        """Returns when connections are accepted. The first start makes the cluster."""
        if self._process is not None:
            raise RuntimeError("the server is already started")
        data = self._directory / "data"
        if not data.exists():
            options = ["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8"]
            self._wait_for_success(self._run("initdb", *options, "-D", str(data)))
        settings = {"listen_addresses": "127.0.0.1", "port": str(self._port), **self._settings}
        settings["unix_socket_directories"] = str(self._directory)
        options = [f"--{name}={value}" for name, value in settings.items()]
        self._process = self._run("postgres", "-D", str(data), *options)
        self._wait_until_ready(self._process, data / "postmaster.pid")

    def stop(self) -> None:
        """Shuts down without waiting for clients; does nothing when the server is not running."""
        self._shut_down(signal.SIGINT)

    def kill(self) -> None:
        """Sends SIGKILL to the main process, as in a crash; returns when its children have ended as well."""
        if self._process is None:
            raise RuntimeError("the server is not started")
        children = {pid: process.start_time(pid) for pid in process.tree(self._process.pid)[1:]}
        self._process.kill()
        self._process.wait()
        self._process = None
        deadline = time.monotonic() + STOP_SECONDS
        while children := {pid: start for pid, start in children.items() if start and process.start_time(pid) == start}:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the server was killed, its children {sorted(children)} live on")
            time.sleep(POLL_SECONDS)

    def restart(self) -> None:
        self.stop()
        self.start()

    def create_database(self, name: str, template: str = "template1") -> str:
        """Makes a copy of `template`, by default an empty database, and returns its address.

        May be called with or without a running event loop.
        """
        self.databases.add(name)
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, self._create_database(name, template)).result()
        return self._url(name)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remove()

    def _shut_down(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def _remove(self) -> None:
        self._shut_down(signal.SIGQUIT)  # skips the checkpoint of an orderly shutdown
        shutil.rmtree(self._directory)

    def _url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self._port}/{database}"

    async def _create_database(self, name: str, template: str) -> None:
        connection = await asyncpg.connect(self.url)
        try:
            quoted = name.replace('"', '""')
            await connection.execute(f'CREATE DATABASE "{quoted}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        finally:
            await connection.close()

    def _run(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Starts one of PostgreSQL's programs, which refuse to run as root; its output goes to the log file."""
        user = self._user
        with (self._directory / "log").open("ab") as log:
            return subprocess.Popen(
                [self._programs / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._directory,
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
            )

    def _wait_for_success(self, process: subprocess.Popen[bytes]) -> None:
        if process.wait(START_SECONDS) != 0:
            raise RuntimeError(f"initdb failed:\n{self._log()}")

    def _wait_until_ready(self, process: subprocess.Popen[bytes], pid_file: Path) -> None:
        """PostgreSQL writes its state in the last line of postmaster.pid, and its pid in the first."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            with suppress(FileNotFoundError):
                lines = pid_file.read_text().splitlines()
                if lines and lines[0] == str(process.pid) and lines[-1].strip() == "ready":
                    return
            if process.poll() is not None:
                self._process = None
                raise RuntimeError(f"postgres ended while it was starting:\n{self._log()}")
            if time.monotonic() > deadline:
                self.kill()
                raise TimeoutError(f"postgres was not ready after {START_SECONDS} seconds:\n{self._log()}")
            time.sleep(POLL_SECONDS)

    def _log(self) -> str:
        return (self._directory / "log").read_text(errors="replace")


def _output_of(script: Path) -> str:
    return subprocess.run([script], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def _server_user() -> pwd.struct_passwd | None:
    """The user to run the server as if this process is root; None otherwise."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")
