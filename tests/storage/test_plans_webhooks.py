"""However many deliveries wait, and whatever the engine knows of them, the next ones are found by their index."""

import asyncio

import apsw
import asyncpg
import pytest

from bench.webhooks_plans import Plan, of_postgres, of_sqlite
from tests.storage.database import DISTRIBUTED, SQLITE, START_MS, Database

WAITING = 20_000
NOW_MS = START_MS + 2 * WAITING

FILE = """
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})
    INSERT INTO deliveries (
        account_id, endpoint_id, lead_id, version, event, state, attempts, cause, created_at_ms, due_at_ms,
        finished_at_ms
    )
    SELECT
        'account', 'endpoint', CAST(n AS text), {version}, 'lead.updated', '{state}', 0, 'change', {at_ms} + n,
        {at_ms} + n, {finished_at_ms}
    FROM numbers
"""
PENDING = FILE.format(count=WAITING, version=2, state="pending", at_ms=START_MS, finished_at_ms="NULL")
ONE_MOMENT = f"UPDATE deliveries SET due_at_ms = {START_MS} WHERE state = 'pending'"
DONE = FILE.format(count=WAITING, version=1, state="done", at_ms=START_MS, finished_at_ms=START_MS)
STATES = {
    "nothing is known of them": [PENDING],
    "they are known": [PENDING, "ANALYZE"],
    "finished ones are known, and none that waits": [DONE, "ANALYZE", PENDING],
    "half are finished": [DONE, PENDING, "ANALYZE"],
    "all are due at one moment": [PENDING, "ANALYZE", ONE_MOMENT],
}


@pytest.mark.parametrize("steps", STATES.values(), ids=STATES)
def test_what_is_due_is_claimed_by_its_index(database: Database, steps: list[str]) -> None:
    plan = asyncio.run(planned(database, steps))
    assert plan.is_good, "\n".join(plan.lines)


async def planned(database: Database, steps: list[str]) -> Plan:
    async with database.opened():
        pass
    if database.engine == SQLITE:
        for step in steps:
            run(database.address, step)
        return of_sqlite(database.address, "account", "endpoint", NOW_MS)
    line = await asyncpg.connect(database.address)
    try:
        await line.execute("ALTER TABLE deliveries SET (autovacuum_enabled = off)")
        for step in steps:
            await line.execute(step)
    finally:
        await line.close()
    distributed = database.engine == DISTRIBUTED
    return await of_postgres(database.address, "account", "endpoint", NOW_MS, distributed=distributed)


def run(path: str, sql: str) -> None:
    line = apsw.Connection(path)
    try:
        line.execute(sql)
    finally:
        line.close()
