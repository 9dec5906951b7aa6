"""Detects when a file of an open database is moved, replaced, deleted or overwritten.

SQLite continues to write to a file without a name, and its commits are lost when the process ends. It also copies its
log, page by page, into a file that another program has overwritten.
"""

import os
import time
from pathlib import Path

import apsw
import structlog

from leadloop.core.errors import FileOverwritten, FilesMoved
from leadloop.storage.sqlite import generations
from leadloop.storage.sqlite.generations import parse

_log = structlog.get_logger("leadloop")

FileIdentity = tuple[int, int]
"""Device and inode."""
LOOKS, BETWEEN_LOOKS_S = 3, 0.05
"""Reads of the header, since another process may be writing it, and the time between them."""


class DatabaseFiles:
    """The database, its log and the index of the log, as `connection` opened them.

    Paths are absolute but not resolved, so that the check also detects a symbolic link that now points to another file.
    """

    def __init__(self, connection: apsw.Connection, path: Path | None) -> None:
        """`path` is `None` where the files have no names in the file system."""
        self._connection = connection
        self._database = str(path.absolute()) if path else ""
        log = connection.filename_wal
        self._expected = {
            name: identity
            for name in (self._database, log, log.removesuffix("-wal") + "-shm")
            if path and (identity := _identity(name)) is not None
        }
        self.moved = False
        """Whether the last check found a file missing."""
        self._log_is_saved = False
        self.overwritten = False
        """Whether another program has written to the database file. Never reset."""
        self._header = generations.read_header(connection)
        self._generation = self._next_generation = generations.generation(connection)
        """The generation after the last commit, and the one after the current transaction."""
        self._counted_log = generations.read_log_id(connection)
        """The last log in which a generation was counted, or may have been."""

    def begin(self, *, may_wait: bool = True) -> None:
        """Call before a transaction. Raises `FilesMoved`."""
        self._header = self.require_not_overwritten(self._connection, may_wait=may_wait)
        if self.moved:
            self.require_in_place()

    def require_not_overwritten(self, connection: apsw.Connection, *, may_wait: bool = True) -> bytes:
        """The header of the database file. Raises `FileOverwritten`. Costs one read of 100 bytes.

        `connection` is any connection to the database that the calling thread may use. If `may_wait` is false, it reads
        the header once, and an error is provisional.
        """
        self.require_no_overwriting_noticed()
        for look in range(LOOKS):
            if look:
                if not may_wait:
                    raise FileOverwritten
                time.sleep(BETWEEN_LOOKS_S)
            earlier = self._header
            later = generations.read_header(connection)
            if later == earlier or generations.may_follow(parse(later), parse(earlier)):
                return later
        self.overwritten = True
        _log.error("writes are refused: another program has overwritten the database file", file=self._database)
        raise FileOverwritten

    def require_no_overwriting_noticed(self) -> None:
        """Raises `FileOverwritten`."""
        if self.overwritten:
            raise FileOverwritten

    def count_generation(self) -> None:
        """Call within a transaction. Increments the generation if the log may have no count yet and no process has
        counted since the last commit: at most one process counts in each log."""
        number, log = generations.generation(self._connection), generations.read_log_id(self._connection)
        if not number or (number == self._generation and log not in (b"", self._counted_log)):
            number = number + 1 if number else generations.first()
            generations.count(self._connection, number)
        self._next_generation = number

    def committed(self) -> None:
        """Call after the commit, before acknowledging it. Raises `FilesMoved` if a file was moved or overwritten."""
        self._header = self.require_not_overwritten(self._connection)
        self.require_in_place()
        if self._generation != self._next_generation:
            self._generation = self._next_generation
            self._counted_log = generations.read_log_id(self._connection)  # the commit may have started another log

    def leave_overwritten(self) -> None:
        """Call before the connection is closed: keeps SQLite from copying the log into an overwritten file."""
        try:
            self.require_not_overwritten(self._connection)
        except FileOverwritten:
            generations.copy_log_on_close(self._connection, False)

    def require_in_place(self) -> None:
        """Raises `FilesMoved`. Costs three `stat`."""
        for name, expected in self._expected.items():
            if _identity(name) != expected:
                if not self.moved:
                    _log.error("writes are refused: a database file was moved, replaced or deleted", file=name)
                self.moved = True
                raise FilesMoved
        if self.moved:
            _log.info("writes are accepted again: the database files are back in their places")
        self.moved = False

    def save_log(self) -> None:
        """If only the log has lost its name, copies it into the database, so that a crash loses nothing acknowledged.
        Does nothing if another log exists, which another process may be writing. Call on the writer's thread."""
        log = self._connection.filename_wal
        in_place = _identity(self._database) == self._expected.get(self._database)
        if self._log_is_saved or self.overwritten or not in_place or os.path.lexists(log):
            return
        try:
            frames, copied = self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_FULL)
        except apsw.Error as error:
            _log.error("the deleted log could not be copied into the database", error=str(error))
        else:
            self._log_is_saved = frames == copied
            _log.info("the deleted log was copied into the database", frames=frames, copied=copied)


def _identity(name: str) -> FileIdentity | None:
    """`None` for a file that is missing, cannot be examined, or has lost its last name (a bind mount keeps it
    visible)."""
    try:
        status = os.stat(name)
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if status.st_nlink else None
