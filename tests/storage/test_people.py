"""People and their memberships: who is stored as what, and in which account."""

import asyncio

import pytest
from msgspec import structs

from leadloop.core.accounts import Account
from leadloop.core.people.model import LinkKind, Member, Membership, MemberState, Person, Theme
from leadloop.core.people.roles import Role
from tests.storage.database import ACCOUNT, OTHER_ACCOUNT, START_MS, Database
from tests.storage.people import (
    NOW_MS,
    account,
    add_accounts,
    add_member,
    invite,
    link,
    membership,
    person,
    session,
)

ANA, BIA, CAIO = person("ana"), person("bia"), person("caio")


class Refused(Exception):
    """What a change raises."""


def test_a_person_is_found_by_id_and_email_and_changed(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            assert not await store.people.are_there()
            await add_accounts(store)
            for each in (ANA, BIA, CAIO):
                await add_member(store, each)
            assert await store.people.are_there()
            assert await store.people.get(ANA.id) == await store.people.by_email(ANA.email_key) == ANA
            assert await store.people.get("f" * 24) is await store.people.by_email(ANA.email) is None
            everybody = sorted((ANA, BIA, CAIO), key=lambda each: each.id)
            assert await store.people.all("", 2) == everybody[:2]
            assert await store.people.all(everybody[1].id, 2) == everybody[2:]
            wanted = structs.replace(
                ANA,
                name="Ana Souza",
                password_hash="$argon2id$",
                is_operator=True,
                language="pt-BR",
                time_zone="America/Sao_Paulo",
                theme=Theme.DARK,
                has_shortcuts=False,
            )
            assert await store.people.change(ANA.id, lambda current: wanted) == wanted
            assert await store.people.get(ANA.id) == wanted
            assert await store.people.get(BIA.id) == BIA
            assert await store.people.change("f" * 24, lambda current: current) is None

    asyncio.run(run())


def test_a_welcome_link_creates_the_first_person_once(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await add_accounts(store)
            welcome = link("welcome", LinkKind.WELCOME)
            await store.links.add(welcome)
            await store.links.add(link("of nobody", LinkKind.INVITATION))
            await store.links.add(link("of no account", LinkKind.WELCOME, account_id="f" * 24))

            async def create(token: str, at_ms: int = START_MS, who: Person = ANA) -> bool:
                return await store.people.create_first(
                    token.encode(),
                    who,
                    lambda current: structs.replace(current, name=f"{who.name}'s"),
                    membership(who),
                    at_ms,
                )

            for token in ("another", "of nobody", "of no account"):
                assert not await create(token)
            assert not await create("welcome", NOW_MS)
            assert not await store.people.are_there() and await store.links.get(welcome.digest) == welcome
            assert await store.accounts.get(ACCOUNT) == account()

            assert await create("welcome", NOW_MS - 1)
            assert await create("welcome", NOW_MS - 1), "the call is repeated after its answer was lost"
            assert not await create("welcome", NOW_MS - 1, BIA)
            assert not await create("of no account", NOW_MS - 1, BIA)
            assert await store.links.get(b"of no account") is None
            named = account(name="Ana's")
            assert await store.accounts.all() == sorted((named, account(OTHER_ACCOUNT)), key=lambda each: each.id)
            assert await store.memberships.of_person(ANA.id) == [(membership(ANA), named)]
            assert await store.people.all("", 5) == [ANA]

    asyncio.run(run())


def test_an_invited_person_that_exists_stays_as_it_is(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await add_accounts(store)
            assert await invite(store, ANA) == ANA
            assert await invite(store, ANA) == ANA, "the call is repeated after its answer was lost"
            other = person("ana", id="e" * 24, name="Somebody", email="ana@EXAMPLE.com")
            again = membership(other, state=MemberState.INVITED)
            assert await store.memberships.invite(other, again, link("again", of=other)) is None
            assert await store.links.get(b"again") is None
            elsewhere = membership(other, OTHER_ACCOUNT, Role.AGENT, MemberState.INVITED)
            new = link("elsewhere", of=other, account_id=OTHER_ACCOUNT)
            assert await store.memberships.invite(other, elsewhere, new) == ANA
            stored = await store.links.get(b"elsewhere")
            assert stored is not None and stored.person_id == ANA.id
            assert await store.people.all("", 5) == [ANA]
            names = [(held.account_id, held.role, of.name) for held, of in await store.memberships.of_person(ANA.id)]
            expected = [(ACCOUNT, Role.OWNER), (OTHER_ACCOUNT, Role.AGENT)]
            assert names == [(*each, account(each[0]).name) for each in sorted(expected, key=by_name)]
            pairs = await store.memberships.pairs()
            assert sorted(pairs) == sorted([(ACCOUNT, ANA.id), (OTHER_ACCOUNT, ANA.id)])

    asyncio.run(run())


def by_name(of: tuple[str, Role]) -> str:
    return account(of[0]).name.casefold()


def test_a_membership_changes_in_its_account_alone(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await add_accounts(store)
            for who in (ANA, BIA):
                await add_member(store, who)
            await add_member(store, ANA, OTHER_ACCOUNT)
            await invite(store, CAIO)
            seen: list[int] = []

            def change(current: Membership, owners: int) -> Membership:
                seen.append(owners)
                return structs.replace(current, role=Role.MANAGER, catalogue_user_id="7", signed_out_at_ms=9)

            wanted = structs.replace(
                membership(ANA), role=Role.MANAGER, catalogue_user_id="7", signed_out_at_ms=9, last_seen_at_ms=8
            )
            await store.memberships.touch(ACCOUNT, ANA.id, 8)
            await store.memberships.touch(ACCOUNT, ANA.id, 7)
            assert await store.memberships.change(ACCOUNT, ANA.id, change) == Member(ANA, wanted)
            assert await store.memberships.get(ACCOUNT, ANA.id) == Member(ANA, wanted)
            assert await store.memberships.get(OTHER_ACCOUNT, ANA.id) == Member(ANA, membership(ANA, OTHER_ACCOUNT))
            await store.memberships.change(ACCOUNT, BIA.id, change)
            assert seen == [1, 0], "Caio is invited and no active owner"
            assert await store.memberships.change(OTHER_ACCOUNT, BIA.id, change) is None
            assert await store.memberships.get(OTHER_ACCOUNT, BIA.id) is None
            members = await store.memberships.of_account(ACCOUNT, "", 5)
            assert [each.person for each in members] == sorted((ANA, BIA, CAIO), key=lambda each: each.id)
            assert await store.memberships.of_account(ACCOUNT, members[0].person.id, 1) == members[1:2]

    asyncio.run(run())


def test_what_a_change_raises_is_raised_and_nothing_is_written(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await add_accounts(store)
            await add_member(store, ANA)
            await store.links.add(reset := link("reset", LinkKind.PASSWORD, ANA))

            def refuse(*current: object) -> Membership:
                raise Refused

            with pytest.raises(Refused):
                await store.memberships.change(ACCOUNT, ANA.id, refuse)
            with pytest.raises(Refused):
                await store.people.change(ANA.id, refuse)  # type: ignore[arg-type]
            with pytest.raises(Refused):
                await store.links.use(b"reset", START_MS, refuse)  # type: ignore[arg-type]
            assert await store.memberships.get(ACCOUNT, ANA.id) == Member(ANA, membership(ANA))
            assert await store.links.get(b"reset") == reset

    asyncio.run(run())


def test_a_deleted_person_leaves_nothing(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await add_accounts(store)
            await add_member(store, ANA)
            await add_member(store, ANA, OTHER_ACCOUNT)
            await add_member(store, BIA)
            await store.sessions.add(session("ana", ANA))
            await store.sessions.add(session("bia", BIA))
            await store.links.add(link("reset", LinkKind.PASSWORD, ANA))
            assert await store.people.delete(ANA.id)
            assert not await store.people.delete(ANA.id)
            assert await store.people.all("", 5) == [BIA]
            assert await store.memberships.pairs() == [(ACCOUNT, BIA.id)]
            assert await store.sessions.get(b"ana") is None
            assert await store.links.get(b"reset") is None
            assert await store.sessions.of_person(ANA.id) == []
            assert await store.sessions.get(b"bia") == (session("bia", BIA), BIA)

    asyncio.run(run())


def test_an_account_keeps_its_settings_and_a_key_its_origin(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            made = account(is_test=True, currency="BRL", stage_order=("Visita",))
            await store.accounts.add(made)
            assert await store.accounts.get(ACCOUNT) == made
            wanted = structs.replace(
                made,
                currency="USD",
                time_zone="America/Sao_Paulo",
                language="pt-BR",
                country="BR",
                agents_see_own=True,
                contact_goal_minutes=30,
                office_hours={"monday": (("08:00", "12:00"), ("13:00", "18:00")), "saturday": ()},
                stage_order=("Visita", "Proposta"),
                keys_format=1,
            )
            assert await store.accounts.change(ACCOUNT, lambda current: wanted) == wanted
            assert await store.accounts.get(ACCOUNT) == wanted
            unset = Account(id=ACCOUNT, name=made.name, created_at_ms=START_MS, is_test=True, keys_format=1)
            assert await store.accounts.change(ACCOUNT, lambda current: unset) == unset
            assert await store.accounts.all() == [unset]

    asyncio.run(run())
