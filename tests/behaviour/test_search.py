"""`search` and `q` of both lists: one language (docs/search.md), with errors that show the place."""

from collections.abc import Callable
from typing import Any

import pytest

from lab.server import Client
from tests.support.answers import refused

JAN_1 = 1_767_225_600_000  # 2026-01-01T00:00:00Z
DAY = 86_400_000
Found = Callable[..., list[str]]


def by_expad(client: Client, **query: str) -> list[str]:
    answer = client.expad("GET", params=query)
    assert answer.status_code == 200, answer.text
    page = answer.json()
    assert page["total"] == len(page["leads"])
    return sorted(lead["name"].split()[0] for lead in page["leads"])


def by_leadsail(client: Client, **query: str) -> list[str]:
    answer = client.leadsail("GET", params=query)
    assert answer.status_code == 200, answer.text
    return sorted(lead["firstName"] for lead in answer.json()["data"]["leads"])


@pytest.fixture(params=[by_expad, by_leadsail], ids=["expad", "leadsail"])
def names_found(request: pytest.FixtureRequest) -> Found:
    """The function that searches through one dialect; it returns the leads' names."""
    function: Found = request.param
    return function


@pytest.fixture
def leads(client: Client) -> Client:
    client.new_lead(
        name="Ána",
        email="ana.silva@Joana.org",
        phoneNumber="+55 11 98765-4321",
        status="ACTIVE",
        source="GOOGLE",
        type="FORM",
        tags=[{"id": "t1", "name": "VIP 🔥"}],
        leadAttributionUser={"id": "u1", "userName": "Rui Só"},
        unit={"id": "un1", "name": "Centro"},
        department={"id": "d1", "name": "Vendas"},
        interest={"id": "i1", "name": "Solar"},
        leadCart={"leadProducts": [{"product": {"id": "p1", "name": "Painel"}, "value": 1500.5}]},
        leadLossReson={"id": "l1", "name": "Preço"},
        leadDate=JAN_1,
        utmSource="google",
        utmMedium="cpc",
    )
    client.new_lead(name="Bia", phoneNumber="(21) 8765-4322", source="Feira", leadDate=JAN_1 + DAY, saleValue=900)
    client.new_lead(name="Caio", unit={"name": "Norte"}, status="LOST", leadDate=JAN_1 + 40 * DAY)
    client.new_leadsail_lead(
        firstName="Duda", lastName="Doria", email="d@x.test", phone="(555) 123-4567", campaignId="SOL26"
    )
    return client


QUERIES = {
    "ana": ["Ána"],
    "ANA@": ["Ána"],
    "silva -bia": ["Ána"],
    "ana-silva": ["Ána"],
    '"ana silva"': ["Ána"],
    "joana": ["Ána"],
    "@joana.org": ["Ána"],
    "name:joana": [],
    "email:joana": ["Ána"],
    "8765-4321": ["Ána"],
    "11 8765 4321": ["Ána"],
    "phone:21987654322": ["Bia"],
    "stage:active": ["Ána"],
    "stage:active,lost": ["Caio", "Ána"],
    "status:new campaign:sol26": ["Duda"],
    "source:google": ["Ána"],
    "source:feira": ["Bia"],
    "type:form": ["Ána"],
    'tag:"vip 🔥"': ["Ána"],
    "tag:t1": ["Ána"],
    'user:"rui so"': ["Ána"],
    "unit:centro": ["Ána"],
    "has:unit -unit:centro": ["Caio"],
    "department:vendas interest:i1 product:painel loss:preco": ["Ána"],
    "utm_source:google utm_medium:CPC": ["Ána"],
    "value>1000": ["Ána"],
    "value:900..1500.50": ["Bia", "Ána"],
    "value<0": [],
    "date:2026-01": ["Bia", "Ána"],
    "date>=2026-01-02 date<2026-03": ["Bia", "Caio"],
    "created:today..": ["Bia", "Caio", "Duda", "Ána"],
    "created<2026-01-01": [],
    "-has:phone": ["Caio"],
    "stage:ACTIVE source:GOOGLE tag:t1 value>1000 date>=2026-01-01 -unit:Norte ana": ["Ána"],
    "nobody": [],
    "": ["Bia", "Caio", "Duda", "Ána"],
}


def test_the_language_finds_the_same_in_both_lists(leads: Client, names_found: Found) -> None:
    for query, names in QUERIES.items():
        assert names_found(leads, q=query) == names, query
        assert names_found(leads, search=query) == names, query


def test_a_lead_is_found_by_its_id(leads: Client, names_found: Found) -> None:
    lead_id = leads.new_lead(name="Ema")
    leads.new_lead(name="Fred")
    for query in (lead_id, f"lead_{lead_id}", f"id:{lead_id}", f"ema {lead_id}", f"lead_{lead_id} -bia"):
        assert names_found(leads, q=query) == ["Ema"], query
    assert names_found(leads, q=f"{lead_id} fred") == []


def test_the_index_follows_every_change(leads: Client, names_found: Found) -> None:
    lead_id = leads.new_lead(name="Gil", tags=[{"name": "old"}], status="NEW", saleValue=5)
    leads.patch(lead_id, {"name": "Hugo", "tags": [{"name": "new"}], "status": "COMPLETE", "saleValue": 6})
    for query in ("gil", "tag:old", "value:5"):
        assert names_found(leads, q=query) == [], query
    for query in ("hugo", "tag:new", "stage:complete", "value:6"):
        assert names_found(leads, q=query) == ["Hugo"], query
    leads.patch(lead_id, {"markedForDeletion": True})
    assert (
        names_found(leads, q="hugo") == names_found(leads, q="tag:new") == names_found(leads, q="stage:complete") == []
    )
    leads.patch(lead_id, {"markedForDeletion": False})
    assert names_found(leads, q="hugo") == ["Hugo"]


def test_search_and_filters_hold_together(leads: Client) -> None:
    assert by_expad(leads, q="has:phone", status="ACTIVE") == ["Ána"]
    assert by_expad(leads, q="has:phone", unitId="un1", tagId="t1", attributionUserId="u1") == ["Ána"]
    assert by_expad(leads, q="-ana", **{"from": "2026-01-02T00:00:00Z", "to": "2026-01-03T00:00:00Z"}) == ["Bia"]
    assert by_expad(leads, q="bia", email="ana.silva@joana.org") == []
    assert by_leadsail(leads, q="duda", status="new", campaignIds="SOL26,X") == ["Duda"]
    assert by_leadsail(leads, q="duda", campaignIds="sol26") == []


MISTAKES = {
    "maria unti:Centro": (7, "^^^^", "did you mean unit?"),
    'ana "silva': (5, "^", "never closed"),
    '"': (1, "^", "never closed"),
    "a:b": (1, "^", "put it in quotes"),
    "value>1.000": (7, "^^^^^", "write 1000"),
    "created:tomorrow": (9, "^^^^^^^^", "a day (2026-01-31)"),
    "a\x00b": (2, "^", "control characters"),
    "%": (1, "^", "no letter and no digit"),
}


def test_an_error_shows_its_place_and_what_would_be_right(client: Client) -> None:
    for name in ("search", "q"):
        for query, (place, carets, problem) in MISTAKES.items():
            expad = client.expad("GET", params={name: query})
            leadsail = client.leadsail("GET", params={name: query})
            assert (expad.status_code, leadsail.status_code) == (400, 400), query
            assert f"{name}: at character {place}: " in expad.json()["message"]
            assert problem in expad.json()["message"]
            for details in (expad.json()["details"], leadsail.json()["error"]["details"]):
                line, shown, below = details
                assert line.startswith(f"{name}: at character {place}: ")
                assert problem in line
                assert shown == query.replace("\x00", " ")
                assert below == " " * (place - 1) + carets


def test_too_long_a_query_is_refused_and_not_repeated(client: Client) -> None:
    answer = client.leadsail("GET", params={"q": "x" * 1_001})
    assert answer.json()["error"]["details"] == ["q: at character 1001: a query has at most 1,000 characters"]


def test_both_names_at_once_are_refused(client: Client) -> None:
    assert refused(client.leadsail("GET", params={"search": "a", "q": "a"})) == ["q"]
    assert client.expad("GET", params={"search": "a", "q": "a"}).status_code == 400
    assert client.expad("GET", params={"search": "a", "q": ""}).status_code == 200


def test_leads_of_another_account_are_never_found(server: Any, leads: Client, names_found: Found) -> None:
    other = server.client()
    try:
        for query in QUERIES:
            assert names_found(other, q=query) == [], query
    finally:
        other.close()
