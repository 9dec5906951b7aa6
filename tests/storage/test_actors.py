"""Which salesperson an actor is."""

import asyncio

from msgspec import structs

from leadloop.core.catalogue import manage
from leadloop.core.people import actors
from leadloop.core.people.actors import Actor
from leadloop.core.people.roles import Role
from tests.storage.database import ACCOUNT, START_MS, Database
from tests.storage.people import add_accounts, link, membership, person

ANA = person("ana")


def test_a_person_is_the_salesperson_of_the_membership_and_another_user_that_with_the_user_id(
    database: Database,
) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await add_accounts(store)
            made = structs.replace(membership(ANA, role=Role.AGENT), catalogue_user_id="salesperson-1")
            await store.memberships.invite(ANA, made, link("a", of=ANA))
            members = {"user_id": "crm-7"}
            entry = await store.catalogue.manage(
                ACCOUNT, lambda catalogue: manage.create(catalogue, "users", None, "Bia", members, START_MS)
            )
            ids = [f"user:{ANA.id}", "user:crm-7", "user:nobody"]
            assert await actors.names(store, ACCOUNT, ids) == [
                Actor(ids[0], "user", "Ana", "salesperson-1"),
                Actor(ids[1], "user", "Bia", entry.id),
            ]

    asyncio.run(run())
