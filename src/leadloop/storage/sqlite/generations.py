"""Generations of a database's log, counted in the user version of the database, from a random start.

SQLite does not tie a log to a database: it applies any `-wal` beside the file. So leadloop increments the generation,
on page 1, once in the life of each log and not in its first transaction. SQLite restarts the log only when all of the
previous one is in the database and on the disk. A log is therefore never behind its database, and at most one
generation ahead, even after a power cut while a long read lets SQLite copy only part of the log. The log of another
database is millions of generations away; the log of another copy of the same database is behind, or further ahead. A
database of a former version has generation 0, and accepts any log until its first generation is counted.
"""

import secrets
from pathlib import Path

import apsw
from msgspec import Struct

from leadloop.core.errors import ForeignLog

HEADER_BYTES = 100
DATABASE_FILE, LOG_FILE = 0, 1
"""For `Connection.read`, which uses SQLite's own descriptor: opening and closing the file again in this process would
release SQLite's locks on it."""
SALTS_OFFSET, SALTS_BYTES = 16, 8
"""In the header of a log."""
MAGIC = b"SQLite format 3\0"
MOST_STARTS = 1 << 30
FAR_AHEAD = 1 << 16
"""Generations that other processes may write between two checks: 65,536, some 256 GB of changes."""


class Header(Struct, frozen=True, order=True):
    """The first page of the database file, without the log. Headers sort by time."""

    generation: int
    changes: int
    """SQLite's change counter."""
    pages: int
    page_bytes: int
    application_id: int
    is_database: bool


def first() -> int:
    """A random number for a database's first generation."""
    return 1 + secrets.randbelow(MOST_STARTS)


def read_header(connection: apsw.Connection) -> bytes:
    """The first bytes of the database file, without the log; empty if the file is too short."""
    complete, text = connection.read("main", DATABASE_FILE, 0, HEADER_BYTES)
    return text if complete else b""


def read_log_id(connection: apsw.Connection) -> bytes:
    """The salts of the log, which SQLite draws whenever it restarts the log; empty if there is no log yet."""
    try:
        complete, text = connection.read("main", LOG_FILE, SALTS_OFFSET, SALTS_BYTES)
    except apsw.SQLError:  # the connection has not opened a log yet
        return b""
    return text if complete else b""


def parse(text: bytes) -> Header:
    def number(offset: int, size: int = 4) -> int:
        return int.from_bytes(text[offset : offset + size], "big")

    return Header(number(60), number(24), number(28), number(16, 2), number(68), text.startswith(MAGIC))


def may_follow(later: Header, earlier: Header) -> bool:
    """Whether SQLite may have produced `later` from `earlier`, by copying the log into the database."""
    if not earlier.is_database:  # a power cut has torn the first page; the log has it whole
        return True
    if not later.is_database or (later.page_bytes, later.application_id) != (earlier.page_bytes, 0):
        return False
    if not earlier.generation:
        return True
    return later >= earlier and later.generation - earlier.generation <= FAR_AHEAD


def require_own_log(connection: apsw.Connection, database: Path) -> None:
    """Raises `ForeignLog`. If it raises anything, closing the connection does not copy the log into the database."""
    copy_log_on_close(connection, False)
    in_file = parse(read_header(connection))
    ahead = generation(connection) - in_file.generation
    if in_file.is_database and in_file.generation and ahead not in (0, 1):
        raise ForeignLog(str(database))
    copy_log_on_close(connection, True)


def copy_log_on_close(connection: apsw.Connection, is_wanted: bool) -> None:
    """Sets whether the connection, if it is the last to close, copies the log into the database."""
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, int(not is_wanted))


def generation(connection: apsw.Connection) -> int:
    """The current generation, read through the log."""
    return int(str(connection.pragma("user_version")))


def count(connection: apsw.Connection, number: int) -> None:
    connection.pragma("user_version", number)
