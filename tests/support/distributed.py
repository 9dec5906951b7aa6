"""Distributed databases for tests, on the server of the tests or on a cluster that runs already (`--distributed`).

On the server of the tests, which is one PostgreSQL, a mark in the database makes leadloop write as to a distributed
engine; only a cluster shows what the engine refuses.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

import asyncpg
import pytest

from lab.postgres import PostgresServer
from leadloop.app import EngineStore, open_store
from leadloop.settings import Settings


class Cluster(PostgresServer):
    """A Citus cluster: the addresses of its nodes, as a superuser, the coordinator first. The databases that tests
    create are on all nodes, and are dropped at the end."""

    def __init__(self, nodes: Sequence[str]) -> None:
        self._nodes = nodes
        self.databases = set()

    @property
    def url(self) -> str:
        return self._nodes[0]

    def start(self) -> None:
        pytest.skip("the test starts and stops its PostgreSQL, and the cluster is not ours")

    stop = kill = restart = start

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for name in self.databases:
            asyncio.run(self._drop_database(name))

    def _url(self, database: str) -> str:
        return _address(self.url, database)

    async def _create_database(self, name: str, template: str) -> None:
        if template != "template1":
            raise ValueError("a database of a cluster is no copy of another one")
        for node in self._nodes:
            await _execute(node, f'CREATE DATABASE "{name}"')
            await _execute(_address(node, name), "CREATE EXTENSION citus")
        for number, place in enumerate(map(urlsplit, self._nodes)):
            call = "citus_add_node" if number else "citus_set_coordinator_host"
            await _execute(self._url(name), f"SELECT {call}('{place.hostname}', {place.port})")

    async def _drop_database(self, name: str) -> None:
        for node in self._nodes:
            with suppress(asyncpg.PostgresError):
                await _execute(node, f'DROP DATABASE "{name}" WITH (FORCE)')


def distribute_database(address: str) -> None:
    """Migrates the database, unless it is a copy of a migrated one, and distributes it."""
    asyncio.run(_distribute_database(address))


async def _distribute_database(address: str) -> None:
    store = open_store(Settings(database=address))
    await store.open()
    try:
        await store.migrate()
        await distribute(store, address)
    finally:
        await store.close()


async def distribute(store: EngineStore, address: str) -> None:
    """Distributes a migrated database unless it is distributed; `store` is opened again."""
    if (await store.health()).engine == "PostgreSQL (distributed)":
        return
    if not await store.distribute():
        await _execute(address, f"INSERT INTO distribution VALUES (1, {time.time_ns()}) ON CONFLICT DO NOTHING")
        await store.close()
        await store.open()


def _address(node: str, database: str) -> str:
    return urlsplit(node)._replace(path=f"/{database}").geturl()


async def _execute(address: str, sql: str) -> None:
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
