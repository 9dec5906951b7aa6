"""Damage to the database files of a running server, and how an operator repairs it according to docs/operations.md."""

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
    """The files of a server's database, and paths for copies beside them."""

    def __init__(self, server: Leadloop) -> None:
        self.server = server
        self.database = Path(server.database)
        self.log = Path(f"{self.database}-wal")
        self.aside = Path(f"{self.database}.aside")
        self.copy = Path(f"{self.database}.copy")
        """An older copy of the database."""

    def checkpoint(self) -> None:
        """Checkpoints the log into the database, as SQLite does from time to time by itself."""
        with closing(apsw.Connection(str(self.database))) as connection:
            connection.set_busy_timeout(BUSY_TIMEOUT_MS)
            connection.pragma("user_version")  # a connection that has read nothing does not know the log
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)

    def copy_database(self) -> None:
        """Copies the database; no server may run."""
        shutil.copyfile(self.database, self.copy)

    def rescue(self) -> None:
        """Copies a deleted database while its process still has it open."""
        folder = Path(f"/proc/{self.server.pid}/fd")
        links = [link for link in folder.iterdir() if os.readlink(link) == f"{self.database} (deleted)"]
        shutil.copyfile(links[0], self.aside)

    def put_back(self) -> None:
        self.aside.chmod(0o600)
        self.aside.replace(self.database)


def move(files: Files) -> None:
    files.database.rename(files.aside)


def delete(files: Files) -> None:
    files.database.unlink()


def replace(files: Files) -> None:
    """Replaces the file with the older copy, as `mv` does."""
    move(files)
    shutil.copyfile(files.copy, files.database)


def overwrite(files: Files) -> None:
    """Overwrites the file in place with the older copy, as `cp` does. Keeps the previous content for the check."""
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


def do_nothing(files: Files) -> None:
    """Does nothing."""


class Damage(NamedTuple):
    do: Callable[[Files], None]
    rescue: Callable[[Files], None]
    """Runs before the kill of the server."""
    repair: Callable[[Files], None]
    """Runs before the restart."""


DAMAGES = {
    "database replaced": Damage(replace, do_nothing, Files.put_back),
    "log deleted": Damage(delete_log, do_nothing, do_nothing),
    "database overwritten": Damage(overwrite, do_nothing, Files.put_back),
    "database deleted": Damage(delete, Files.rescue, Files.put_back),
    "log replaced": Damage(replace_log, do_nothing, put_log_back),
    "database moved": Damage(move, do_nothing, Files.put_back),
}
