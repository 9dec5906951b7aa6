"""On a distributed database every transaction is of one account; else accounts share one. No account starves."""

import asyncio
from collections import Counter

import pytest

from lab.postgres import PostgresServer
from leadloop.core import ids
from leadloop.core.leads.model import Lead
from leadloop.core.store import Store
from leadloop.storage.postgres import leads
from leadloop.storage.postgres.batch import Batch, LeadState
from leadloop.storage.postgres.engine import Connection
from tests.storage.conftest import new_postgres
from tests.storage.database import DISTRIBUTED, Database, create, stored, update
from tests.storage.test_batches import check_log

ACCOUNTS = [ids.stable_id(f"account {n}") for n in range(20)]


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """The accounts of each batch that is saved."""
    accounts_of_batches: list[set[str]] = []
    save = leads.save

    async def noting(connection: Connection, batch: Batch) -> set[LeadState]:
        accounts_of_batches.append({account_id for account_id, _ in batch.states})
        return await save(connection, batch)

    monkeypatch.setattr(leads, "save", noting)
    return accounts_of_batches


def test_a_batch_is_of_one_account(postgres: Database, batches: list[set[str]]) -> None:
    async def run() -> None:
        async with postgres.opened() as store:
            made = await asyncio.gather(*(create(store, account_id, name="Ana") for account_id in ACCOUNTS * 3))
            await asyncio.gather(*(update(store, lead, detail="x") for lead in made))
            assert {(await stored(store, lead)).detail for lead in made} == {"x"}
            for account_id in ACCOUNTS:
                await check_log(store, account_id)

    asyncio.run(run())
    sizes = {len(accounts) for accounts in batches}
    assert sizes == {1} if postgres.engine == DISTRIBUTED else max(sizes) == len(ACCOUNTS)


def test_an_account_that_writes_without_pause_does_not_hold_up_the_others(
    postgres_server: PostgresServer, batches: list[set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also with fewer connections than accounts that need one."""
    monkeypatch.setattr("leadloop.storage.postgres.writer.DISTRIBUTED_CONNECTIONS", 1)
    database = new_postgres(postgres_server, DISTRIBUTED)

    async def write(store: Store, lead: Lead, name: str) -> None:
        for n in range(10):
            await update(store, lead, custom_fields={f"{name}{n}": n})

    async def run() -> None:
        async with database.opened() as store:
            made = [await create(store, account_id, name="Ana") for account_id in ACCOUNTS[:4]]
            batches.clear()
            busy = [write(store, made[0], f"busy{n}") for n in range(5)]
            await asyncio.gather(*busy, *(write(store, lead, "quiet") for lead in made[1:]))

    asyncio.run(run())
    assignment_counts = Counter(account_id for accounts in batches[:40] for account_id in accounts)
    assert all(assignment_counts[account_id] == 10 for account_id in ACCOUNTS[:4])
