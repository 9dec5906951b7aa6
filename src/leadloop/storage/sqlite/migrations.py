"""Bringing the schema up to date: each migration with its version row in one transaction."""

import time

import apsw

from leadloop.storage.migrate import Migration, migrations
from leadloop.storage.sql import statements
from leadloop.storage.sqlite import catalogue, insights, search

SQL = statements(__file__)
KNOWN = migrations(__file__)
FILLS = {
    "0005_insights": insights.fill,
    "0006_search": search.fill,
    "0007_catalogue": catalogue.fill,
    "0010_stage_keys": insights.rekey_stages,
}
"""What a migration makes of the leads that are there, by functions that SQL does not have."""


def applied(connection: apsw.Connection) -> set[int]:
    if not connection.execute(SQL["has_versions"]).get:
        return set()
    return {version for (version,) in connection.execute(SQL["list_versions"])}


def apply(connection: apsw.Connection, migration: Migration) -> bool:
    """Inside the writer's transaction. Whether it was still to be done: another process may have been faster."""
    connection.execute(SQL["create_versions"])
    if migration.version in applied(connection):
        return False
    for _ in connection.execute(migration.sql):
        pass
    if migration.name in FILLS:
        FILLS[migration.name](connection)
    connection.execute(SQL["insert_version"], (migration.version, migration.name, int(time.time() * 1000)))
    return True
