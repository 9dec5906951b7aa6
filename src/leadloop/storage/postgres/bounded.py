"""Reads rows up to a number of bytes. Later rows do not leave the database."""

from collections.abc import Sequence
from typing import Any

from leadloop.storage.postgres.engine import Connection
from leadloop.storage.scripts import Documents

FIRST, MOST_AT_ONCE = 16, 64
"""Rows that are fetched together: at first, and at most once their average size is known."""


async def documents(connection: Connection, sql: str, values: Sequence[Any], limit: int, most_bytes: int) -> Documents:
    """The first column of each row of a statement that has this limit."""
    rows, is_cut = await bounded_rows(connection, sql, values, limit, most_bytes)
    return Documents([row[0] for row in rows], is_cut)


async def bounded_rows(
    connection: Connection, sql: str, values: Sequence[Any], limit: int, most_bytes: int
) -> tuple[list[Any], bool]:
    """Rows whose last columns have at most `most_bytes` together, and at least one row; and whether there are more."""
    if limit <= FIRST:
        rows = await connection.fetch(sql, *values)
        fitting = _fitting(rows, most_bytes)
        return rows[:fitting], fitting < len(rows)
    rows, wanted = [], FIRST
    async with connection.transaction(readonly=True):
        cursor = await connection.cursor(sql, *values)
        while True:
            fetched = await cursor.fetch(wanted)
            rows += fetched
            fitting = _fitting(rows, most_bytes)
            if fitting < len(rows) or len(fetched) < wanted:
                return rows[:fitting], fitting < len(rows)
            size = _size(rows)
            wanted = min(MOST_AT_ONCE, 1 + (most_bytes - size) * len(rows) // max(1, size))


def _size(rows: Sequence[Any]) -> int:
    return sum(len(row[-1]) for row in rows)


def _fitting(rows: Sequence[Any], most_bytes: int) -> int:
    """How many rows fit; at least the first."""
    size = 0
    for number, row in enumerate(rows):
        size += len(row[-1])
        if number and size > most_bytes:
            return number
    return len(rows)
