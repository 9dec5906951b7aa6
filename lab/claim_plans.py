"""How the databases find what is to be sent next: the plan of a claim, made as the worker's sessions make it."""

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
    """What it took, planning left out."""

    @property
    def is_good(self) -> bool:
        """Whether it takes the index, and nothing in it reads or sorts all that wait."""
        text = "\n".join(self.lines)
        return INDEX in text and not any(bad in text for bad in BAD)


def of_sqlite(path: str, account_id: str, endpoint_id: str, now_ms: int) -> Plan:
    """Leaves everything as it is."""
    line = apsw.Connection(path)
    try:
        asked = (account_id, endpoint_id, now_ms, MOST, now_ms + LEASE_MS, "token", now_ms)
        lines = [str(row[3]) for row in line.execute(f"EXPLAIN QUERY PLAN {SQLITE['claim']}", asked)]
        line.execute("BEGIN IMMEDIATE")
        began_s = time.perf_counter()
        claimed = len(list(line.execute(SQLITE["claim"], asked)))
        ms = (time.perf_counter() - began_s) * 1_000
        line.execute("ROLLBACK")
        return Plan([*lines, f"{claimed} claimed"], ms)
    finally:
        line.close()


async def of_postgres(url: str, account_id: str, endpoint_id: str, now_ms: int, *, distributed: bool = False) -> Plan:
    """Leaves everything as it is: the transaction ends with the connection."""
    settings = for_distributed(KEYED_SETTINGS) if distributed else KEYED_SETTINGS
    line = await asyncpg.connect(url, server_settings=settings)
    try:
        await line.execute(f"PREPARE claim AS {(BY_ACCOUNT if distributed else POSTGRES)['claim']}")
        account = f"'{account_id}'" if distributed else f"ARRAY['{account_id}']"
        asked = (
            f"{account}, ARRAY['{endpoint_id}'], ARRAY[{MOST}], {now_ms}, {now_ms + LEASE_MS}, 'token', "
            f"ARRAY[false], {now_ms}"
        )
        await line.execute("BEGIN")
        rows = await line.fetch(f"EXPLAIN (ANALYZE, BUFFERS) EXECUTE claim ({asked})")
    finally:
        await line.close()
    lines = [str(row[0]) for row in rows]
    told = next(line for line in lines if line.startswith("Execution Time:"))
    return Plan(lines, float(told.split()[2]))
