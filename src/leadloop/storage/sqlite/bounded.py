"""Reads rows up to a number of bytes. Later rows are not read."""

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import apsw

from leadloop.storage.scripts import Documents


def documents(connection: apsw.Connection, sql: str, values: Sequence[Any], most_bytes: int) -> Documents:
    """The first column of each row. SQLite computes rows one by one, unless it has to sort them."""
    rows, is_cut = bounded_rows(connection, sql, values, most_bytes)
    return Documents([row[0] for row in rows], is_cut)


def bounded_rows(
    connection: apsw.Connection, sql: str, values: Sequence[Any], most_bytes: int
) -> tuple[list[Any], bool]:
    """Rows whose last columns have at most `most_bytes` together, and at least one row; and whether there are more."""
    rows: list[Any] = []
    size = 0
    with closing(connection.cursor()) as cursor:
        for row in cursor.execute(sql, values):
            size += len(row[-1])
            if rows and size > most_bytes:
                return rows, True
            rows.append(row)
    return rows, False
