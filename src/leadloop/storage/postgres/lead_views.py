"""Folds the leads of a period one by one, in batches that leave the event loop time for other requests."""

import asyncio
import time
from collections.abc import Callable

from leadloop.insights.lead_view import MEMBERS, reader
from leadloop.insights.ports import G, LeadScan
from leadloop.storage.deadlines import LONGEST_S, read_timeout
from leadloop.storage.postgres.engine import Connection
from leadloop.storage.sql import statements

SQL = statements(__file__)

BATCH = 250
"""Leads that are fetched at once: some 3 ms of folding."""
PAUSE_AFTER_S = 0.005
"""Folding yields to the event loop after this time: leads with many tags take longer."""


async def fold_leads(connection: Connection, scan: LeadScan, start: Callable[[], G]) -> G:
    """The database extracts the members: sending whole documents as text takes twice as long."""
    account_id, from_ms, to_ms, members, with_moves = scan
    fold, read = start(), reader(members)
    give_up_at = time.monotonic() + LONGEST_S
    parameters = account_id, from_ms, to_ms, with_moves
    async with connection.transaction(readonly=True):
        cursor = await connection.cursor(statement(members), *parameters)
        while rows := await cursor.fetch(BATCH):
            if time.monotonic() > give_up_at:
                raise read_timeout()
            begun_s = time.perf_counter()
            for row in rows:
                fold.add(read(row))
                if time.perf_counter() - begun_s > PAUSE_AFTER_S:
                    await asyncio.sleep(0)
                    begun_s = time.perf_counter()
    return fold


def statement(members: frozenset[str]) -> str:
    if not members:
        return SQL["lead_views"]
    columns = ", ".join(f"{name} jsonb" for name in MEMBERS if name in members)
    return SQL["lead_views_with_members"].replace("/*members*/", columns)
