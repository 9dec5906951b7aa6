"""The leads of a period, handed over one by one, so many at a time that others get their turn in between."""

import asyncio
import time
from collections.abc import Callable

from leadloop.insights.lead_view import MEMBERS, reader
from leadloop.insights.ports import G, LeadScan
from leadloop.storage.deadlines import LONGEST_S, took_too_long
from leadloop.storage.postgres.engine import Connection
from leadloop.storage.sql import statements

SQL = statements(__file__)

BATCH = 250
"""Leads that are fetched at once: some 3 ms to add up."""
PAUSE_AFTER_S = 0.005
"""Leads with many tags take longer."""


async def fold_leads(connection: Connection, sought: LeadScan, start: Callable[[], G]) -> G:
    """Members are taken out of the documents by the database: written as texts, whole ones take twice as long."""
    account_id, from_ms, to_ms, members, with_moves = sought
    found, read = start(), reader(members)
    give_up_at = time.monotonic() + LONGEST_S
    asked = account_id, from_ms, to_ms, with_moves
    async with connection.transaction(readonly=True):
        cursor = await connection.cursor(statement(members), *asked)
        while rows := await cursor.fetch(BATCH):
            if time.monotonic() > give_up_at:
                raise took_too_long()
            begun_s = time.perf_counter()
            for row in rows:
                found.add(read(row))
                if time.perf_counter() - begun_s > PAUSE_AFTER_S:
                    await asyncio.sleep(0)
                    begun_s = time.perf_counter()
    return found


def statement(members: frozenset[str]) -> str:
    if not members:
        return SQL["subjects"]
    columns = ", ".join(f"{name} jsonb" for name in MEMBERS if name in members)
    return SQL["subjects_with_members"].replace("/*members*/", columns)
