"""Lists agree with the search language on both engines, page by page and while leads are added."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from lab.postgres import PostgresServer
from leadloop.api.errors import as_api_error
from leadloop.core import ids
from leadloop.core.errors import Overloaded
from leadloop.core.leads.model import Lead
from leadloop.core.search.matches import matches
from leadloop.core.search.read import read
from leadloop.core.store import LeadQuery, Order, Store
from leadloop.storage import finding
from leadloop.storage.criteria import filter_criteria
from leadloop.storage.sqlite import database as sqlite_database
from tests.storage.conftest import new_postgres
from tests.storage.database import ACCOUNT, OTHER_ACCOUNT, SQLITE, Database, InEach, create, kept_open
from tests.storage.searches import TIMES_MS, leads, searches, terms_of
from tests.storage.test_lists import save
from tests.support.examples import examples
from tests.support.years import year

_accounts = iter(range(1_000_000_000))


@pytest.fixture(scope="module")
def in_each(tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer) -> Iterator[InEach]:
    sqlite = Database(SQLITE, str(tmp_path_factory.mktemp("finding") / "leads.db"))
    with kept_open(sqlite, new_postgres(postgres_server, "postgres")) as databases:
        yield databases


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Lead], list[dict[str, Any]]]:
    all_leads = draw(leads(14))
    terms = [terms_of(lead) for lead in all_leads]
    return all_leads, [draw(queries(terms)) for _ in range(draw(st.integers(4, 12)))]


@st.composite
def queries(draw: st.DrawFn, terms: list[list[str]]) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "order": draw(st.sampled_from(Order)),
        "is_ascending": draw(st.booleans()),
        "limit": draw(st.sampled_from([1, 2, 3, 50])),
        "offset": draw(st.sampled_from([0, 0, 0, 1])),
        "search": draw(searches(terms)),
    }
    if draw(st.sampled_from([False, False, False, True])):
        parts[draw(st.sampled_from(["lead_date_from_ms", "created_to_ms"]))] = draw(TIMES_MS)
    return parts


def place(lead: Lead, query: LeadQuery) -> Any:
    return (lead.lead_date_ms, lead.id) if query.order is Order.LEAD_DATE else lead.id


def expected(present: list[Lead], query: LeadQuery, matching: set[str]) -> list[Lead]:
    """The whole list after its cursor; `matching` are the ids that its search matches."""
    listed = [
        lead
        for lead in present
        if lead.deleted_at_ms is None
        and lead.id in matching
        and (query.lead_date_from_ms is None or lead.lead_date_ms >= query.lead_date_from_ms)
        and (query.created_to_ms is None or lead.created_at_ms < query.created_to_ms)
    ]
    listed.sort(key=lambda lead: place(lead, query), reverse=not query.is_ascending)
    if query.after is None:
        return listed
    start: Any = query.after if query.order is Order.LEAD_DATE else query.after[1]
    return [
        lead for lead in listed if (place(lead, query) > start if query.is_ascending else place(lead, query) < start)
    ]


async def check(store: Store, present: list[Lead], query: LeadQuery, matching: set[str], later: list[Lead]) -> None:
    """Checks the count and every page; `later` leads are added between pages."""
    whole = expected(present, query, matching)
    assert await store.leads.count(query, 100) == len(whole)
    assert await store.leads.count(query, 2) == min(len(whole), 2)
    assert await store.leads.quick_count(query, 100) == len(whole)
    assert await store.leads.quick_count(query, 2) == min(len(whole), 2)
    while True:
        page = await store.leads.find(query)
        assert page == expected(present, query, matching)[query.offset :][: query.limit]
        if len(page) < query.limit:
            return
        query = structs.replace(query, after=(page[-1].lead_date_ms, page[-1].id), offset=0)
        if later:
            present.append(later.pop())
            await save(store, present[-1])


@examples(60)
@given(case=cases(), few=st.sampled_from([0, 1, 500]))
def test_lists_agree_with_the_search_language(
    in_each: InEach, case: tuple[list[Lead], list[dict[str, Any]]], few: int
) -> None:
    """By index lookups alone, then by ordered scans where they are expected to end soon."""
    check_lists(in_each, *case, few)


SCAN_LIMITS = (0, 2_000)


def check_lists(in_each: InEach, all_leads: list[Lead], all_queries: list[dict[str, Any]], few: int) -> None:
    account_id, other_id = (ids.stable_id(str(next(_accounts))) for _ in range(2))
    own, foreign = ([structs.replace(lead, account_id=owner) for lead in all_leads] for owner in (account_id, other_id))

    all_matching = [{lead.id for lead in own if matches(parts["search"], lead)} for parts in all_queries]

    async def run(store: Store) -> None:
        present, later = list(own[: len(own) * 2 // 3]), own[len(own) * 2 // 3 :]
        await asyncio.gather(*(save(store, lead) for lead in [*present, *foreign]))
        for scan_limit, added in zip(SCAN_LIMITS, (later[::2], later[1::2]), strict=True):
            patched.setattr(finding, "MAX_SCAN", scan_limit * 2)
            patched.setattr(finding, "SCAN_LIMIT", scan_limit)
            for parts, matching in zip(all_queries, all_matching, strict=True):
                await check(store, present, LeadQuery(account_id=account_id, **parts), matching, added)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(finding, "FEW", few)
        in_each(run)


LARGEST = [
    " ".join(f"phone:{','.join(str(n) for n in range(9_000 + k * 20, 9_020 + k * 20))}" for k in range(9)),
    " ".join(f"-{word}" for word in "abcdefghijklmnopqrst"),
    " ".join(["silva"] * 20),
    " ".join(f"-name:{','.join('xyz'[k % 3] * n for n in range(1, 9))}" for k in range(20)),
    '"' + "王 " * 490 + '"',
    "x" * 1_000,
    "stage:" + ",".join(f"s{n}" for n in range(20)),
    "id:" + ",".join(f"{n:024x}" for n in range(20)),
    " ".join(f"-{n:024x}" for n in range(20)),
    " ".join([f"{7:024x}"] * 20),
    "has:" + ",".join(["unit"] * 19 + ["name"]),
    " ".join(["value>=-1"] * 10 + ["date>2025"] * 10),
]


def test_the_largest_queries_are_answered(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            made = [
                await create(store, name=name, stage="s7", phone="+55 11 98765-9007") for name in ("Silva", "王 " * 300)
            ]
            for text in LARGEST:
                for order in Order:
                    search = read(text, now_ms=0)
                    query = LeadQuery(account_id=ACCOUNT, order=order, limit=9, search=search)
                    whole = expected(made, query, {lead.id for lead in made if matches(search, lead)})
                    assert await store.leads.find(query) == whole, text
                    assert await store.leads.count(query, 9) == len(whole), text

    asyncio.run(run())


def test_concurrent_full_scans_of_an_account_are_limited(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await create(store, name="Ana")

            def listed(text: str, account_id: str = ACCOUNT) -> Any:
                query = LeadQuery(account_id=account_id, order=Order.CREATED, limit=9, search=read(text, now_ms=0))
                return store.leads.count(query, 9) if text == "-has:phone" else store.leads.find(query)

            walks = [listed("-has:email -has:name") for _ in range(8)] + [listed("-has:phone") for _ in range(3)]
            others = [listed("ana") for _ in range(11)], [listed("-has:name", OTHER_ACCOUNT)]
            results = await asyncio.gather(*walks, *others[0], *others[1], return_exceptions=True)
            assert results[:10] == [[]] * 8 + [1] * 2
            assert isinstance(results[10], Overloaded)
            answer = as_api_error(results[10])
            assert (answer.status, answer.headers) == (503, {"Retry-After": "1"})
            assert results[11:] == [await listed("ana")] * 11 + [[]]
            assert await listed("-has:phone") == 1

    asyncio.run(run())


def test_a_list_that_takes_too_long_is_cancelled(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with sqlite.opened() as store:
            await store.leads.load(year(7, 600, ACCOUNT, 1_772_323_200_000))
            query = LeadQuery(account_id=ACCOUNT, order=Order.CREATED, limit=9, search=read("-has:name", now_ms=0))
            with monkeypatch.context() as patched:
                patched.setattr(sqlite_database, "LONGEST_S", 0.0)
                with pytest.raises(Overloaded, match="takes longer"):
                    await store.leads.find(query)
            assert len(await store.leads.find(query)) < 9

    asyncio.run(run())


def test_filters_of_many_values_are_only_compared() -> None:
    for number in (50, 51):
        ids = tuple(f"c{n}" for n in range(number))
        query = LeadQuery(account_id=ACCOUNT, order=Order.CREATED, limit=9, campaign_ids=ids, unit_id="u")
        assert len(filter_criteria(query)) == (2 if number == 50 else 1)


def test_a_lead_with_several_values_of_a_field_is_found_once(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(
                store, name="Ana", source="CUSTOM", custom_source_id="feira", custom_source_name="Feira 2"
            )
            for text in ("source:custom,feira", 'source:feira,"feira 2",custom', "source:feira,feira"):
                query = LeadQuery(account_id=ACCOUNT, order=Order.LEAD_DATE, limit=9, search=read(text, now_ms=0))
                assert await store.leads.find(query) == [lead], text
                assert await store.leads.count(query, 9) == 1, text

    asyncio.run(run())


def test_words_behind_many_others_are_next_to_each_other(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="a " * 300, email="a." * 100 + "z@x.test")
            for text, leads in {"email:a-z": [lead], "name:a-z": [], "a-z": [lead], "z-a": []}.items():
                query = LeadQuery(account_id=ACCOUNT, order=Order.CREATED, limit=9, search=read(text, now_ms=0))
                assert await store.leads.find(query) == leads, text

    asyncio.run(run())


def test_a_type_is_found_by_its_own_name(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, type="CUSTOM", custom_type_id="v1", custom_type_name="LEAD_TYPE_VISIT")
            for text in ("type:LEAD_TYPE_VISIT", "type:visit", "type:v1", "type:LEAD_TYPE_CUSTOM"):
                query = LeadQuery(account_id=ACCOUNT, order=Order.CREATED, limit=9, search=read(text, now_ms=0))
                assert await store.leads.find(query) == [lead], text

    asyncio.run(run())


def test_a_whole_id_combines_with_other_terms(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            ana, bia = [await create(store, name=name) for name in ("Ana", "Bia")]
            called_so = await create(store, name=f"Cia {ana.id}")
            expected_leads = {
                ana.id: [called_so, ana],
                f'"{ana.id}"': [called_so, ana],
                f"{ana.id} ana": [ana],
                f"{ana.id} bia": [],
                f"-{ana.id}": [bia],
                f"-{ana.id} -bia": [],
                f"name:{ana.id}": [called_so],
                f"id:{ana.id},{bia.id}": [bia, ana],
                f"id:{bia.id} {ana.id}": [],
                ana.id[:-1]: [called_so],
            }
            for text, leads in expected_leads.items():
                query = LeadQuery(account_id=ACCOUNT, order=Order.CREATED, limit=9, search=read(text, now_ms=0))
                assert await store.leads.find(query) == leads, text
                assert await store.leads.count(query, 9) == len(leads), text

    asyncio.run(run())
