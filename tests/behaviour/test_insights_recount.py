"""Whatever leads are written through either dialect, the Insights are those of the leads that the API then shows."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.load_checks import load_content
from lab.server import Client, Leadloop
from lab.stores import with_store
from leadloop.api.body import encode
from leadloop.core.catalogue.model import Entry
from leadloop.core.instants import show_instant
from leadloop.core.store import Store
from tests.support.examples import examples
from tests.support.insights import Shown, comparable, recount
from tests.support.strategies import Body, money

pytestmark = pytest.mark.slow

DAY, JAN_1 = 86_400_000, 1_767_225_600_000
EXACT: Callable[[bytes], Any] = msgspec.json.Decoder(float_hook=Decimal).decode

IDS = st.sampled_from(["", "a", "b", "c"])
NAMES = st.sampled_from(["", "a", "B", "b", "Feira", "FEIRA", "é"])
EMAILS = st.sampled_from(["", "a@x.test", "A@x.test", "b@x.test", "n/a", "-", "N/A"])
DATES = st.integers(0, 70).map(lambda days: JAN_1 + days * DAY) | st.sampled_from([JAN_1 - 1, JAN_1 + 31 * DAY - 1])
USERS = st.fixed_dictionaries(
    {}, optional={"id": IDS, "userId": IDS, "email": EMAILS, "userName": NAMES, "isRealUser": st.booleans()}
)
LINES = st.fixed_dictionaries(
    {},
    optional={
        "amount": money(),
        "value": money(),
        "product": st.fixed_dictionaries({}, optional={"id": IDS, "name": NAMES, "value": money()}),
    },
)
CARTS = st.fixed_dictionaries({}, optional={"leadProducts": st.lists(LINES, max_size=3), "value": money()})
STAGES = st.sampled_from(["NEW", "ACTIVE", "COMPLETE", "complete", "LOST", "Visita"])
EXPAD: dict[str, st.SearchStrategy[Any]] = {
    "status": STAGES,
    "leadDate": DATES,
    "leadAttributionUser": st.none() | USERS,
    "leadCart": st.none() | CARTS,
    "saleValue": st.none() | money(),
    "currency": st.sampled_from(["", "USD", "usd", "BRL"]),
    "source": st.sampled_from(["", "GOOGLE", "facebook", "CUSTOM", "Feira", "FEIRA", "Rádio"]),
    "customLeadSourceId": IDS,
    "type": st.sampled_from(["", "FORM", "LEAD_TYPE_FORM", "CUSTOM", "LEAD_TYPE_UNSPECIFIED", "Visita", "VISITA"]),
    "customLeadTypeId": IDS,
    "googleLeadId": IDS,
    "facebookFormId": IDS,
    "googleCampaignId": st.integers(0, 2),
    "startUrl": st.sampled_from(["", "https://x.test/"]),
    "formId": IDS,
    "callId": IDS,
    "campaignIdData": st.none() | st.fixed_dictionaries({"ctwaClid": IDS}),
    "markedForDeletion": st.booleans(),
    "cpf": st.sampled_from(["1", "2"]),
}
LEADSAIL: dict[str, st.SearchStrategy[Any]] = {
    "status": st.sampled_from(["new", "contacted", "accepted", "rejected"]),
    "attribution": st.fixed_dictionaries({}, optional={"gclid": st.none() | NAMES, "fbclid": st.none() | NAMES}),
    "detail": NAMES,
}
PATCHES = st.one_of(
    st.tuples(st.just("expad"), st.fixed_dictionaries({}, optional=EXPAD)),
    st.tuples(st.just("leadsail"), st.fixed_dictionaries({}, optional=LEADSAIL)),
    st.tuples(st.just("delete"), st.just(dict[str, Any]())),
)
LEADS = st.tuples(st.booleans(), st.lists(PATCHES, max_size=3))
PERIODS = st.tuples(DATES, DATES).filter(lambda ends: ends[0] < ends[1]) | st.just((JAN_1, JAN_1 + 31 * DAY))
SOURCES = st.none() | st.sampled_from(["google", "CUSTOM", "feira", "RÁDIO", "a", "API", "unknown"])


def write(client: Client, through_leadsail: bool, patches: list[tuple[str, Body]]) -> None:
    if through_leadsail:
        lead_id = client.new_leadsail_lead().removeprefix("lead_")
        client.patch(lead_id, {"leadDate": JAN_1})
    else:
        lead_id = client.new_lead(leadDate=JAN_1)
    headers = {"Content-Type": "application/json"}
    for dialect, body in patches:
        if dialect == "delete":
            answer = client.leadsail("DELETE", f"leads/{lead_id}")
        elif dialect == "leadsail":
            answer = client.leadsail("PATCH", f"leads/{lead_id}", content=encode(body), headers=headers)
        else:
            answer = client.expad("PATCH", f"lead/{lead_id}", content=encode(body), headers=headers)
        assert answer.status_code in (200, 404), answer.text


def shown(client: Client, server: Leadloop) -> list[Shown]:
    leads = load_content(server.database, client.account_id).leads
    bodies: list[dict[str, Any]] = []
    token = ""
    while token or not bodies:
        query = {"pageSize": "500"} | ({"pageToken": token} if token else {})
        page = EXACT(client.expad("GET", params=query).content)
        bodies += page["leads"]
        token = page["nextPageToken"]
        if not page["leads"]:
            break
    return [Shown(body, leads[body["id"]]) for body in bodies]


def catalogue(server: Leadloop, client: Client) -> list[Entry]:
    async def read(store: Store) -> list[Entry]:
        return list((await store.catalogue.get(client.account_id)).entries())

    return with_store(server.database, read)


def test_insights_are_those_of_the_leads(server: Leadloop, client: Client) -> None:
    @examples(40)
    @given(leads=st.lists(LEADS, min_size=1, max_size=4), period=PERIODS, source=SOURCES)
    def run(leads: list[tuple[bool, list[tuple[str, Body]]]], period: tuple[int, int], source: str | None) -> None:
        for lead in leads:
            write(client, *lead)
        from_ms, to_ms = period
        query = {"from": show_instant(from_ms), "to": show_instant(to_ms)} | ({"source": source} if source else {})
        answer = client.expad("GET", "insights", params=query)
        assert answer.status_code == 200, answer.text
        entries = catalogue(server, client)
        assert comparable(EXACT(answer.content)) == recount(shown(client, server), from_ms, to_ms, source, entries)

    run()
