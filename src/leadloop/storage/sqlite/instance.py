"""The row that makes the database an instance."""

import apsw

from leadloop.core.instance import Instance
from leadloop.storage import rows
from leadloop.storage.sql import statements

SQL = statements(__file__)


def get(connection: apsw.Connection) -> Instance | None:
    """`None` also before the migration that makes its table."""
    if not connection.execute(SQL["has_instances"]).get:
        return None
    row = connection.execute(SQL["get_instance"]).fetchone()
    return None if row is None else rows.instance(row)


def add(connection: apsw.Connection, instance: Instance) -> Instance:
    connection.execute(SQL["insert_instance"], rows.instance_row(instance))
    return get(connection) or instance


def replace(connection: apsw.Connection, instance: Instance) -> None:
    connection.execute(SQL["update_instance"], (instance.id, instance.pepper_check, instance.format))
