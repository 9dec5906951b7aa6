"""Applies migrations, each with its version row in one transaction."""

import time
from collections.abc import Awaitable, Callable
from functools import partial

import asyncpg

from leadloop.derived.facts import FACTS
from leadloop.derived.terms import TERMS
from leadloop.derived.words import WORDS
from leadloop.storage.migrate import Migration, migrations
from leadloop.storage.postgres import catalogue, derived, insights, matching_keys
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
"""How the first migrations fill their tables from existing leads; later ones name the projections to rebuild."""

PLAIN = "-- plain: "
"""The prefix of a migration that is skipped on a distributed database, though recorded as applied."""


async def prepare(connection: Connection) -> None:
    """Creates the version table. If another process creates it at the same moment, one of the two fails and retries."""
    try:
        await connection.execute(SQL["create_versions"])
    except (asyncpg.UniqueViolationError, asyncpg.DuplicateTableError, asyncpg.DuplicateObjectError):
        await connection.execute(SQL["create_versions"])


async def applied(connection: Connection) -> set[int]:
    if not await connection.fetchval(SQL["has_versions"]):
        return set()
    return {version for (version,) in await connection.fetch(SQL["list_versions"])}


async def applied_at_ms(connection: Connection, name: str) -> int | None:
    at_ms: int | None = await connection.fetchval(SQL["find_version"], name)
    return at_ms


async def apply(connection: Connection, migration: Migration, *, plain: bool) -> bool:
    """Applies a migration. False if another process has applied it."""
    async with connection.transaction():
        row = migration.version, migration.name, int(time.time() * 1000)
        if await connection.fetchval(SQL["insert_version"], *row) is None:
            return False
        if plain or not migration.sql.startswith(PLAIN):
            for statement in migration.statements:  # Citus rejects several at once that alter a distributed table
                await connection.execute(statement, timeout=LONGEST_S)
        fill = FILLS.get(migration.name)
        if plain and (fill or migration.rebuilds):  # leads that a running server writes would be missed
            await derived.hold_leads(connection)
        if fill is not None:
            await fill(connection)
        if migration.rebuilds:
            await derived.rebuild(connection, migration.rebuilds, await matching_keys.countries(connection))
        return True
