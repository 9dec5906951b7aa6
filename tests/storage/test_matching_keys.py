"""Leads stored under former matching keys are found, and their keys are recomputed during writes."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from msgspec import UNSET, json, structs

from leadloop.app.renewal import accounts_to_renew, renew
from leadloop.core.accounts import KEYS_FORMAT, Account
from leadloop.core.leads.doc import encode
from leadloop.core.leads.former_keys import former_email_key, former_phone_key
from leadloop.core.leads.matching import Contact, FormerKeys
from leadloop.core.leads.model import Lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.search.read import read
from leadloop.core.store import LeadQuery, Order
from leadloop.core.writes import use_cases
from leadloop.core.writes.unit import Loaded, Outcome, Unit
from leadloop.derived.columns import columns
from leadloop.derived.tokens import phone
from leadloop.storage.postgres import matching_keys as of_postgres
from leadloop.storage.sqlite import matching_keys as of_sqlite
from tests.storage.database import ACCOUNT, SQLITE, Database, create, stamp, stored, update
from tests.storage.test_insights import execute
from tests.storage.test_search_index import check


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for engine in (of_sqlite, of_postgres):
        monkeypatch.setattr(engine, "BATCH", 3)


PHONES = ["11 4112-0031", "11 94112-0031", "82 9113-1050", "+1 212 555 0100", "123456", "(21) 2555-0100", None]


async def make_former(
    database: Database, leads: Iterable[Lead], country: str | None = None, account_id: str = ACCOUNT
) -> None:
    """As a leadloop of stored format 1 has left them."""
    for lead in leads:
        old = structs.replace(lead, format=1, phone_region=None)
        email, number = former_email_key(lead.email), former_phone_key(lead.phone, lead.country)
        row = encode(structs.replace(old, format=1)).decode(), email, number
        marks = ("?1", "?2", "?3", "?4") if database.engine == SQLITE else ("$1::text::jsonb", "$2", "$3", "$4")
        doc, email_key, phone_key, lead_id = marks
        sql = f"UPDATE leads SET doc = {doc}, email_key = {email_key}, phone_key = {phone_key} WHERE id = {lead_id}"
        await execute(database, sql, *row, lead.id)
        await _forget_regions(database, lead)
        await _index(database, lead, number)
    first, second = ("?1", "?2") if database.engine == SQLITE else ("$1", "$2")
    sql = f"UPDATE accounts SET keys_format = 1, keys_renewed_to = '', country = {first} WHERE id = {second}"
    await execute(database, sql, country, account_id)
    move = f"INSERT INTO catalogue_versions (account_id, version) VALUES ({first}, 1000)"
    sql = f"{move} ON CONFLICT (account_id) DO UPDATE SET version = catalogue_versions.version + 1"
    await execute(database, sql, account_id)


async def _forget_regions(database: Database, lead: Lead) -> None:
    """The log of format 1 knows none."""
    fields, version, lead_id = ("?1", "?2", "?3") if database.engine == SQLITE else ("$1::text::json", "$2", "$3")
    placeholder = "?1" if database.engine == SQLITE else "$1"
    records = await execute(
        database, f"SELECT fields FROM changes WHERE lead_id = {placeholder} ORDER BY version", lead.id
    )
    for number, record in enumerate(records, 1):
        kept = [field for field in json.decode(record) if field["field"] != "/phone_region"]
        sql = f"UPDATE changes SET fields = {fields} WHERE version = {version} AND lead_id = {lead_id}"
        await execute(database, sql, json.encode(kept).decode(), number, lead.id)


async def _index(database: Database, lead: Lead, number: str | None) -> None:
    """Gives the lead's entry in the full text the former key of its phone."""
    new = columns(lead).phone_key or number
    if not number or not new or number == new or lead.deleted_at_ms is not None:
        return
    old_token, new_token = phone(lead.account_id, number[::-1]), phone(lead.account_id, new[::-1])
    if database.engine != SQLITE:
        sql = "UPDATE lead_words SET words = ts_delete(words, $2) || $1::text::tsvector WHERE lead_id = $3"
        await execute(database, sql, f"'{old_token}'", new_token, lead.id)
        return
    sql = "SELECT n FROM lead_places WHERE lead_id = ?1"
    (n,) = await execute(database, sql, lead.id)
    text = "UPDATE lead_places SET words = replace(words, ?1, ?2) WHERE n = ?3"
    await execute(database, text, f" {new_token} ", f" {old_token} ", int(n))
    take_out = "INSERT INTO lead_words (lead_words, rowid, name, email, other) VALUES ('delete', ?1, '', '', ?2)"
    await execute(database, take_out, int(n), new_token)
    await execute(
        database, "INSERT INTO lead_words (rowid, name, email, other) VALUES (?1, '', '', ?2)", int(n), old_token
    )


async def filled(database: Database, store: Any, number: int = 0) -> list[Lead]:
    await store.accounts.add(Account(id=ACCOUNT, name="A", created_at_ms=0))
    leads = [
        await create(store, name=f"Ana {n}", phone=phone, email=f"Ana{n}@x.test") for n, phone in enumerate(PHONES)
    ]
    leads += [await create(store, name=f"Bia {n}", phone=f"11 4{n:03}-0031", email="sem email") for n in range(number)]
    leads.append(await create(store, name="gone", phone="11 94113-0031", email="n/a"))
    await update(store, leads[-1], deleted=True)
    leads[-1] = await stored(store, leads[-1])
    return leads


async def keys_of(database: Database, lead: Lead) -> list[str]:
    mark = "?1" if database.engine == SQLITE else "$1"
    both = "coalesce(email_key, '-') || ' ' || coalesce(phone_key, '-')"
    return (await execute(database, f"SELECT {both} FROM leads WHERE id = {mark}", lead.id))[0].split(" ")


@pytest.mark.parametrize("country", [None, "US"])
def test_all_are_renewed_in_pieces(database: Database, country: str | None) -> None:
    """From where anybody stopped; nothing is written to the leads themselves."""

    async def run() -> None:
        async with database.opened() as store:
            leads = await filled(database, store, 10)
            await make_former(database, leads, country)
            assert await accounts_to_renew(store) == [ACCOUNT]
            before = [await stored(store, lead) for lead in leads]
            assert await store.leads.renew_keys(ACCOUNT)
        async with database.opened() as store:
            await renew(store, ACCOUNT)
            assert await accounts_to_renew(store) == [] and not await store.leads.renew_keys(ACCOUNT)
            assert [await stored(store, lead) for lead in leads] == before
            for lead in before:
                present = columns(lead, lambda: country)
                assert await keys_of(database, lead) == [present.email_key or "-", present.phone_key or "-"]
            assert (await store.accounts.get(ACCOUNT)).keys_format == KEYS_FORMAT  # type: ignore[union-attr]
            if country is None:
                await check(database, store)
            else:
                assert all([await store.derived.is_indexed(lead) for lead in before])  # type: ignore[attr-defined]

    asyncio.run(run())


def test_who_writes_meanwhile_writes_present_keys(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            leads = await filled(database, store, 10)
            await make_former(database, leads)
            writes = (update(store, lead, name="Eva", phone="11 94112-7777") for lead in leads[::2])
            await asyncio.gather(renew(store, ACCOUNT), *writes)
            for lead in [await stored(store, lead) for lead in leads]:
                present = columns(lead)
                assert await keys_of(database, lead) == [present.email_key or "-", present.phone_key or "-"]
            await check(database, store)

    asyncio.run(run())


def test_meanwhile_they_are_found_by_both(database: Database) -> None:
    """By what they are compared with, the present keys tell who is who."""

    async def run() -> None:
        async with database.opened() as store:
            leads = await filled(database, store)
            await make_former(database, leads)
            for renewed in (False, True):
                for lead, number in zip(leads, PHONES, strict=False):
                    contact = Contact(UNSET, number, is_renewing=not renewed)
                    count = await same_contact(store, contact)
                    assert count == (columns(lead).phone_key is not None), (number, renewed)
                if not renewed:
                    await renew(store, ACCOUNT)

    asyncio.run(run())


async def same_contact(store: Any, contact: Contact) -> int:
    """How many leads share this contact."""
    counts: list[int] = []

    def look(loaded: Loaded) -> Outcome[None]:
        counts.append(loaded.same_contact)
        return Outcome(None)

    await store.write(
        Unit(account_id=ACCOUNT, lead_id="f" * 24, request_id=stamp().request_id, run=look, contact=contact)
    )
    return counts[-1]


def test_searches_find_them_meanwhile(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            leads = await filled(database, store)
            await make_former(database, leads)
            for is_renewing in (True, False):
                for lead in leads[:4]:
                    query = read(f'phone:"{lead.phone}"', now_ms=0, is_renewing=is_renewing)
                    matching = await store.leads.find(
                        LeadQuery(account_id=ACCOUNT, order=Order.CREATED, limit=10, search=query)
                    )
                    assert lead.id in {match.id for match in matching}, (lead.phone, is_renewing)
                    assert is_renewing or len(matching) == 1
                await renew(store, ACCOUNT)

    asyncio.run(run())


def test_candidates_are_read_by_keys(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            leads = await filled(database, store)
            await make_former(database, leads)
            keys = FormerKeys(frozenset(["ana0@x.test"]), frozenset(["18291131050", "551141120031", "nobody"]))
            candidates = await store.leads.by_keys(ACCOUNT, keys, 100)
            assert {lead.id for lead in candidates} == {lead.id for lead in leads[:3]}
            assert len(await store.leads.by_keys(ACCOUNT, keys, 2)) == 2
            assert await store.leads.by_keys("a" * 24, keys, 100) == []

    asyncio.run(run())


def test_another_country_of_the_account_renews_them(database: Database) -> None:
    """Only leads from before regions were recorded are read in another country."""

    async def run() -> None:
        async with database.opened() as store:
            leads = await filled(database, store)
            old, new = leads[5], await create(store, phone="(21) 2555-0100")
            await make_former(database, leads[:6])
            await renew(store, ACCOUNT)
            await store.accounts.change(ACCOUNT, lambda account: structs.replace(account, country="US"))
            assert await accounts_to_renew(store) == [ACCOUNT]
            await update(store, old, name="Eva")
            await renew(store, ACCOUNT)
            assert (await keys_of(database, old))[1] == "12125550100"
            assert (await keys_of(database, new))[1] == "552125550100"
            changes = await store.changes.of_lead(ACCOUNT, old.id, 1, 10)
            assert [field.field for field in changes[-1].fields] == ["/name", "/first_name", "/last_name"]
            await store.accounts.change(ACCOUNT, lambda account: structs.replace(account, name="B"))
            assert await accounts_to_renew(store) == []

    asyncio.run(run())


def test_an_old_lead_is_deleted_and_restored(database: Database) -> None:
    """It comes back to the index as the account's country reads its phone."""

    async def run() -> None:
        async with database.opened() as store:
            leads = await filled(database, store)
            await make_former(database, leads, "US")
            await renew(store, ACCOUNT)
            await update(store, leads[5], deleted=True)
            await update(store, leads[5], deleted=False)
            lead = await stored(store, leads[5])
            assert lead.phone_region is None and await store.derived.is_indexed(lead)  # type: ignore[attr-defined]
            assert (await keys_of(database, lead))[1] == "12125550100"

    asyncio.run(run())


def test_a_lead_is_written_in_todays_format(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana", phone="11 4112-0031")
            await make_former(database, [lead])
            await use_cases.update(
                store, use_cases.plain(stamp(), ACCOUNT), lead.id, lambda base, now: LeadPatch(name="Eva")
            )
            mark = "?1" if database.engine == SQLITE else "$1"
            (doc,) = await execute(database, f"SELECT doc FROM leads WHERE id = {mark}", lead.id)
            assert json.decode(doc)["format"] == lead.format

    asyncio.run(run())
