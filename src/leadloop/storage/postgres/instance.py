"""The row that makes the database an instance."""

from leadloop.core.instance import Instance
from leadloop.storage import rows
from leadloop.storage.postgres.engine import Connection
from leadloop.storage.sql import statements

SQL = statements(__file__)


async def get(connection: Connection) -> Instance | None:
    row = await connection.fetchrow(SQL["get_instance"])
    return None if row is None else rows.instance(row)


async def add(connection: Connection, instance: Instance) -> Instance:
    await connection.execute(SQL["insert_instance"], *rows.instance_row(instance))
    return await get(connection) or instance


async def replace(connection: Connection, instance: Instance) -> None:
    await connection.execute(SQL["update_instance"], instance.id, instance.pepper_check, instance.format)
