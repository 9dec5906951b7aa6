"""An index yields the due deliveries, however many wait and whatever the statistics say."""

import asyncio

import pytest

from lab import databases
from lab.claim_plans import Plan, of_postgres, of_sqlite
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
    plan = planned(database, steps)
    assert plan.is_good, "\n".join(plan.lines)


def planned(database: Database, steps: list[str]) -> Plan:
    asyncio.run(migrate(database))
    if database.engine == SQLITE:
        databases.execute(database.address, *steps)
        return of_sqlite(database.address, "account", "endpoint", NOW_MS)
    databases.execute(database.address, "ALTER TABLE deliveries SET (autovacuum_enabled = off)", *steps)
    is_distributed = database.engine == DISTRIBUTED
    return asyncio.run(of_postgres(database.address, "account", "endpoint", NOW_MS, distributed=is_distributed))


async def migrate(database: Database) -> None:
    async with database.opened():
        pass
