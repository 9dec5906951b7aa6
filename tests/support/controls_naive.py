"""A control that loses updates: it reads the document, merges in the program and writes it back, on leadloop's own
tables."""

import asyncio
from collections.abc import Sequence
from typing import Any

import apsw
import asyncpg
import msgspec

from lab.load import Update

READ = "SELECT doc FROM leads WHERE account_id = ? AND id = ?"
WRITE = "UPDATE leads SET version = version + 1, doc = ? WHERE account_id = ? AND id = ?"
BUSY_TIMEOUT_MS = 60_000


async def write_naively(database: str, account_id: str, lead_id: str, batches: Sequence[Sequence[Update]]) -> None:
    """Runs one writer for each batch, each on its own connection, all at once on the same lead."""
    write = _to_postgres if "://" in database else _to_sqlite
    await asyncio.gather(*(write(database, account_id, lead_id, batch) for batch in batches))


def _merged(doc: str, update: Update) -> str:
    lead: dict[str, Any] = msgspec.json.decode(doc)
    if update.field in ("notes", "answers", "activities"):
        lead.setdefault(update.field, []).append({"key" if update.field == "answers" else "id": update.key})
    else:
        lead.setdefault(update.field, {})[update.key] = update.field in ("flags", "steps") or "x"
    lead["version"] += 1
    return msgspec.json.encode(lead).decode()


async def _to_sqlite(database: str, account_id: str, lead_id: str, batch: Sequence[Update]) -> None:
    connection = apsw.Connection(database)
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    try:
        for update in batch:
            doc: str = connection.execute(READ, (account_id, lead_id)).get
            row = _merged(doc, update), account_id, lead_id
            await asyncio.to_thread(connection.execute, WRITE, row)
    finally:
        connection.close()


async def _to_postgres(database: str, account_id: str, lead_id: str, batch: Sequence[Update]) -> None:
    connection = await asyncpg.connect(database)
    read, write = (_numbered(sql) for sql in (READ, WRITE))
    try:
        for update in batch:
            doc = await connection.fetchval(read, account_id, lead_id)
            await connection.execute(write, _merged(doc, update), account_id, lead_id)
    finally:
        await connection.close()


def _numbered(sql: str) -> str:
    """Replaces placeholders by PostgreSQL's form of them."""
    parts = sql.split("?")
    return "".join(f"{part}${number}" for number, part in enumerate(parts[:-1], 1)) + parts[-1]
