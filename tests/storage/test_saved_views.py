"""Saved views: who sees and changes which, how many there may be, and when they are deleted."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

import pytest
from msgspec import structs

from leadloop.core.errors import AccountNotFound, InvalidFields, KeyReused
from leadloop.core.ids import Stamp, new_id, system_stamp
from leadloop.core.saved_views import use_cases
from leadloop.core.saved_views.errors import SavedViewExists, SavedViewNotFound, SavedViewsFull, SharingDenied
from leadloop.core.saved_views.model import SavedView
from leadloop.core.store import Store
from leadloop.core.writes.idempotency import AnsweredBefore, AnswerKey
from tests.storage.database import ACCOUNT, OTHER_ACCOUNT, START_MS, Database
from tests.storage.people import add_accounts, add_member, person

TIMES = count(START_MS)
"""Ids sort by them."""
ANA, BIA = person("ana"), person("bia")


def by(actor: str) -> Stamp:
    return structs.replace(system_stamp(START_MS), actor=actor)


OF_ANA, OF_BIA = by(f"user:{ANA.id}"), by(f"user:{BIA.id}")


def view(name: str, owner: str, account_id: str = ACCOUNT, **members: Any) -> SavedView:
    at_ms = next(TIMES)
    made: dict[str, Any] = {"search": "", "sort": "-date", "columns": (), "is_shared": False, "created_at_ms": at_ms}
    return SavedView(account_id=account_id, id=new_id(at_ms), owner=owner, name=name, **made | members)


def run(database: Database, test: Callable[[Store], Awaitable[None]]) -> None:
    async def opened() -> None:
        async with database.opened() as store:
            await add_accounts(store)
            await test(store)

    asyncio.run(opened())


async def names(store: Store, stamp: Stamp, account_id: str = ACCOUNT) -> list[str]:
    return [view.name for view in await use_cases.visible_to(store, account_id, stamp.actor)]


async def make(store: Store, stamp: Stamp, name: str, *, may_share: bool = False, **body: Any) -> SavedView:
    stamp = structs.replace(stamp, at_ms=next(TIMES))
    return await use_cases.create(store, stamp, ACCOUNT, {"name": name, **body}, may_share=may_share)


def test_people_see_shared_views_and_their_own(database: Database) -> None:
    async def test(store: Store) -> None:
        shared = await make(store, OF_ANA, "Late", may_share=True, shared=True, columns=["name", "phone"])
        mine = await make(store, OF_ANA, "Mine", search="user:me")
        await make(store, OF_BIA, "mine")
        await store.saved_views.add(view("Elsewhere", OF_ANA.actor, OTHER_ACCOUNT), 200)
        assert await names(store, OF_ANA) == ["Late", "Mine"]
        assert await names(store, OF_BIA) == ["Late", "mine"]
        assert await names(store, by("key:1")) == ["Late"]
        assert await names(store, OF_ANA, OTHER_ACCOUNT) == ["Elsewhere"]
        assert await store.saved_views.get(ACCOUNT, shared.id) == shared
        assert await store.saved_views.get(OTHER_ACCOUNT, shared.id) is None
        for act in (
            use_cases.find(store, ACCOUNT, mine.id, OF_BIA.actor),
            use_cases.change(store, OF_BIA, ACCOUNT, mine.id, {"name": "x"}, may_share=True),
            use_cases.delete(store, OF_BIA, ACCOUNT, mine.id, may_share=True),
            use_cases.delete(store, OF_ANA, OTHER_ACCOUNT, mine.id, may_share=True),
            use_cases.find(store, ACCOUNT, "x", OF_ANA.actor),
        ):
            with pytest.raises(SavedViewNotFound):
                await act
        assert await names(store, OF_ANA) == ["Late", "Mine"]

    run(database, test)


def test_sharing_is_for_those_who_may(database: Database) -> None:
    async def test(store: Store) -> None:
        shared = await make(store, OF_ANA, "Late", may_share=True, shared=True)
        mine = await make(store, OF_BIA, "Mine")
        for act in (
            make(store, OF_BIA, "Other", shared=True),
            use_cases.change(store, OF_BIA, ACCOUNT, mine.id, {"shared": True}, may_share=False),
            use_cases.change(store, OF_BIA, ACCOUNT, shared.id, {"name": "x"}, may_share=False),
            use_cases.delete(store, OF_BIA, ACCOUNT, shared.id, may_share=False),
        ):
            with pytest.raises(SharingDenied):
                await act
        with pytest.raises(InvalidFields):
            await use_cases.change(store, OF_BIA, ACCOUNT, shared.id, {"shared": False}, may_share=True)
        changed = await use_cases.change(store, OF_BIA, ACCOUNT, shared.id, {"name": "Later"}, may_share=True)
        assert (changed.name, changed.owner) == ("Later", OF_ANA.actor)
        kept = await use_cases.change(store, OF_ANA, ACCOUNT, shared.id, {"shared": False}, may_share=True)
        assert await names(store, OF_ANA) == ["Later"] and not kept.is_shared
        assert await names(store, OF_BIA) == ["Mine"]
        await use_cases.change(store, OF_BIA, ACCOUNT, mine.id, {"shared": True}, may_share=True)
        assert await names(store, OF_ANA) == ["Later", "Mine"]

    run(database, test)


def test_names_differ_among_those_of_one_holder(database: Database) -> None:
    async def test(store: Store) -> None:
        shared = await make(store, OF_ANA, "Late", may_share=True, shared=True)
        mine = await make(store, OF_ANA, "late")
        await make(store, OF_BIA, "LATE")
        for act in (
            make(store, OF_ANA, "Láte"),
            make(store, OF_BIA, "late", may_share=True, shared=True),
            use_cases.change(store, OF_ANA, ACCOUNT, mine.id, {"shared": True}, may_share=True),
            use_cases.change(store, OF_ANA, ACCOUNT, shared.id, {"shared": False}, may_share=True),
        ):
            with pytest.raises(SavedViewExists):
                await act

    run(database, test)


def test_of_creations_at_once_one_gets_the_name(database: Database) -> None:
    async def test(store: Store) -> None:
        acts = [make(store, OF_ANA, "Late") for _ in range(5)]
        results = await asyncio.gather(*acts, return_exceptions=True)
        assert sorted(type(result).__name__ for result in results) == ["SavedView"] + ["SavedViewExists"] * 4

    run(database, test)


def test_each_holder_has_so_many_views_at_most(database: Database) -> None:
    async def test(store: Store) -> None:
        for number in range(3):
            await store.saved_views.add(view(f"{number}", OF_ANA.actor), 3)
        with pytest.raises(SavedViewsFull):
            await store.saved_views.add(view("one more", OF_ANA.actor), 3)
        shared = view("shared", OF_ANA.actor, is_shared=True)
        await store.saved_views.add(shared, 3)
        await store.saved_views.add(shared, 3)
        with pytest.raises(SavedViewsFull):
            await store.saved_views.change(
                ACCOUNT, shared.id, lambda stored: structs.replace(stored, is_shared=False), 3
            )
        assert (await use_cases.find(store, ACCOUNT, shared.id, OF_BIA.actor)).is_shared
        assert [each.name for each in await store.saved_views.visible_to(ACCOUNT, OF_ANA.actor, "", 2)] == ["0", "1"]

    run(database, test)


def test_an_answer_key_makes_one_view(database: Database) -> None:
    async def test(store: Store) -> None:
        made, key = view("Late", OF_ANA.actor), AnswerKey("k", "f", START_MS)
        await store.saved_views.add(made, 9, key)
        await store.saved_views.add(made, 9, key)
        with pytest.raises(AnsweredBefore) as before:
            await store.saved_views.add(view("Late", OF_ANA.actor), 9, key)
        assert before.value.stored_answer.lead_id == made.id
        with pytest.raises(KeyReused):
            await store.saved_views.add(view("Other", OF_ANA.actor), 9, AnswerKey("k", "g", START_MS))
        assert await names(store, OF_ANA) == ["Late"]

    run(database, test)


def test_a_person_takes_private_views_along(database: Database) -> None:
    async def test(store: Store) -> None:
        for account_id in (ACCOUNT, OTHER_ACCOUNT):
            await add_member(store, ANA, account_id)
            await store.saved_views.add(view("Mine", OF_ANA.actor, account_id), 9)
            await store.saved_views.add(view("Ours", OF_ANA.actor, account_id, is_shared=True), 9)
        await store.saved_views.add(view("Mine", OF_BIA.actor), 9)
        assert await store.people.delete(ANA.id)
        left = {(each.account_id, each.owner, each.name) for each in await store.saved_views.all()}
        assert left == {
            (ACCOUNT, OF_ANA.actor, "Ours"),
            (OTHER_ACCOUNT, OF_ANA.actor, "Ours"),
            (ACCOUNT, OF_BIA.actor, "Mine"),
        }

    run(database, test)


def test_an_account_that_was_deleted_gets_no_view(database: Database) -> None:
    async def test(store: Store) -> None:
        await store.accounts.delete(ACCOUNT)
        with pytest.raises(AccountNotFound):
            await store.saved_views.add(view("Late", OF_ANA.actor), 9)

    run(database, test)
