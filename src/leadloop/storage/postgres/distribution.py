"""Distributes the tables over the nodes of a distributed engine (Citus).

Tables are distributed by account and co-located; a table without accounts is replicated to every node.
"""

import re
import time

from leadloop.storage.postgres import migrations
from leadloop.storage.postgres.engine import LONGEST_S, Connection, is_distributed
from leadloop.storage.sql import statements

SQL = statements(__file__)
_CREATED = re.compile(r"^CREATE TABLE (\w+)", re.MULTILINE)


def tables() -> list[str]:
    """The tables that leadloop creates."""
    created = (table for migration in migrations.KNOWN for table in _CREATED.findall(migration.sql))
    return [migrations.VERSIONS, *created]


async def distribute(connection: Connection) -> bool:
    """Marks the database as distributed and distributes its tables. Returns False and does nothing without the
    extension.

    Existing rows move to their nodes. No server may run meanwhile: it would write as on a single machine.
    """
    if not await connection.fetchval(SQL["has_citus"]):
        return False
    async with connection.transaction():
        await connection.execute(SQL["lock_mark"])
        await connection.execute(SQL["insert_mark"], int(time.time() * 1000))
        await _place_tables(connection)
    return True


async def place_new_tables(connection: Connection) -> None:
    """Distributes the tables that migrations have created since the database was distributed."""
    if await is_distributed(connection):
        await distribute(connection)


async def _place_tables(connection: Connection) -> None:
    await connection.execute(SQL["begin_sequential"])
    for table, column in await connection.fetch(SQL["list_local_tables"], tables()):
        if column is None:
            await connection.execute(SQL["replicate_table"], table, timeout=LONGEST_S)
        else:
            with_table = "none" if column == "id" else "accounts"
            await connection.execute(SQL["distribute_table"], table, column, with_table, timeout=LONGEST_S)
