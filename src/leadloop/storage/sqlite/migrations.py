"""Applies migrations, each with its version row in one transaction."""

import time
from collections.abc import Callable
from functools import partial

import apsw

from leadloop.derived.facts import FACTS
from leadloop.derived.terms import TERMS
from leadloop.derived.words import WORDS
from leadloop.storage.migrate import Migration, migrations
from leadloop.storage.sql import statements
from leadloop.storage.sqlite import catalogue, derived, insights, matching_keys

SQL = statements(__file__)
KNOWN = migrations(__file__)
FILLS: dict[str, Callable[[apsw.Connection], None]] = {
    "0005_insights": partial(derived.rebuild, projections=(FACTS.name,), countries={}),
    "0006_search": partial(derived.rebuild, projections=(TERMS.name, WORDS.name), countries={}),
    "0007_catalogue": catalogue.fill,
    "0010_stage_keys": insights.rekey_stages,
}
"""How the first migrations fill their tables from existing leads; later ones name the projections to rebuild."""


def applied(connection: apsw.Connection) -> set[int]:
    if not connection.execute(SQL["has_versions"]).get:
        return set()
    return {version for (version,) in connection.execute(SQL["list_versions"])}


def applied_at_ms(connection: apsw.Connection, name: str) -> int | None:
    at_ms: int | None = connection.execute(SQL["find_version"], (name,)).get
    return at_ms


def apply(connection: apsw.Connection, migration: Migration) -> bool:
    """Applies a migration inside the writer's transaction. False if another process has applied it."""
    connection.execute(SQL["create_versions"])
    if migration.version in applied(connection):
        return False
    for _ in connection.execute(migration.sql):
        pass
    if migration.name in FILLS:
        FILLS[migration.name](connection)
    if migration.rebuilds:
        derived.rebuild(connection, migration.rebuilds, matching_keys.countries(connection))
    connection.execute(SQL["insert_version"], (migration.version, migration.name, int(time.time() * 1000)))
    return True
