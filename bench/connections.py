"""A connection to a contender's database, for statements of the benchmark itself."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import apsw
import asyncpg

from bench import cluster
from leadloop.storage.postgres.engine import LIST_SETTINGS
from leadloop.storage.sqlite.database import as_sqlite


class Connection(Protocol):
    def __init__(self, database: str) -> None: ...

    def execute(self, sql: str) -> None: ...

    def rows(self, sql: str, *values: Any) -> Sequence[Sequence[Any]]: ...

    def plan(self, sql: str, values: Sequence[Any]) -> str:
        """The scans of the plan and the execution time, with the settings of leadloop's list queries."""

    def settle(self) -> None:
        """Does the maintenance that a database does by itself when idle."""

    def close(self) -> None: ...


class SqliteConnection:
    def __init__(self, database: str) -> None:
        self._connection = apsw.Connection(database)
        self._connection.set_busy_timeout(60_000)
        self._connection.pragma("cache_size", -64_000)

    def execute(self, sql: str) -> None:
        self._connection.execute(sql)

    def rows(self, sql: str, *values: Any) -> Sequence[Sequence[Any]]:
        return self._connection.execute(as_sqlite(sql), values).fetchall()

    def plan(self, sql: str, values: Sequence[Any]) -> str:
        steps = [str(row[3]) for row in self._connection.execute(f"EXPLAIN QUERY PLAN {as_sqlite(sql)}", tuple(values))]
        began_s = time.perf_counter()
        self.rows(sql, *values)
        ms = (time.perf_counter() - began_s) * 1_000
        read = [step for step in steps if step.startswith(("SCAN", "SEARCH"))]
        return f"{'; '.join(read)} ({ms:,.1f} ms)"

    def settle(self) -> None:
        return

    def close(self) -> None:
        self._connection.close()


class PostgresConnection:
    def __init__(self, database: str) -> None:
        self._database = database
        self._runner = asyncio.Runner()
        self._connection: asyncpg.Connection = self._runner.run(asyncpg.connect(database))

    def execute(self, sql: str) -> None:
        self._runner.run(self._connection.execute(sql))

    def rows(self, sql: str, *values: Any) -> Sequence[Sequence[Any]]:
        return [tuple(row) for row in self._runner.run(self._connection.fetch(sql, *values))]

    def plan(self, sql: str, values: Sequence[Any]) -> str:
        return self._runner.run(_plan(self._database, sql, values))

    def settle(self) -> None:
        cluster.settle(self._database)

    def close(self) -> None:
        self._runner.run(self._connection.close())
        self._runner.close()


async def _plan(database: str, sql: str, values: Sequence[Any]) -> str:
    connection = await asyncpg.connect(database, server_settings=LIST_SETTINGS)
    try:
        parameters = ", ".join(
            "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value) for value in values
        )
        await connection.execute(f"PREPARE query AS {sql}")
        text = await connection.fetchval(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE query ({parameters})")
    finally:
        await connection.close()
    explained = json.loads(text)[0]
    return f"{_shape(explained['Plan'])} ({explained['Execution Time']:,.1f} ms)"


def _shape(plan: Mapping[str, Any]) -> str:
    """The scans of a plan and the rows that they read."""
    own = []
    if "Scan" in plan["Node Type"] and ("Relation Name" in plan or "Index Name" in plan):
        read = sum(plan.get(kind, 0) for kind in ("Actual Rows", "Rows Removed by Filter")) * plan["Actual Loops"]
        own = [f"{plan['Node Type']} {plan.get('Index Name', plan.get('Relation Name'))}: {read:,.0f}"]
    return "; ".join([*own, *filter(None, map(_shape, plan.get("Plans", ())))])
