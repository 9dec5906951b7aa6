"""The throwaway PostgreSQL keeps what was committed through a kill and a restart."""

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest

from lab.postgres import PostgresServer


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer({"max_connections": "17"}) as server:
        yield server


async def ask(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def test_settings_reach_the_server_and_the_others_are_the_defaults(server: PostgresServer) -> None:
    assert asyncio.run(ask(server.url, "SHOW max_connections")) == "17"
    assert asyncio.run(ask(server.url, "SHOW fsync")) == "on"
    assert asyncio.run(ask(server.url, "SHOW listen_addresses")) == "127.0.0.1"


@pytest.mark.parametrize("crash", [True, False])
def test_a_database_survives(server: PostgresServer, crash: bool) -> None:
    url = server.create_database(f"survives_{crash}")
    asyncio.run(ask(url, "CREATE TABLE kept AS SELECT 7 AS number"))
    if crash:
        server.kill()
        with pytest.raises(OSError):
            asyncio.run(ask(url, "SELECT 1"))
        server.start()
    else:
        server.restart()
    assert asyncio.run(ask(url, "SELECT number FROM kept")) == 7
    assert asyncio.run(ask(url, "SHOW listen_addresses")) == "127.0.0.1"


def test_a_database_can_be_made_inside_a_running_loop(server: PostgresServer) -> None:
    async def make() -> object:
        return await ask(server.create_database('with "quotes"'), "SELECT current_database()")

    assert asyncio.run(make()) == 'with "quotes"'


def test_a_server_that_cannot_start_says_why_and_leaves_nothing() -> None:
    broken = PostgresServer({"max_connections": "none"})
    with pytest.raises(RuntimeError, match="max_connections"), broken:
        pass
    assert not broken._directory.exists()
