"""The lock file of a database, `FILE.lock`: of all servers that have the database open, one holds it.

The operating system releases the lock when the process ends, however it ends. The file stays: if it were deleted, two
servers could each hold a lock.
"""

import fcntl
import os
from pathlib import Path

from leadloop.core.errors import Unavailable


class ServerLock:
    def __init__(self, database: Path) -> None:
        self._path = Path(f"{os.path.realpath(database)}.lock")
        self._handle: int | None = None

    def acquire(self) -> bool:
        """Tries to acquire the lock without waiting. Returns whether this process holds it."""
        if self._handle is not None:
            return True
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Unavailable(f"the lock {self._path} cannot be opened: {error.strerror}") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        except OSError as error:
            os.close(handle)
            raise Unavailable(f"the lock {self._path} cannot be taken: {error.strerror}") from None
        self._handle = handle
        return True

    def close(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)
