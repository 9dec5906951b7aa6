"""The files of an open database: notices when one of them was moved, replaced or deleted under the process.

SQLite goes on writing into a file that has lost its name, and whatever it commits there is gone once the process ends.
"""

import os
from pathlib import Path

import apsw
import structlog

from leadloop.core.errors import FilesMoved

_log = structlog.get_logger("leadloop")

Identity = tuple[int, int]
"""Device and inode."""


class DatabaseFiles:
    """The database, its log and the index of the log, as they were when `connection` opened them.

    Their paths are absolute: the configured one is checked as it is, which also notices a symbolic link that now leads
    to another file.
    """

    def __init__(self, connection: apsw.Connection, path: Path) -> None:
        self._connection = connection
        self._database = str(path.absolute())
        log = connection.filename_wal
        self._expected = {
            name: identity
            for name in (self._database, log, log.removesuffix("-wal") + "-shm")
            if (identity := _identity(name)) is not None
        }
        self.moved = False
        """Whether the last check found a file missing."""
        self._log_is_saved = False

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
        """Copies the log into the database where only the name of the log is lost, so that a crash loses nothing that
        was acknowledged. Not beside another log: whoever made it may be writing. For the thread that writes."""
        log = self._connection.filename_wal
        in_place = _identity(self._database) == self._expected.get(self._database)
        if self._log_is_saved or not in_place or os.path.lexists(log):
            return
        try:
            frames, copied = self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_FULL)
        except apsw.Error as error:
            _log.error("the deleted log could not be copied into the database", error=str(error))
        else:
            self._log_is_saved = frames == copied
            _log.info("the deleted log was copied into the database", frames=frames, copied=copied)


def _identity(name: str) -> Identity | None:
    """`None` for a file that is missing, cannot be examined, or has lost its last name (a bind mount keeps it
    visible)."""
    try:
        status = os.stat(name)
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if status.st_nlink else None
