"""Lists and counts are the same on both engines, and are what their filters say."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st
from msgspec import structs

from lab.postgres import PostgresServer
from leadloop.core import ids
from leadloop.core.leads.model import FORMAT, Lead
from leadloop.core.leads.parts import Campaign, Department, Interest, Ref, Tag, User
from leadloop.core.search.matches import matches as search_matches
from leadloop.core.search.read import read
from leadloop.core.store import LeadQuery, Order, Store
from leadloop.core.writes.unit import Loaded, Outcome, Unit
from leadloop.derived.columns import columns
from tests.storage.conftest import new_postgres
from tests.storage.database import ACCOUNT, OTHER_ACCOUNT, Database, InEach, create, first_saved, kept_open, update

FEW = st.sampled_from(["a", "b", "A", "é", "100%", "a_c", "abc", "\\", "' OR 1=1 --", "a\\%b"])
SOME = st.none() | FEW
TIMES_MS = st.integers(0, 6).map(lambda n: 1_700_000_000_000 + n)
MANY = st.lists(FEW | st.just("\0"), max_size=3)
NUMBERS = range(1, 1_000_000)

_accounts = iter(NUMBERS)


@st.composite
def leads(draw: st.DrawFn) -> list[Lead]:
    return [draw(one_lead(n)) for n in range(draw(st.integers(0, 12)))]


@st.composite
def one_lead(draw: st.DrawFn, n: int) -> Lead:
    created_at_ms = draw(TIMES_MS)
    return Lead(
        format=FORMAT,
        account_id="",
        id=ids.first_id(created_at_ms)[:-4] + f"{n:04}",
        version=1,
        created_at_ms=created_at_ms,
        updated_at_ms=created_at_ms,
        lead_date_ms=draw(TIMES_MS),
        deleted_at_ms=draw(st.sampled_from([None, None, None, 5])),
        name=draw(SOME),
        email=draw(SOME),
        phone=draw(st.sampled_from([None, "11 98888-7777", "+5511988887777", "555555", "1234567"])),
        stage=draw(FEW),
        status=draw(FEW),
        source=draw(SOME),
        type=draw(SOME),
        owner=User(id=draw(SOME), user_id=draw(SOME)),
        unit=Ref(id=draw(SOME)),
        department=Department(id=draw(SOME)),
        interest=Interest(id=draw(SOME)),
        campaign=Campaign(id=draw(SOME), client_id=draw(SOME), offer_id=draw(SOME)),
        tags=[Tag(id=tag_id, name="x") for tag_id in draw(st.lists(SOME, max_size=3))],
    )


SEARCHES = [read(text, now_ms=0) for text in ("a", "abc", "8888", "-has:unit", "stage:a,b -tag:a", "source:b")]
EQUAL = ("stage", "status", "source", "type", "owner_id", "unit_id", "department_id", "interest_id", "email_key")
ONE_OF = {"campaign_ids": "campaign_id", "client_ids": "client_id", "offer_ids": "offer_id"}


@st.composite
def queries(draw: st.DrawFn) -> dict[str, Any]:
    """The parts of a query, few at a time, so that some leads match."""
    parts: dict[str, st.SearchStrategy[Any]] = dict.fromkeys([*EQUAL, "tag_id"], FEW | st.just("\0"))
    parts |= dict.fromkeys(ONE_OF, MANY) | {"phone_key": st.just("551188887777")}
    parts |= {"search": st.sampled_from(SEARCHES)}
    for bound in ("lead_date_from_ms", "lead_date_to_ms", "created_from_ms", "created_to_ms"):
        parts[bound] = TIMES_MS
    names = draw(st.lists(st.sampled_from(sorted(parts)), max_size=3, unique=True))
    paging: dict[str, Any] = {
        "limit": draw(st.integers(0, 5) | st.just(100)),
        "offset": draw(st.sampled_from([0, 0, 1, 3])),
    }
    if draw(st.booleans()):
        paging["after"] = (draw(TIMES_MS), ids.first_id(draw(TIMES_MS))[:-4] + "0003")
    order = {"order": draw(st.sampled_from(Order)), "is_ascending": draw(st.booleans())}
    return {**order, **paging} | {name: draw(parts[name]) for name in names}


def matches(lead: Lead, query: LeadQuery) -> bool:
    """The filters, said once more in Python."""
    expected, created = columns(lead), lead.created_at_ms
    tests = [
        lead.deleted_at_ms is None,
        *(getattr(query, name) in (None, getattr(expected, name)) for name in (*EQUAL, "phone_key")),
        *(
            not getattr(query, name) or getattr(expected, column) in getattr(query, name)
            for name, column in ONE_OF.items()
        ),
        query.tag_id is None or any(tag.id == query.tag_id for tag in lead.tags),
        query.lead_date_from_ms is None or lead.lead_date_ms >= query.lead_date_from_ms,
        query.lead_date_to_ms is None or lead.lead_date_ms < query.lead_date_to_ms,
        query.created_from_ms is None or created >= query.created_from_ms,
        query.created_to_ms is None or created < query.created_to_ms,
        query.search is None or search_matches(query.search, lead),
    ]
    return all(tests)


def expected(all_leads: list[Lead], query: LeadQuery) -> tuple[list[Lead], int]:
    def place(lead: Lead) -> Any:
        return (lead.lead_date_ms, lead.id) if query.order is Order.LEAD_DATE else lead.id

    expected = sorted((lead for lead in all_leads if matches(lead, query)), key=place, reverse=not query.is_ascending)
    start: Any = query.after if query.order is Order.LEAD_DATE or query.after is None else query.after[1]
    if start is not None:
        found_after = [
            lead for lead in expected if (place(lead) > start if query.is_ascending else place(lead) < start)
        ]
    page = expected if start is None else found_after
    return page[query.offset : query.offset + query.limit], len(expected)


@pytest.fixture(scope="module")
def in_each(tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer) -> Iterator[InEach]:
    sqlite = Database("sqlite", str(tmp_path_factory.mktemp("lists") / "leads.db"))
    with kept_open(sqlite, new_postgres(postgres_server, "postgres")) as expected:
        yield expected


@hypothesis.settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
)
@hypothesis.given(all_leads=leads(), all_queries=st.lists(queries(), min_size=1, max_size=8))
def test_both_engines_find_what_the_filters_say(
    in_each: InEach, all_leads: list[Lead], all_queries: list[dict[str, Any]]
) -> None:
    account_id = ids.stable_id(str(next(_accounts)))
    all_leads = [structs.replace(lead, account_id=account_id) for lead in all_leads]

    async def run(store: Store) -> None:
        await asyncio.gather(*(save(store, lead) for lead in all_leads))
        for parts in all_queries:
            query = LeadQuery(account_id=account_id, **parts)
            page, total = expected(all_leads, query)
            assert await store.leads.find(query) == page
            assert await store.leads.count(query, 100) == total
            assert await store.leads.count(query, 2) == min(total, 2)

    in_each(run)


async def save(store: Store, lead: Lead) -> None:
    def run(_: Loaded) -> Outcome[None]:
        return Outcome(None, first_saved(lead))

    await store.write(Unit(account_id=lead.account_id, lead_id=lead.id, request_id=lead.id, run=run))


@pytest.mark.parametrize("order", list(Order))
def test_pages_follow_each_other_while_leads_come_in(database: Database, order: Order) -> None:
    def place(lead: Lead) -> tuple[int, str]:
        return lead.lead_date_ms, lead.id

    async def run() -> None:
        async with database.opened() as store:
            first = [await create(store, name=str(n), lead_date_ms=100 + n // 3) for n in range(10)]
            await create(store, OTHER_ACCOUNT, name="foreign")
            seen: list[Lead] = []
            query = LeadQuery(account_id=ACCOUNT, order=order, limit=4)
            while page := await store.leads.find(query):
                seen += page
                query = structs.replace(query, after=place(page[-1]))
                await create(store, name="newer", lead_date_ms=10_000)
            key: Callable[[Lead], Any] = place if order is Order.LEAD_DATE else lambda lead: lead.id
            assert seen == sorted(first, key=key, reverse=True)

    asyncio.run(run())


def test_lists_follow_the_changes_of_a_lead(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(
                store, name="Ana", stage="NEW", email="ana@example.test", tags=[{"id": "t", "name": "t"}]
            )
            query = LeadQuery(account_id=ACCOUNT, order=Order.CREATED, limit=10)
            in_stage = structs.replace(query, stage="NEW")
            tagged = structs.replace(query, tag_id="t")
            by_email = structs.replace(query, email_key="ana@example.test")
            for each in (in_stage, tagged, by_email):
                assert await store.leads.find(each) == [lead]
            changed = (await update(store, lead, stage="ACTIVE", tags=[], email="b@example.test")).lead
            for each in (in_stage, tagged, by_email):
                assert await store.leads.find(each) == []
            assert await store.leads.find(query) == [changed]
            deleted = (await update(store, lead, deleted=True)).lead
            assert await store.leads.find(query) == []
            assert await store.leads.get(ACCOUNT, lead.id) == deleted

    asyncio.run(run())
