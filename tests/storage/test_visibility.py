"""Lists that a member may see only in part agree with `Visibility.shows`, on both engines and page by page."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from lab.postgres import PostgresServer
from leadloop.core import ids
from leadloop.core.accounts import Account
from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import Entry
from leadloop.core.leads.cart import worth_micros
from leadloop.core.leads.model import Lead
from leadloop.core.leads.status import GROUPS
from leadloop.core.reading import lists
from leadloop.core.reading.stages import StageCount, stage_counts
from leadloop.core.reading.visibility import Visibility, texts_of
from leadloop.core.search.folding import whole
from leadloop.core.search.matches import matches
from leadloop.core.search.searchable import exact
from leadloop.core.store import NO_BYTE_LIMIT, LeadQuery, Store
from tests.storage.conftest import new_postgres
from tests.storage.database import SQLITE, Database, InEach, kept_open
from tests.storage.searches import leads, terms_of
from tests.storage.test_finding import expected, queries
from tests.storage.test_lists import save
from tests.support.examples import examples

SETTINGS = Account(id="", name="", created_at_ms=0, currency="BRL", stage_order=("Visita", "A"))
_accounts = iter(range(2_000_000_000, 3_000_000_000))


@pytest.fixture(scope="module")
def in_each(tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer) -> Iterator[InEach]:
    sqlite = Database(SQLITE, str(tmp_path_factory.mktemp("visibility") / "leads.db"))
    with kept_open(sqlite, new_postgres(postgres_server, "postgres")) as databases:
        yield databases


CURRENCIES = st.sampled_from([None, None, "BRL", "USD", "EUR"])
STAGES = st.sampled_from(["NEW", "ACTIVE", "new", "visita", "Análise", "ANALISE", "a", "é 🔥", "z"])


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Lead], Visibility, dict[str, Any], int]:
    all_leads = draw(leads(14))
    users, units = (
        sorted({text for lead in all_leads for text in exact(lead, field)}) or ["nobody"] for field in ("user", "unit")
    )
    some = [draw(st.lists(st.sampled_from(texts), max_size=3, unique=True).map(tuple)) for texts in (users, units)]
    visibility = Visibility(draw(st.sampled_from([False, False, False, True])), *some)
    query = draw(queries([terms_of(lead) for lead in all_leads]))
    all_leads = [structs.replace(lead, currency=draw(CURRENCIES), stage=draw(STAGES)) for lead in all_leads]
    return all_leads, visibility, query, draw(st.sampled_from([1, 400, 1_500, NO_BYTE_LIMIT]))


@examples(100)
@given(case=cases())
def test_lists_agree_with_what_the_member_sees(
    in_each: InEach, case: tuple[list[Lead], Visibility, dict[str, Any], int]
) -> None:
    all_leads, visibility, parts, most_bytes = case
    account_id = ids.stable_id(str(next(_accounts)))
    present = [structs.replace(lead, account_id=account_id) for lead in all_leads]
    visible = {lead.id for lead in present if visibility.shows(lead) and matches(parts["search"], lead)}
    query = LeadQuery(account_id=account_id, **parts)
    all_visible = expected(present, query, visible)

    async def run(store: Store) -> None:
        for lead in present:
            await save(store, lead)
        for most in (100, 2, 0):
            count = await lists.count(store, query, visibility, most)
            assert (count.count, count.exact) == (min(len(all_visible), most), len(all_visible) <= most)
        for most in (100, 2):
            settings = structs.replace(SETTINGS, id=account_id)
            assert await stage_counts(store, query, visibility, settings, most) == expected_stages(all_visible, most)
        assert await lists.find(store, query, visibility) == all_visible[query.offset :][: query.limit]
        assert await read_pages(store, structs.replace(query, offset=0), visibility, most_bytes) == all_visible

    in_each(run)


def expected_stages(leads: list[Lead], most: int) -> list[StageCount]:
    """Of leads newest or oldest first, as the query has them."""
    stages = {whole(stage): stage for stage in [lead.stage for lead in leads][::-1]}
    fixed = {whole(stage): stage for stage in (*GROUPS, *SETTINGS.stage_order)}
    others = {key: stages[key] for key in sorted(stages.keys() - fixed.keys())}
    return [
        stage_count(stage, [lead for lead in leads if whole(lead.stage) == key], most)
        for key, stage in (fixed | others).items()
    ]


def stage_count(stage: str, leads: list[Lead], most: int) -> StageCount:
    if len(leads) > most:
        return StageCount(stage, most, False, None, {})
    sums = Counter[str | None]()
    for lead in leads:
        sums[None if lead.currency == SETTINGS.currency else lead.currency] += worth_micros(lead) or 0
    own = sums.pop(None, 0)
    others = {str(currency): micros for currency, micros in sums.items() if micros}
    return StageCount(stage, len(leads), True, own, others)


async def read_pages(store: Store, query: LeadQuery, visibility: Visibility, most_bytes: int) -> list[Lead]:
    read: list[Lead] = []
    while True:
        page = await lists.page(store, query, visibility, most_bytes)
        read += items if (items := list(page.items)) or not page.is_cut else pytest.fail("a cut page without a lead")
        assert page.number == len(items) <= query.limit
        if len(items) < query.limit and not page.is_cut:
            return read
        query = structs.replace(query, after=(items[-1].lead_date_ms, items[-1].id))


def user(key: str, **members: Any) -> Entry:
    return Entry(kind="users", key=key, id=key, created_at_ms=1, updated_at_ms=1, **members)


def test_a_name_of_two_salespeople_shows_neither_the_leads_of_the_other() -> None:
    catalogue = Catalogue("a")
    ana = user("1" * 24, name="Ana Souza", email="Ana@x.example", user_id="u1", past_names=["Ana S."])
    catalogue.put([ana, user("2" * 24, name="ANA  SOUZA", email="other@x.example"), user("3" * 24, name="Bia")])
    assert texts_of(catalogue, [ana]) == ("1" * 24, "ana s.", "ana@x.example", "u1")
    assert texts_of(catalogue, []) == ()
    catalogue.put([user("4" * 24, email="ANA@x.example", user_id="u4")])
    assert texts_of(catalogue, [ana]) == ("1" * 24, "ana s.", "u1")
    assert texts_of(catalogue, [ana, user("4" * 24, email="ana@x.example", user_id="u4")]) == (
        *("1" * 24, "4" * 24, "ana s.", "ana@x.example", "u1", "u4"),
    )


def test_an_email_that_is_no_address_shows_nothing() -> None:
    catalogue = Catalogue("a")
    catalogue.put([ana := user("1" * 24, name="Ana", email="n/a")])
    assert texts_of(catalogue, [ana]) == ("1" * 24, "ana")
