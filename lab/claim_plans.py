"""The query plans of a claim of due deliveries, with the settings of the worker's sessions."""

import time
from typing import NamedTuple

import apsw
import asyncpg

from leadloop.storage.postgres.by_account import SQL as BY_ACCOUNT
from leadloop.storage.postgres.deliveries import SQL as POSTGRES
from leadloop.storage.postgres.engine import KEYED_SETTINGS, for_distributed
from leadloop.storage.sqlite.deliveries import SQL as SQLITE

MOST = 64
INDEX = "deliveries_due"
LEASE_MS = 60_000
BAD = ("Seq Scan on deliveries", "Sort", "Hash Join", "SCAN deliveries", "TEMP B-TREE")


class Plan(NamedTuple):
    lines: list[str]
    ms: float
    """Execution time without planning."""

    @property
    def is_good(self) -> bool:
        """Whether the plan uses the index, and no step scans or sorts all pending deliveries."""
        text = "\n".join(self.lines)
        return INDEX in text and not any(bad in text for bad in BAD)


def of_sqlite(path: str, account_id: str, endpoint_id: str, now_ms: int) -> Plan:
    """Changes nothing: it rolls back."""
    connection = apsw.Connection(path)
    try:
        parameters = (account_id, endpoint_id, now_ms, MOST, now_ms + LEASE_MS, "token", now_ms)
        lines = [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {SQLITE['claim']}", parameters)]
        connection.execute("BEGIN IMMEDIATE")
        began_s = time.perf_counter()
        claimed = len(list(connection.execute(SQLITE["claim"], parameters)))
        ms = (time.perf_counter() - began_s) * 1_000
        connection.execute("ROLLBACK")
        return Plan([*lines, f"{claimed} claimed"], ms)
    finally:
        connection.close()


async def of_postgres(url: str, account_id: str, endpoint_id: str, now_ms: int, *, distributed: bool = False) -> Plan:
    """Changes nothing: the transaction ends with the connection."""
    settings = for_distributed(KEYED_SETTINGS) if distributed else KEYED_SETTINGS
    connection = await asyncpg.connect(url, server_settings=settings)
    try:
        await connection.execute(f"PREPARE claim AS {(BY_ACCOUNT if distributed else POSTGRES)['claim']}")
        account = f"'{account_id}'" if distributed else f"ARRAY['{account_id}']"
        parameters = (
            f"{account}, ARRAY['{endpoint_id}'], ARRAY[{MOST}], {now_ms}, {now_ms + LEASE_MS}, 'token', "
            f"ARRAY[false], {now_ms}"
        )
        await connection.execute("BEGIN")
        rows = await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS) EXECUTE claim ({parameters})")
    finally:
        await connection.close()
    lines = [str(row[0]) for row in rows]
    execution_time = next(line for line in lines if line.startswith("Execution Time:"))
    return Plan(lines, float(execution_time.split()[2]))
