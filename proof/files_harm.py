"""What is done to the files of a database under a running server, and what an operator then does by docs/operations.md
once the server has noticed."""

import os
import shutil
import signal
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import apsw

from lab.server import Leadloop

BUSY_TIMEOUT_MS = 30_000


class Files:
    """The files of a server's database, with places beside them."""

    def __init__(self, server: Leadloop) -> None:
        self.server = server
        self.database = Path(server.database)
        self.log = Path(f"{self.database}-wal")
        self.aside = Path(f"{self.database}.aside")
        self.copy = Path(f"{self.database}.copy")
        """An older copy of the database."""

    def copy_log(self) -> None:
        """All of it into the database, as SQLite does now and then by itself."""
        with closing(apsw.Connection(str(self.database))) as connection:
            connection.set_busy_timeout(BUSY_TIMEOUT_MS)
            connection.pragma("user_version")  # before it has read something it knows of no log
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)

    def copy_closed(self) -> None:
        """For when no server runs."""
        shutil.copyfile(self.database, self.copy)

    def rescue(self) -> None:
        """Copies a deleted database while its process still has it open."""
        folder = Path(f"/proc/{self.server.pid}/fd")
        names = [one for one in folder.iterdir() if os.readlink(one) == f"{self.database} (deleted)"]
        shutil.copyfile(names[0], self.aside)

    def put_back(self) -> None:
        self.aside.chmod(0o600)
        self.aside.replace(self.database)


def move(files: Files) -> None:
    files.database.rename(files.aside)


def delete(files: Files) -> None:
    files.database.unlink()


def replace(files: Files) -> None:
    """By the older copy, as `mv` does."""
    move(files)
    shutil.copyfile(files.copy, files.database)


def overwrite(files: Files) -> None:
    """With the older copy, as `cp` does: into the same file. What was there is kept aside for the check."""
    os.kill(files.server.pid, signal.SIGSTOP)
    shutil.copyfile(files.database, files.aside)
    shutil.copyfile(files.copy, files.database)
    os.kill(files.server.pid, signal.SIGCONT)


def delete_log(files: Files) -> None:
    files.log.unlink()


def replace_log(files: Files) -> None:
    files.log.rename(files.aside)
    files.log.write_bytes(b"")


def put_log_back(files: Files) -> None:
    files.aside.replace(files.log)


def nothing(files: Files) -> None:
    """There is nothing to do."""


class Harm(NamedTuple):
    do: Callable[[Files], None]
    rescue: Callable[[Files], None]
    """Before the server is killed."""
    repair: Callable[[Files], None]
    """Before it is started again."""


HARMS = {
    "database replaced": Harm(replace, nothing, Files.put_back),
    "log deleted": Harm(delete_log, nothing, nothing),
    "database overwritten": Harm(overwrite, nothing, Files.put_back),
    "database deleted": Harm(delete, Files.rescue, Files.put_back),
    "log replaced": Harm(replace_log, nothing, put_log_back),
    "database moved": Harm(move, nothing, Files.put_back),
}
