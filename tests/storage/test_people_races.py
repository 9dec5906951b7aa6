"""Several stores on one database, like several servers: of two that want the same thing, one gets it."""

import asyncio
from functools import partial

from msgspec import structs

from leadloop.core.people.model import LinkKind, Membership, MemberState, Throttle
from leadloop.core.people.roles import Role
from tests.storage.database import ACCOUNT, OTHER_ACCOUNT, START_MS, Database
from tests.storage.people import add_accounts, add_member, invite, link, membership, person

ROUNDS = 10
ANA, BIA = person("ana"), person("bia")


class LastOwner(Exception):
    """What a change raises that would leave the account without an owner."""


def test_a_link_is_used_by_one(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as first, database.opened() as second:
            await add_accounts(first)
            await add_member(first, ANA)
            for n in range(ROUNDS):
                await first.links.add(link(f"reset {n}", LinkKind.PASSWORD, ANA))
                uses = [
                    store.links.use(f"reset {n}".encode(), START_MS, partial(structs.replace, password_hash=f"{n} {m}"))
                    for m, store in enumerate((first, second, first, second))
                ]
                won = [each for each in await asyncio.gather(*uses) if each is not None]
                assert won == [await first.people.get(ANA.id)]

    asyncio.run(run())


def test_the_first_person_is_one(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as first, database.opened() as second:
            await add_accounts(first)
            for n in range(ROUNDS):
                people = [person(f"p{n}{m}") for m in range(4)]
                for account_id in (ACCOUNT, OTHER_ACCOUNT):
                    await first.links.add(link(f"{n} {account_id}", LinkKind.WELCOME, account_id=account_id))
                creations = [
                    (first, second)[m % 2].people.create_first(
                        f"{n} {account_id}".encode(),
                        who,
                        partial(structs.replace, name=who.name),
                        membership(who, account_id),
                        START_MS,
                    )
                    for m, who in enumerate(people)
                    for account_id in [(ACCOUNT, OTHER_ACCOUNT)[m // 2]]
                ]
                created = await asyncio.gather(*creations)
                assert sorted(created) == [False, False, False, True]
                winner = people[created.index(True)]
                assert await second.people.all("", 9) == [winner]
                [(_, renamed)] = await first.memberships.of_person(winner.id)
                assert renamed.name == winner.name
                names = [each.name for each in await first.accounts.all()]
                assert len({*names} & {each.name for each in people}) == 1
                assert await first.people.delete(winner.id)

    asyncio.run(run())


def test_the_last_two_owners_cannot_demote_each_other(database: Database) -> None:
    def demote(current: Membership, other_owners: int) -> Membership:
        if not other_owners:
            raise LastOwner
        return structs.replace(current, role=Role.AGENT)

    async def run() -> None:
        async with database.opened() as first, database.opened() as second:
            await add_accounts(first)
            for who in (ANA, BIA):
                await add_member(first, who)
            for _ in range(ROUNDS):
                demotions = (
                    first.memberships.change(ACCOUNT, ANA.id, demote),
                    second.memberships.change(ACCOUNT, BIA.id, demote),
                )
                results = await asyncio.gather(*demotions, return_exceptions=True)
                assert [type(each) for each in results].count(LastOwner) == 1, results
                for who in (ANA, BIA):
                    await first.memberships.change(
                        ACCOUNT, who.id, lambda current, owners: structs.replace(current, role=Role.OWNER)
                    )

    asyncio.run(run())


def test_one_email_is_one_person(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as first, database.opened() as second:
            await add_accounts(first)
            for n in range(ROUNDS):
                same = [person(f"p{n}", id=f"{n:020x}{m:04x}", name=f"Name {m}") for m in range(4)]
                accounts = [ACCOUNT, OTHER_ACCOUNT, ACCOUNT, OTHER_ACCOUNT]
                stores = [first, second, second, first]
                invited = await asyncio.gather(
                    *(invite(store, who, account) for store, who, account in zip(stores, same, accounts, strict=True))
                )
                assert [each is None for each in invited].count(True) == 2
                stored = await first.people.by_email(same[0].email_key)
                assert stored in same
                assert {each for each in invited if each is not None} == {stored}
                assert len(await first.memberships.of_person(stored.id)) == 2

    asyncio.run(run())


def test_nobody_is_a_member_without_being_a_person(database: Database) -> None:
    """A person is deleted, or leaves with the account, while another account invites the person."""

    async def run() -> None:
        async with database.opened() as first, database.opened() as second:
            for n in range(ROUNDS):
                await add_accounts(first)
                who = person(f"p{n}")
                await add_member(first, who)
                leave = first.people.delete(who.id) if n % 2 else first.accounts.delete(ACCOUNT)
                await asyncio.gather(leave, invite(second, who, OTHER_ACCOUNT))
                stored = await first.people.by_email(who.email_key)
                if stored is None:
                    assert n % 2, "deleted after the invitation"
                else:
                    wanted = membership(stored, OTHER_ACCOUNT, state=MemberState.INVITED)
                    assert [each for each, _ in await first.memberships.of_person(stored.id)] == [wanted]
                people = {each.id for each in await first.people.all("", 99)}
                assert {person_id for _, person_id in await first.memberships.pairs()} <= people

    asyncio.run(run())


def test_failures_at_once_all_count(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as first, database.opened() as second:
            keys = ["a", "b", "c"]
            counts = [store.throttles.count(keys[::step], 5, 0) for step in (1, -1) for store in (first, second)]
            await asyncio.gather(*counts)
            assert await first.throttles.get(keys) == [Throttle(4, 5)] * 3

    asyncio.run(run())
