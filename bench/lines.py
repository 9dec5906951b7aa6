"""A line to a contender's database, for statements of the benchmark's own."""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

import apsw
import asyncpg

from bench import cluster


class Line(Protocol):
    def __init__(self, database: str) -> None: ...

    def execute(self, sql: str) -> None: ...

    def rows(self, sql: str) -> Sequence[Sequence[Any]]: ...

    def settle(self) -> None:
        """What a database does by itself in a quiet minute."""

    def close(self) -> None: ...


class SqliteLine:
    def __init__(self, database: str) -> None:
        self._line = apsw.Connection(database)
        self._line.set_busy_timeout(60_000)
        self._line.pragma("cache_size", -64_000)

    def execute(self, sql: str) -> None:
        self._line.execute(sql)

    def rows(self, sql: str) -> Sequence[Sequence[Any]]:
        return self._line.execute(sql).fetchall()

    def settle(self) -> None:
        return

    def close(self) -> None:
        self._line.close()


class PostgresLine:
    def __init__(self, database: str) -> None:
        self._database = database
        self._runner = asyncio.Runner()
        self._line: asyncpg.Connection = self._runner.run(asyncpg.connect(database))

    def execute(self, sql: str) -> None:
        self._runner.run(self._line.execute(sql))

    def rows(self, sql: str) -> Sequence[Sequence[Any]]:
        return [tuple(row) for row in self._runner.run(self._line.fetch(sql))]

    def settle(self) -> None:
        self._runner.run(cluster.settle(self._database))

    def close(self) -> None:
        self._runner.run(self._line.close())
        self._runner.close()
