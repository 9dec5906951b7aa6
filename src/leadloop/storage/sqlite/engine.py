"""Connections to an SQLite file: one for writing, a few for reading, and what their errors mean.

Other processes may have the same file open. WAL with `synchronous=FULL` makes acknowledged writes survive a power cut.
The standard library's SQLite must never be loaded in the same process: when it closes a file, it deletes the log that
this one uses.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypeVar

import apsw

from leadloop.core.errors import Unavailable
from leadloop.storage.deadlines import read_timeout
from leadloop.storage.sql import statements
from leadloop.storage.sqlite import generations
from leadloop.storage.sqlite.files import DatabaseFiles

T = TypeVar("T")

SQL = statements(__file__)

BUSY_TIMEOUT_MS = 10_000
WRITER_CACHE_KIB, READER_CACHE_KIB = 64 * 1024, 16 * 1024
READERS = 4
STEPS = 10_000
"""SQLite's steps between two checks of a read's deadline: some 0.5 ms."""

_UNREACHABLE = (
    apsw.BusyError,
    apsw.LockedError,
    apsw.FullError,
    apsw.IOError,
    apsw.CantOpenError,
    apsw.ReadOnlyError,
    apsw.PermissionsError,
    apsw.ProtocolError,
    apsw.NoMemError,
)
"""Errors of the environment, not of a statement: a retry may succeed, or the operator must free resources."""


def is_unreachable(error: BaseException) -> bool:
    return isinstance(error, _UNREACHABLE)


def connect_writer(path: Path, vfs: str | None) -> apsw.Connection:
    """Creates the file if it is missing, readable only by its owner, since it holds personal data. Its log gets the
    same mode.

    Raises `ForeignLog`, and then changes neither database nor log.
    """
    path.touch(mode=0o600)
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    connection = _connect(path, flags, WRITER_CACHE_KIB, vfs)
    try:
        generations.copy_log_on_close(connection, False)
        connection.pragma("synchronous", "full")
        _number_empty(connection)
        connection.pragma("journal_mode", "wal")
        generations.require_own_log(connection, path)
    except Exception:
        connection.close()
        raise
    return connection


def connect_copier(path: Path, vfs: str | None) -> apsw.Connection:
    """A connection that copies the log while the writer writes. Creates no file."""
    connection = _connect(path, apsw.SQLITE_OPEN_READWRITE, READER_CACHE_KIB, vfs)
    connection.pragma("synchronous", "full")
    return connection


def _number_empty(connection: apsw.Connection) -> None:
    """Gives a new database the number of its first generation, before it has a log."""
    if connection.pragma("page_count") == 0:
        connection.execute(SQL["begin"])
        if (
            connection.pragma("schema_version") == generations.generation(connection) == 0
        ):  # no other process has done it
            generations.count(connection, generations.first())
        connection.execute(SQL["commit"])


def _connect(path: Path, flags: int, cache_kib: int, vfs: str | None) -> apsw.Connection:
    connection = apsw.Connection(str(path), flags=flags, vfs=vfs)
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)  # else statements are prepared again for each new parameter
    connection.pragma("cache_size", -cache_kib)
    return connection


class Readers:
    """Read-only connections, each used by one thread at a time. A read sees what was committed when it started."""

    def __init__(self, path: Path, vfs: str | None, files: DatabaseFiles) -> None:
        """Reads nothing from overwritten `files`, and opens no new connection to moved ones."""
        self._path = path
        self._vfs = vfs
        self._files = files
        self._threads = ThreadPoolExecutor(READERS, "sqlite-reader")
        self._idle: SimpleQueue[apsw.Connection] = SimpleQueue()

    async def run(self, read: Callable[[apsw.Connection], T], longest_s: float | None = None) -> T:
        """Raises `Unavailable`, or `Overloaded` if it takes longer than `longest_s`."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, read, longest_s)
        except apsw.InterruptError as error:
            raise read_timeout() from error
        except _UNREACHABLE as error:
            raise Unavailable(f"SQLite: {error}") from error

    def close(self) -> None:
        """Waits for the reads under way."""
        self._threads.shutdown()
        while (connection := self._take()) is not None:
            connection.close()

    def _read(self, read: Callable[[apsw.Connection], T], longest_s: float | None) -> T:
        self._files.require_no_overwriting_noticed()
        connection = self._take() or self._connect()
        if longest_s is not None:
            give_up_at = time.monotonic() + longest_s
            connection.set_progress_handler(lambda: time.monotonic() > give_up_at, STEPS)
        try:
            return read(connection)
        except (apsw.CorruptError, apsw.NotADBError):
            self._files.require_not_overwritten(connection)
            raise
        finally:
            connection.set_progress_handler(None)
            self._idle.put(connection)

    def _connect(self) -> apsw.Connection:
        self._files.require_in_place()
        return _connect(self._path, apsw.SQLITE_OPEN_READONLY, READER_CACHE_KIB, self._vfs)

    def _take(self) -> apsw.Connection | None:
        try:
            return self._idle.get_nowait()
        except Empty:
            return None
