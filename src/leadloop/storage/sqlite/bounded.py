"""Reading rows until they have had a number of bytes: the rows behind are never read."""

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import apsw

from leadloop.storage.steps import Documents


def documents(connection: apsw.Connection, sql: str, values: Sequence[Any], most_bytes: int) -> Documents:
    """The first column of each row. SQLite makes a row when it is asked for, unless it has to sort them."""
    rows, is_cut = bounded_rows(connection, sql, values, most_bytes)
    return Documents([row[0] for row in rows], is_cut)


def bounded_rows(
    connection: apsw.Connection, sql: str, values: Sequence[Any], most_bytes: int
) -> tuple[list[Any], bool]:
    """At least one row, as far as the last columns of all have `most_bytes`; whether there are more."""
    rows: list[Any] = []
    size = 0
    with closing(connection.cursor()) as cursor:
        for row in cursor.execute(sql, values):
            size += len(row[-1])
            if rows and size > most_bytes:
                return rows, True
            rows.append(row)
    return rows, False
