"""One write in ten fails with 40001, as on distributed engines: it is repeated, and no client notices."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from lab import server as lab_server
from lab.load_checks import find_lost, inconsistencies, load_content
from lab.postgres import PostgresServer
from lab.server import Client, Leadloop
from lab.stores import with_store
from leadloop.core.accounts import Account
from leadloop.core.errors import Unavailable
from leadloop.core.keys import ApiKey, mint
from leadloop.core.store import Store
from leadloop.storage.postgres import PostgresStore
from tests.support import faults
from tests.support.distributed import distribute_database
from tests.support.load_random import RandomLoad
from tests.support.years import year

WRITERS, DEEDS, SEED = 8, 80, 11
ACCOUNT, NOW_MS = "0" * 23 + "1", 1_760_000_000_000


@contextmanager
def serving(database: str, fault: str) -> Iterator[tuple[Leadloop, Client]]:
    server = Leadloop("postgres", database, command=faults.command(fault))
    with lab_server.serving(server) as client:
        yield server, client


@pytest.mark.parametrize("distributed", [False, True], ids=["one machine", "distributed"])
def test_nothing_is_lost_or_doubled_or_refused(postgres_server: PostgresServer, distributed: bool) -> None:
    database = postgres_server.create_database(f"faults_{distributed}")
    if distributed:
        distribute_database(database)
    with serving(database, faults.FAULT) as (server, client):
        load = RandomLoad(client)
        asyncio.run(load.run(WRITERS, DEEDS, SEED))
        assert load.failed == []
        assert server.output.count(faults.MARK) > 10
    log = load_content(database, client.account_id)
    assert inconsistencies(log) == []
    assert find_lost(log, load.acks, load.created) == []
    assert {lead.id: lead.version for lead in log.leads.values()} == load.changes
    assert {lead.id for lead in log.leads.values() if lead.deleted_at_ms is not None} == load.deleted
    assert said(database, client.account_id, load.created) == sorted(load.said)


def said(database: str, account_id: str, lead_ids: list[str]) -> list[tuple[str, str]]:
    async def read(store: Store) -> list[tuple[str, str]]:
        return [
            (lead_id, message.id)
            for lead_id in lead_ids
            for message in (await store.leads.messages(account_id, lead_id, 1_000)).items
        ]

    return sorted(with_store(database, read))


def test_without_retries_errors_show(postgres_server: PostgresServer) -> None:
    """The control: the same load and checks. Failed writes have no effect."""
    database = postgres_server.create_database("faults_control")
    with serving(database, faults.NOT_RETRIED) as (_, client):
        load = RandomLoad(client)
        asyncio.run(load.run(WRITERS, DEEDS, SEED))
    assert any(answer.status >= 500 for answer in load.failed)
    log = load_content(database, client.account_id)
    assert inconsistencies(log) == []
    assert find_lost(log, load.acks, load.created) == []


def a_key(number: int) -> ApiKey:
    return mint(ACCOUNT, f"key {number}", ["leads:read"], b"pepper", NOW_MS + number)[0]


async def _file(store: Store, keys: list[ApiKey]) -> None:
    """Every write of the store that no lead takes part in, and the bulk load."""
    await store.accounts.add(Account(id=ACCOUNT, name="Ana", created_at_ms=NOW_MS), keys[0])
    for n, key in enumerate(keys):
        await store.keys.add(key)
        await store.keys.touch([(ACCOUNT, key.id, NOW_MS + n, "::1")])
        if n % 2:
            assert await store.keys.revoke(ACCOUNT, key.id, NOW_MS)
    histories = list(year(1, 40, ACCOUNT, NOW_MS))
    for history in histories:
        await store.leads.load([history])


@pytest.mark.parametrize("distributed", [False, True])
def test_accounts_keys_and_bulk_loads(
    postgres_server: PostgresServer, distributed: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    database = postgres_server.create_database(f"fault_keys_{distributed}")
    if distributed:
        distribute_database(database)
    keys = [a_key(number) for number in range(40)]

    async def run() -> None:
        with faults.injected():
            store = PostgresStore(database)
            await store.open()
            await store.migrate()
            await _file(store, keys)
            stored_keys = await store.keys.of_account(ACCOUNT)
            await store.close()
        assert [key.id for key in stored_keys] == [key.id for key in keys]
        assert [key.last_used_at_ms for key in stored_keys] == [NOW_MS + n for n in range(40)]
        assert [key.revoked_at_ms is not None for key in stored_keys] == [bool(n % 2) for n in range(40)]

    asyncio.run(run())
    assert capsys.readouterr().out.count(faults.MARK) > 5
    account = load_content(database, ACCOUNT)
    assert len(account.leads) == 40
    assert inconsistencies(account) == []


def test_without_retries_keys_are_not_filed(postgres_server: PostgresServer, tmp_path: Path) -> None:
    """The control of the test above."""
    database = postgres_server.create_database("fault_keys_control")

    async def run() -> None:
        store = PostgresStore(database)
        await store.open()
        await store.migrate()
        await store.close()
        with faults.injected(), faults.not_retried():
            await store.open()
            try:
                await _file(store, [a_key(number) for number in range(40)])
            finally:
                await store.close()

    with pytest.raises((asyncpg.SerializationError, Unavailable)):
        asyncio.run(run())
