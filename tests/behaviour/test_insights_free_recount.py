"""Whatever leads are written and whatever is asked of them: the free Insights and the funnel are those of a recount."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lab.load_checks import load_content
from lab.server import Client, Leadloop
from leadloop.api.body import encode
from tests.behaviour.test_insights_recount import catalogue
from tests.support.accounts import set_options
from tests.support.catalogue import listed
from tests.support.examples import examples
from tests.support.recount import MEASURES, pasts, recount
from tests.support.recount_funnel import refunnel
from tests.support.strategies import Body, money

pytestmark = pytest.mark.slow

EXACT: Callable[[bytes], Any] = msgspec.json.Decoder(float_hook=Decimal).decode
HOUR = 3_600_000

IDS = st.sampled_from(["", "a", "b", "c"])
EMAILS = st.sampled_from(["", "a@x.test", "A@x.test", "b@x.test", "n/a", "-", "N/A"])
NAMES = st.sampled_from(["", "a", "B", "b", "Feira", "FEIRA", "é"])
CHANGES_OF_CLOCKS = st.sampled_from(
    [1_774_746_000_000, 1_792_890_000_000, 1_772_953_200_000, 1_793_512_800_000, 1_767_225_600_000]
)
"""Lisbon on and back, New York on and back, and a new year, all in 2026."""
DATES = st.builds(
    lambda at, hours, ms: at + hours * HOUR + ms, CHANGES_OF_CLOCKS, st.integers(-60, 60), st.integers(-1, 1)
)
REFS = st.none() | st.fixed_dictionaries({}, optional={"id": IDS, "name": NAMES})
USERS = st.fixed_dictionaries({}, optional={"id": IDS, "userId": IDS, "email": EMAILS, "userName": NAMES})
PRODUCTS = st.fixed_dictionaries({}, optional={"id": IDS, "name": NAMES, "value": money()})
LINES = st.fixed_dictionaries({}, optional={"amount": money(), "value": money(), "product": PRODUCTS})
CARTS = st.fixed_dictionaries({}, optional={"leadProducts": st.lists(LINES, max_size=3), "value": money()})
ACTIVITIES = st.fixed_dictionaries({"id": st.sampled_from(["x", "y"])}, optional={"completedAt": st.none() | DATES})
EXPAD: dict[str, st.SearchStrategy[Any]] = {
    "status": st.sampled_from(["NEW", "ACTIVE", "COMPLETE", "complete", "LOST", "Visita", "stay"]),
    "leadDate": DATES,
    "leadAttributionUser": st.none() | USERS,
    "unit": REFS,
    "department": REFS,
    "interest": REFS,
    "leadLossReson": REFS,
    "utmSource": NAMES,
    "tags": st.lists(st.fixed_dictionaries({}, optional={"id": IDS, "name": NAMES}), max_size=3),
    "leadCart": st.none() | CARTS,
    "saleValue": st.none() | money(),
    "currency": st.sampled_from(["", "USD", "usd", "BRL"]),
    "source": st.sampled_from(["", "GOOGLE", "CUSTOM", "Feira", "Rádio"]),
    "customLeadSourceId": IDS,
    "type": st.sampled_from(["", "FORM", "CUSTOM", "Visita"]),
    "customLeadTypeId": IDS,
    "googleCampaignId": st.integers(0, 2),
    "facebookFormId": IDS,
    "activities": st.lists(ACTIVITIES, max_size=2),
    "markedForDeletion": st.sampled_from([False, False, True]),
}
LEADSAIL: dict[str, st.SearchStrategy[Any]] = {
    "status": st.sampled_from(["new", "contacted", "accepted", "rejected", "pending"]),
    "attribution": st.fixed_dictionaries({}, optional={"gclid": st.none() | NAMES}),
    "campaign": st.fixed_dictionaries(
        {}, optional={"campaignId": st.sampled_from("ab"), "name": NAMES, "clientId": IDS, "offerName": NAMES}
    ),
}
PATCHES = st.one_of(
    st.tuples(st.just("expad"), st.fixed_dictionaries({}, optional=EXPAD)),
    st.tuples(st.just("leadsail"), st.fixed_dictionaries({}, optional=LEADSAIL)),
)
LEADS = st.tuples(st.booleans(), DATES, st.lists(PATCHES, min_size=1, max_size=3))

MANAGED = st.tuples(
    st.sampled_from(["users", "units", "departments", "products", "tags", "sources"]),
    st.integers(0, 20),
    st.sampled_from(["archive", "restore"]) | st.fixed_dictionaries({"name": NAMES.filter(bool)}),
)

WORDS = st.sampled_from(["a", "b", "FEIRA", "feira", "google", "e", "new", "complete", "ABC", "none"])
FILTERS = st.dictionaries(
    st.sampled_from(["user", "unit", "source", "type", "tag", "product", "stage", "status", "campaign", "provider"]),
    st.lists(WORDS, min_size=1, max_size=3, unique=True).map(",".join),
    max_size=1,
)
DIMENSIONS = [
    *("user", "unit", "department", "interest", "source", "type", "campaign", "client", "offer", "utm_source"),
    *("tag", "product", "stage", "status", "lossReason", "provider"),
]
TIMES = ["hour", "day", "week", "month"]
GROUPINGS = st.tuples(
    st.lists(st.sampled_from(DIMENSIONS), max_size=2, unique_by=lambda name: name.replace("product", "tag")),
    st.lists(st.sampled_from(TIMES), max_size=1),
).map(lambda both: ",".join(both[0] + both[1]))
DAYS = st.sampled_from(
    ["2025-12-31", "2026-01-02", "2026-03-08", "2026-03-30", "2026-10-24", "2026-10-26", "2026-11-02"]
)
MOMENTS = st.sampled_from(["2025-12-30T00:00:00.000Z", "2026-03-08T06:30:00-01:00", "2026-10-25T00:30:00Z"])
PERIODS = st.tuples(DAYS | MOMENTS, DAYS | MOMENTS).filter(lambda ends: ends[0][:10] < ends[1][:10])
ZONES = st.sampled_from(["UTC", "Europe/Lisbon", "America/New_York", "America/Sao_Paulo", "Asia/Kathmandu"])
QUERIES = st.builds(
    lambda period, filters, more: {"from": period[0], "to": period[1], **filters, **more},
    PERIODS,
    FILTERS,
    st.fixed_dictionaries(
        {"groupBy": GROUPINGS, "timeZone": ZONES},
        optional={
            "measures": st.lists(st.sampled_from(MEASURES), min_size=1, unique=True).map(",".join),
            "limit": st.sampled_from(["1", "2", "3", "7", "1000"]),
            "compare": st.just("previous"),
        },
    ),
)


NEW_YEAR = 1_767_225_600_000
HALF_NAMED: Body = {
    "status": "COMPLETE",
    "leadCart": {"leadProducts": [{"amount": 2, "product": {"id": "a", "value": 3}}, {"amount": 1, "value": 7}]},
}
BY_PRODUCT = {"from": "2025-12-31", "to": "2026-01-02", "groupBy": "product"}


def write(client: Client, through_leadsail: bool, lead_date: int, patches: list[tuple[str, Body]]) -> None:
    if through_leadsail:
        lead_id = client.new_leadsail_lead().removeprefix("lead_")
        client.patch(lead_id, {"leadDate": lead_date})
    else:
        lead_id = client.new_lead(leadDate=lead_date)
    headers = {"Content-Type": "application/json"}
    for dialect, body in patches:
        reach = client.leadsail if dialect == "leadsail" else client.expad
        path = f"leads/{lead_id}" if dialect == "leadsail" else f"lead/{lead_id}"
        answer = reach("PATCH", path, content=encode(body), headers=headers)
        assert answer.status_code in (200, 404), answer.text


def manage(client: Client, kind: str, place: int, what: str | Body) -> None:
    entries = listed(client, kind, archived="all")
    if entries:
        path = f"catalogue/{kind}/{entries[place % len(entries)]['id']}"
        if isinstance(what, str):
            answer = client.leadsail("POST", f"{path}/{what}")
        else:
            answer = client.leadsail("PATCH", path, json=what)
        assert answer.status_code in (200, 409), answer.text


def get_data(client: Client, query: dict[str, str], path: str = "insights") -> Any:
    answer = client.leadsail("GET", path, params=query)
    assert answer.status_code == 200, answer.text
    return EXACT(answer.content)["data"]


def test_free_insights_and_the_funnel_are_those_of_the_leads(server: Leadloop, client: Client) -> None:
    set_options(server, client, currency="BRL")

    @examples(30)
    @example(leads=[(False, NEW_YEAR, [("expad", HALF_NAMED)])], managed=[], queries=[BY_PRODUCT])
    @given(
        leads=st.lists(LEADS, max_size=4),
        managed=st.lists(MANAGED, max_size=2),
        queries=st.lists(QUERIES, min_size=1, max_size=3),
    )
    def run(
        leads: list[tuple[bool, int, list[tuple[str, Body]]]],
        managed: list[tuple[str, int, str | Body]],
        queries: list[dict[str, str]],
    ) -> None:
        for lead in leads:
            write(client, *lead)
        for step in managed:
            manage(client, *step)
        histories = pasts(load_content(server.database, client.account_id))
        entries = catalogue(server, client)
        for query in queries:
            assert get_data(client, query) == recount(histories, query, entries, "BRL")
            assert get_data(client, query, "insights/funnel") == refunnel(histories, query, entries)

    run()
