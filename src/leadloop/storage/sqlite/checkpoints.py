"""Keeps the log of an SQLite database short: copies it into the database, and truncates it after it has grown.

SQLite itself copies on the writing thread, however large the log is, and never truncates the log's file. After a long
read (an export, a backup) one write would have to copy hundreds of megabytes.
"""

import time
from contextlib import closing
from pathlib import Path
from threading import Thread

import apsw

from leadloop.core.errors import FilesMoved
from leadloop.storage.sqlite.engine import BUSY_TIMEOUT_MS, connect_copier
from leadloop.storage.sqlite.files import DatabaseFiles

COPY_PAGES = 1_000
"""The size at which a log is copied; SQLite's own default."""
LARGE_PAGES = 4_096
"""From this size on another thread copies, since the writer would be delayed noticeably."""
LOG_LIMIT_BYTES = 16 * 1024 * 1024
"""The size to which the log's file is truncated when the log restarts."""
EVERY_S = 1.0
"""The interval at which a large log is copied while readers still use it."""
CATCH_UPS = 100
WAIT_MS = 50
"""How long the writer waits, at most once per interval, for readers of a large log that is copied."""


class Checkpoints:
    def __init__(self, connection: apsw.Connection, path: Path, vfs: str | None, files: DatabaseFiles) -> None:
        """For the writing connection, on its thread. Nothing is copied while `files` are moved or overwritten."""
        self._path = path
        self._vfs = vfs
        self._files = files
        self._copier: Thread | None = None
        self._copied = 0
        """Pages of the log that are certainly in the database."""
        self._next_at = 0.0
        connection.pragma("journal_size_limit", LOG_LIMIT_BYTES)
        connection.set_wal_hook(self._after_commit)

    def close(self) -> None:
        """Waits for a running copy. Call before the connection is closed."""
        if self._copier is not None:
            self._copier.join()

    def _after_commit(self, connection: apsw.Connection, database: str, pages: int) -> int:
        if pages < COPY_PAGES:
            return apsw.SQLITE_OK
        try:
            self._files.require_not_overwritten(connection)
        except FilesMoved:
            return apsw.SQLITE_OK  # the writer reports it
        if pages >= LARGE_PAGES:
            self._shrink(connection, pages)
        else:
            _copy(connection, apsw.SQLITE_CHECKPOINT_PASSIVE)
        return apsw.SQLITE_OK

    def _shrink(self, connection: apsw.Connection, pages: int) -> None:
        if time.monotonic() < self._next_at or (self._copier is not None and self._copier.is_alive()):
            return
        if 0 <= pages - self._copied < COPY_PAGES:
            connection.set_busy_timeout(WAIT_MS)
            _copy(connection, apsw.SQLITE_CHECKPOINT_TRUNCATE)
            connection.set_busy_timeout(BUSY_TIMEOUT_MS)
            self._copied = 0
            self._next_at = time.monotonic() + EVERY_S
        else:
            self._copier = Thread(target=self._copy_beside, name="sqlite-copier", daemon=True)
            self._copier.start()

    def _copy_beside(self) -> None:
        try:
            self._files.require_in_place()
            with closing(connect_copier(self._path, self._vfs)) as connection:
                self._files.require_not_overwritten(connection)
                pages, self._copied = _copy_all(connection)
        except (apsw.Error, FilesMoved):
            pages, self._copied = 0, 0
        is_done = 0 < pages <= self._copied
        self._next_at = time.monotonic() + (0 if is_done else EVERY_S)


def _copy_all(connection: apsw.Connection) -> tuple[int, int]:
    """Copies until it has caught up with the writer, so that SQLite waits for the disk here and not in the writer."""
    before, (pages, copied) = 0, _copy(connection, apsw.SQLITE_CHECKPOINT_PASSIVE)
    for _ in range(CATCH_UPS):
        if pages in (0, before) or pages - copied >= COPY_PAGES:
            break
        before, (pages, copied) = pages, _copy(connection, apsw.SQLITE_CHECKPOINT_PASSIVE)
    return pages, copied


def _copy(connection: apsw.Connection, mode: int) -> tuple[int, int]:
    """Copies the log. Returns how many pages it has, and how many of them are in the database; 0 for both on an
    error."""
    try:
        return connection.wal_checkpoint(mode=mode)
    except apsw.Error:
        return 0, 0
