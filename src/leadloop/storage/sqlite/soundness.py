"""Checks whether a database file is sound: its header before it is opened, the first pages of its tables at every
start, all of it for the doctor."""

from pathlib import Path

import apsw

from leadloop.storage.sql import statements
from leadloop.storage.sqlite.generations import HEADER_BYTES, MAGIC

SQL = statements(__file__)

LOG_HEADER_BYTES = 32
LOG_MAGICS = (0x377F0682, 0x377F0683)
SMALLEST_PAGE, LARGEST_PAGE = 512, 65_536


def header_problem(header: bytes, size: int, log_header: bytes) -> str | None:
    """The problem of a file that is not empty and has this header and size, and of its log, whose header may be empty.

    Ignores the size if there is a log, which may hold the end of the file.
    """
    if not header.startswith(MAGIC):
        return "is not a database: choose another --database"
    page = int.from_bytes(header[16:18], "big")
    page = LARGEST_PAGE if page == 1 else page
    if len(header) < HEADER_BYTES or page < SMALLEST_PAGE or page & (page - 1):
        return "is damaged: restore a backup"
    if len(log_header) >= LOG_HEADER_BYTES:
        is_log = int.from_bytes(log_header[:4], "big") in LOG_MAGICS
        if is_log and int.from_bytes(log_header[8:12], "big") != page:
            return "and the -wal beside it do not belong together: move the -wal away, or put the right database back"
        return None
    pages, is_counted = int.from_bytes(header[28:32], "big"), header[24:28] == header[92:96]
    if is_counted and size < pages * page:
        return f"is cut off ({size:,} of {pages * page:,} bytes): restore a backup"
    return None


def file_problem(database: Path) -> str | None:
    """The problem of an existing file. Raises `OSError`. Call it only before the process opens the file with SQLite,
    whose locks end when the process closes the file."""
    with database.open("rb") as file:
        header = file.read(HEADER_BYTES)
    log = Path(f"{database}-wal")
    log_header = b""
    if log.exists():
        with log.open("rb") as file:
            log_header = file.read(LOG_HEADER_BYTES)
    return header_problem(header, database.stat().st_size, log_header) if header else None


def file_bytes(connection: apsw.Connection) -> int:
    """The size of the file without its log."""
    pages, page_bytes = connection.execute(SQL["page_count"]).get, connection.execute(SQL["page_size"]).get
    return int(pages) * int(page_bytes)


def damage(connection: apsw.Connection, *, whole: bool) -> str | None:
    """The damage that SQLite finds in the first pages of each table or, with `whole`, in all pages."""
    try:
        if whole:
            result = str(connection.execute(SQL["check_all"]).get)
            return None if result == "ok" else result
        for (table,) in connection.execute(SQL["list_tables"]).fetchall():
            connection.execute(SQL["read_first"].replace("table_name", str(table))).fetchall()
    except (apsw.CorruptError, apsw.NotADBError) as error:
        return str(error)
    return None
