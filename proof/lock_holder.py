"""A connection that holds the locks that the writers need for random times, and rolls back."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence

import apsw
import asyncpg

HELD_S = (0.0, 0.15)
FREE_S = (0.0, 0.05)
LOCK_LEADS = "SELECT id FROM leads WHERE account_id = $1 AND id = ANY ($2::text[]) ORDER BY id FOR UPDATE"
LOCK_FEED = "SELECT position FROM feeds WHERE account_id = $1 FOR UPDATE"
ADVANCE_FEED = "UPDATE feeds SET position = position + 1000 WHERE account_id = $1"
BUSY_TIMEOUT_MS = 60_000


async def hold_locks(
    database: str, account_id: str, leads: Sequence[str], seed: str, stop: asyncio.Event
) -> Counter[str]:
    """Holds locks until `stop`. Returns how often it held which locks."""
    chance = random.Random(seed)
    if "://" not in database:
        return await _hold_sqlite(database, account_id, chance, stop)
    connection = await asyncpg.connect(database)
    counts: Counter[str] = Counter()
    try:
        while not stop.is_set():
            counts[await _hold_postgres(connection, account_id, leads, chance)] += 1
            await asyncio.sleep(chance.uniform(*FREE_S))
    finally:
        await connection.close()
    return counts


async def _hold_postgres(
    connection: "asyncpg.Connection[asyncpg.Record]", account_id: str, leads: Sequence[str], chance: random.Random
) -> str:
    """One transaction that locks some leads, the feed's counter, or both in either order. Returns what it locked."""
    some = chance.sample(leads, chance.randint(1, 4))
    steps = chance.choice(
        [
            ["leads"],
            ["feed counter"],
            ["leads", "feed counter"],
            ["feed counter", "leads"],
            ["feed counter by an update"],
        ]
    )
    transaction = connection.transaction()
    await transaction.start()
    try:
        for step in steps:
            if step == "leads":
                await connection.execute(LOCK_LEADS, account_id, some)
            else:
                await connection.execute(LOCK_FEED if step == "feed counter" else ADVANCE_FEED, account_id)
            await asyncio.sleep(chance.uniform(*HELD_S))
    except asyncpg.DeadlockDetectedError:
        steps = ["nothing, after a deadlock"]
    finally:
        await transaction.rollback()
    return f"locked: {' and '.join(steps)}"


async def _hold_sqlite(database: str, account_id: str, chance: random.Random, stop: asyncio.Event) -> Counter[str]:
    connection = apsw.Connection(database)
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    counts: Counter[str] = Counter()

    def lock_file() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(ADVANCE_FEED.replace("$", "?"), (account_id,))
        time.sleep(chance.uniform(*HELD_S))
        connection.execute("ROLLBACK")

    try:
        while not stop.is_set():
            await asyncio.to_thread(lock_file)
            counts["locked: the whole file"] += 1
            await asyncio.sleep(chance.uniform(*FREE_S))
    finally:
        connection.close()
    return counts
