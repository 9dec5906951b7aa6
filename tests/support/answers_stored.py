"""What a database holds under idempotency keys, and putting there what an earlier version stored."""

import asyncio
from typing import Any

import apsw
import asyncpg


def stored_bytes(database: str, account_id: str) -> list[int]:
    """The bytes of each row of the account, oldest first."""
    columns = "length(key) + length(fingerprint) + length(lead_id) + length(answer)"
    query = f"SELECT {columns} FROM idempotency WHERE account_id = '{account_id}' ORDER BY at_ms"
    return [size for (size,) in _run(database, query)]


def store_text(database: str, account_id: str, text: str) -> None:
    """As the stored text of the account's every answer."""
    _run(database, f"UPDATE idempotency SET answer = '{text}' WHERE account_id = '{account_id}'")


def _run(database: str, query: str) -> list[Any]:
    if "://" in database:
        return asyncio.run(_fetch(database, query))
    connection = apsw.Connection(database)
    connection.set_busy_timeout(10_000)
    try:
        return list(connection.execute(query))
    finally:
        connection.close()


async def _fetch(database: str, query: str) -> list[Any]:
    connection = await asyncpg.connect(database)
    try:
        return list(await connection.fetch(query))
    finally:
        await connection.close()
