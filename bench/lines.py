"""A line to a contender's database, for statements of the benchmark's own."""

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


class Line(Protocol):
    def __init__(self, database: str) -> None: ...

    def execute(self, sql: str) -> None: ...

    def rows(self, sql: str, *values: Any) -> Sequence[Sequence[Any]]: ...

    def plan(self, sql: str, values: Sequence[Any]) -> str:
        """What it reads, and how long that took, as leadloop's lists have it."""

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

    def rows(self, sql: str, *values: Any) -> Sequence[Sequence[Any]]:
        return self._line.execute(as_sqlite(sql), values).fetchall()

    def plan(self, sql: str, values: Sequence[Any]) -> str:
        steps = [str(row[3]) for row in self._line.execute(f"EXPLAIN QUERY PLAN {as_sqlite(sql)}", tuple(values))]
        began_s = time.perf_counter()
        self.rows(sql, *values)
        ms = (time.perf_counter() - began_s) * 1_000
        read = [step for step in steps if step.startswith(("SCAN", "SEARCH"))]
        return f"{'; '.join(read)} ({ms:,.1f} ms)"

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

    def rows(self, sql: str, *values: Any) -> Sequence[Sequence[Any]]:
        return [tuple(row) for row in self._runner.run(self._line.fetch(sql, *values))]

    def plan(self, sql: str, values: Sequence[Any]) -> str:
        return self._runner.run(_plan(self._database, sql, values))

    def settle(self) -> None:
        cluster.settle(self._database)

    def close(self) -> None:
        self._runner.run(self._line.close())
        self._runner.close()


async def _plan(database: str, sql: str, values: Sequence[Any]) -> str:
    line = await asyncpg.connect(database, server_settings=LIST_SETTINGS)
    try:
        given = ", ".join("'" + one.replace("'", "''") + "'" if isinstance(one, str) else str(one) for one in values)
        await line.execute(f"PREPARE asked AS {sql}")
        told = await line.fetchval(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE asked ({given})")
    finally:
        await line.close()
    found = json.loads(told)[0]
    return f"{_shape(found['Plan'])} ({found['Execution Time']:,.1f} ms)"


def _shape(plan: Mapping[str, Any]) -> str:
    """What is scanned, and how many rows that read."""
    own = []
    if "Scan" in plan["Node Type"] and ("Relation Name" in plan or "Index Name" in plan):
        read = sum(plan.get(kind, 0) for kind in ("Actual Rows", "Rows Removed by Filter")) * plan["Actual Loops"]
        own = [f"{plan['Node Type']} {plan.get('Index Name', plan.get('Relation Name'))}: {read:,.0f}"]
    return "; ".join([*own, *filter(None, map(_shape, plan.get("Plans", ())))])
