"""Runs SQL statements on a database of either engine, beside the servers that use it."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import apsw
import asyncpg

from lab import loops

BUSY_TIMEOUT_MS = 60_000
PARAMETER = re.compile(r"\$(\d+)")

Row = tuple[Any, ...]


def is_postgres(database: str) -> bool:
    """Decides by the address, in leadloop's form."""
    return "://" in database


async def fetch(database: str, sql: str, *values: Any) -> list[Row]:
    """Runs one reading statement with parameters $1, $2, … on its own connection; returns the rows.

    On SQLite the connection is read-only: a writable one would checkpoint the log of a killed server on closing.
    """
    if is_postgres(database):
        return await run(database, sql, *values)
    connection = apsw.Connection(database, flags=apsw.SQLITE_OPEN_READONLY)
    return await asyncio.to_thread(_run_on_sqlite, connection, sql, values)


async def run(database: str, sql: str, *values: Any) -> list[Row]:
    """Like `fetch`, for a statement that writes."""
    if not is_postgres(database):
        return await asyncio.to_thread(_run_on_sqlite, connect(database), sql, values)
    connection = await asyncpg.connect(database)
    try:
        return [tuple(record) for record in await connection.fetch(sql, *values)]
    finally:
        await connection.close()


def rows(database: str, sql: str, *values: Any) -> list[Row]:
    """Like `fetch`. Blocks."""
    return loops.run(fetch(database, sql, *values))


def value(database: str, sql: str, *values: Any) -> Any:
    """Returns the first column of the first row. Blocks."""
    return rows(database, sql, *values)[0][0]


def execute(database: str, *statements: str) -> None:
    """Runs each statement in its own transaction. Blocks."""
    if is_postgres(database):
        loops.run(_execute_on_postgres(database, statements))
        return
    with closing(connect(database)) as connection:
        for statement in statements:
            connection.execute(statement)


def connect(file: str) -> apsw.Connection:
    """Opens a connection to SQLite that waits for the write lock."""
    connection = apsw.Connection(file)
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    return connection


def _run_on_sqlite(connection: apsw.Connection, sql: str, values: Sequence[Any]) -> list[Row]:
    with closing(connection):
        return connection.execute(PARAMETER.sub(r"?\1", sql), tuple(values)).fetchall()


async def _execute_on_postgres(url: str, statements: Sequence[str]) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
