"""Bringing the schema up to date: each migration with its version row in one transaction."""

import time
from collections.abc import Awaitable, Callable
from functools import partial

import asyncpg

from leadloop.derived.facts import FACTS
from leadloop.derived.terms import TERMS
from leadloop.derived.words import WORDS
from leadloop.storage.migrate import Migration, migrations
from leadloop.storage.postgres import catalogue, derived, insights, renewal
from leadloop.storage.postgres.engine import LONGEST_S, Connection
from leadloop.storage.sql import statements

SQL = statements(__file__)
KNOWN = migrations(__file__)
VERSIONS = "schema_version"
"""The table of the applied migrations, which no migration creates."""
FILLS: dict[str, Callable[[Connection], Awaitable[None]]] = {
    "0006_insights": partial(derived.rebuild, projections=(FACTS.name,), countries={}),
    "0007_search": partial(derived.rebuild, projections=(TERMS.name, WORDS.name), countries={}),
    "0008_catalogue": catalogue.fill,
    "0011_stage_keys": insights.rekey_stages,
}
"""What the first migrations make of the leads that are there; later ones say which projections they rebuild."""

PLAIN = "-- plain: "
"""So begins a migration that counts as applied but is left out on a distributed database."""


async def prepare(connection: Connection) -> None:
    """Two processes that make the table at the same moment get in each other's way; one of them has made it."""
    try:
        await connection.execute(SQL["create_versions"])
    except (asyncpg.UniqueViolationError, asyncpg.DuplicateTableError, asyncpg.DuplicateObjectError):
        await connection.execute(SQL["create_versions"])


async def applied(connection: Connection) -> set[int]:
    if not await connection.fetchval(SQL["has_versions"]):
        return set()
    return {version for (version,) in await connection.fetch(SQL["list_versions"])}


async def apply(connection: Connection, migration: Migration, *, plain: bool) -> bool:
    """Whether it was still to be done: another process may have been faster."""
    async with connection.transaction():
        row = migration.version, migration.name, int(time.time() * 1000)
        if await connection.fetchval(SQL["insert_version"], *row) is None:
            return False
        if plain or not migration.sql.startswith(PLAIN):
            for statement in migration.statements:  # Citus refuses several at once that alter a distributed table
                await connection.execute(statement, timeout=LONGEST_S)
        fill = FILLS.get(migration.name)
        if plain and (fill or migration.rebuilt):  # a server that still runs would write leads that are missed
            await derived.hold_leads(connection)
        if fill is not None:
            await fill(connection)
        if migration.rebuilt:
            await derived.rebuild(connection, migration.rebuilt, await renewal.countries(connection))
        return True
