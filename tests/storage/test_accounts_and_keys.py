"""The store stores, reads and revokes accounts and keys, and records the use of keys."""

import asyncio
from functools import partial

import pytest
from msgspec import structs

from leadloop.core.accounts import Account
from leadloop.core.catalogue.catalogue import Options
from leadloop.core.keys import ApiKey, mint
from tests.storage.database import ACCOUNT, OTHER_ACCOUNT, START_MS, Database


def account(account_id: str = ACCOUNT, at_ms: int = START_MS) -> Account:
    return Account(id=account_id, name="Imobiliária São João", created_at_ms=at_ms)


def key(account_id: str = ACCOUNT, at_ms: int = START_MS, expires_at_ms: int | None = None) -> ApiKey:
    return mint(account_id, "site", ["leads:read", "leads:write"], b"pepper", at_ms, expires_at_ms=expires_at_ms)[0]


def test_an_account_is_stored_with_its_first_key(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            first = key(expires_at_ms=START_MS + 1)
            await store.accounts.add(account(), first)
            assert await store.accounts.get(ACCOUNT) == account()
            assert await store.keys.get(first.id) == first
            assert await store.accounts.get(OTHER_ACCOUNT) is None
            assert await store.keys.get("no such key") is None

    asyncio.run(run())


@pytest.mark.parametrize(
    "options",
    [
        Options(auto_assign=True),
        Options(country="BR"),
        Options(time_zone="America/Sao_Paulo"),
        Options(currency="BRL"),
        Options(True, "US", "America/Chicago", "USD"),
    ],
)
def test_what_an_account_is_created_with_counts_from_the_first_lead_on(database: Database, options: Options) -> None:
    async def run() -> None:
        async with database.opened() as store:
            assigns, country, time_zone, currency = options
            created = structs.replace(account(), auto_attribution=assigns, country=country)
            await store.accounts.add(structs.replace(created, time_zone=time_zone, currency=currency))
            assert (await store.catalogue.get(ACCOUNT)).options == options

    asyncio.run(run())


def test_storing_twice_is_harmless(database: Database) -> None:
    """A request is repeated after its first answer was lost."""

    async def run() -> None:
        async with database.opened() as store:
            first = key()
            for _ in range(2):
                await store.accounts.add(account(), first)
            assert await store.accounts.all() == [account()]
            assert await store.keys.of_account(ACCOUNT) == [first]

    asyncio.run(run())


def test_accounts_and_keys_are_listed_oldest_first(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            accounts = [account(OTHER_ACCOUNT, START_MS), account(ACCOUNT, START_MS + 1)]
            keys = [key(at_ms=START_MS + n) for n in range(3)]
            for each in reversed(accounts):
                await store.accounts.add(each)
            for each_key in [*reversed(keys), key(OTHER_ACCOUNT)]:
                await store.keys.add(each_key)
            assert await store.accounts.all() == accounts
            assert await store.keys.of_account(ACCOUNT) == keys

    asyncio.run(run())


def test_a_key_is_revoked_once_and_only_by_its_account(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            first = key()
            await store.keys.add(first)
            assert not await store.keys.revoke(OTHER_ACCOUNT, first.id, 5)
            assert await store.keys.revoke(ACCOUNT, first.id, 6)
            assert not await store.keys.revoke(ACCOUNT, first.id, 7)
            keys = await store.keys.get(first.id)
            assert keys is not None and keys.revoked_at_ms == 6

    asyncio.run(run())


def test_the_latest_use_of_a_key_is_kept(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            first, other = key(), key(OTHER_ACCOUNT)
            await store.keys.add(first)
            await store.keys.add(other)
            uses = [(ACCOUNT, first.id, 5, "::1"), (ACCOUNT, first.id, 9, "::2"), (OTHER_ACCOUNT, other.id, 7, "::3")]
            await store.keys.touch(uses)
            await store.keys.touch([(ACCOUNT, first.id, 8, "::4"), (ACCOUNT, "gone", 8, "::4")])
            await store.keys.touch([])
            keys = [await store.keys.get(each.id) for each in (first, other)]
            last_uses = [(each.last_used_at_ms, each.last_used_from) for each in keys if each is not None]
            assert last_uses == [(9, "::2"), (7, "::3")]

    asyncio.run(run())


def test_changes_of_an_account_at_once_are_all_kept(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as first, database.opened() as second:
            await first.accounts.add(account())
            await second.accounts.add(account(OTHER_ACCOUNT))
            for n in range(5):
                wanted = {"name": f"Nome {n}", "asks_version": n % 2 == 0, "auto_attribution": n % 2 == 1}
                changes = [partial(structs.replace, **{member: value}) for member, value in wanted.items()]
                stores = [(first, second)[number % 2] for number in range(len(changes))]
                await asyncio.gather(*(s.accounts.change(ACCOUNT, c) for s, c in zip(stores, changes, strict=True)))
                assert await first.accounts.get(ACCOUNT) == structs.replace(account(), **wanted)
            assert await second.accounts.get(OTHER_ACCOUNT) == account(OTHER_ACCOUNT)
            assert await first.accounts.change("f" * 24, lambda present: present) is None

    asyncio.run(run())
