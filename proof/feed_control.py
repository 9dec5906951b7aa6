"""The planted defect of the campaign feed: writers take a record's position first and insert the record later."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import apsw
import asyncpg

TAKE = """INSERT INTO feeds (account_id, position) VALUES ($1, 1)
ON CONFLICT (account_id) DO UPDATE SET position = feeds.position + 1 RETURNING position"""
INSERT = """INSERT INTO changes (account_id, lead_id, version, position, at_ms, actor, dialect, request_id, fields)
VALUES ($1, $2, $3, $4, 0, 'system', 'proof', 'req_', '[]')"""
DELAY_S = (0.0, 0.02)
RECORDS = 20
"""Records by each writer."""
BUSY_TIMEOUT_MS = 60_000

Query = Callable[..., Awaitable[Any]]


async def write_early(database: str, account_id: str, writers: int, chance: random.Random) -> None:
    await asyncio.gather(*(_write(database, account_id, f"lead {n}", chance) for n in range(writers)))


async def _write(database: str, account_id: str, lead_id: str, chance: random.Random) -> None:
    if "://" in database:
        connection = await asyncpg.connect(database)
        try:
            await _write_records(connection.fetchval, account_id, lead_id, chance)
        finally:
            await connection.close()
        return
    file = apsw.Connection(database)
    file.set_busy_timeout(BUSY_TIMEOUT_MS)

    async def execute(sql: str, *parameters: Any) -> Any:
        return await asyncio.to_thread(lambda: file.execute(sql.replace("$", "?"), parameters).get)

    try:
        await _write_records(execute, account_id, lead_id, chance)
    finally:
        file.close()


async def _write_records(query: Query, account_id: str, lead_id: str, chance: random.Random) -> None:
    for version in range(1, RECORDS + 1):
        position = await query(TAKE, account_id)
        await asyncio.sleep(chance.uniform(*DELAY_S))
        await query(INSERT, account_id, lead_id, version, position)
