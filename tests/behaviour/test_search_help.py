"""Help with writing a query: where its terms and mistakes are, and which fields and values there are."""

from typing import Any

import pytest

from lab.server import Client, Leadloop
from lab.site import HOSTILE
from tests.support.catalogue import act, create, update

HOSTILE_NAMES = [
    HOSTILE,
    '"><script>alert(1)</script>',
    "\u202eairam\u202c",
    'a,b "c" \\ d',
    '"',
    "-minus",
    "x:y",
    ">=2",
    "W" * 256,
    '",\\' * 85,
    "vip 🔥",
    "50%_off",
]


def checked(client: Client, search: str) -> dict[str, Any]:
    answer = client.leadsail("GET", "search/check", params={"search": search})
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def offered(client: Client, field: str = "", q: str = "") -> list[dict[str, str]]:
    answer = client.leadsail("GET", "search/values", params={"field": field, "q": q})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"]["values"])


def values(client: Client, field: str = "", q: str = "") -> list[str]:
    return [completion["value"] for completion in offered(client, field, q)]


def found(client: Client, search: str) -> set[str]:
    answer = client.leadsail("GET", "leads", params={"search": search, "limit": "100"})
    assert answer.status_code == 200, answer.text
    return {lead["leadId"].removeprefix("lead_") for lead in answer.json()["data"]["leads"]}


def test_terms_and_all_mistakes_of_a_query_are_told(client: Client) -> None:
    assert checked(client, 'unti:Centro maria has:"emial"') == {
        "terms": [
            {"from": 0, "to": 11, "text": "unti:Centro"},
            {"from": 12, "to": 17, "text": "maria"},
            {"from": 18, "to": 29, "text": 'has:"emial"'},
        ],
        "problems": [
            {
                "from": 0,
                "to": 4,
                "code": "search_field_unknown",
                "message": "no field has this name (did you mean unit?); "
                "to search for the text itself, put it in quotes",
                "suggestion": "unit",
            },
            {
                "from": 22,
                "to": 29,
                "code": "search_near",
                "message": "did you mean email?",
                "suggestion": "email",
            },
        ],
    }
    assert checked(client, "") == {"terms": [], "problems": []}
    assert [problem["code"] for problem in checked(client, "x" * 1_001)["problems"]] == ["search_too_long"]


def test_fields_and_fixed_values(client: Client, server: Leadloop) -> None:
    assert offered(client, q="sta")[:2] == [
        {"value": "stage:", "label": "stage"},
        {"value": "status:", "label": "status"},
    ]
    assert values(client, "stage") == ["NEW", "ACTIVE", "COMPLETE", "LOST"]
    manager = server.client(["account:manage"], client.account_id)
    assert manager.leadsail("PATCH", "account", json={"stageOrder": ["Proposta enviada", "Visita"]}).status_code == 200
    manager.close()
    assert values(client, "stage", "prop") == ['"Proposta enviada"']
    assert values(client, "STAGE")[-2:] == ['"Proposta enviada"', "Visita"]
    assert "today" in values(client, "created")
    assert values(client, "phone") == []
    assert "me" not in values(client, "user"), "a key is nobody's"


def test_a_field_that_does_not_exist_is_refused(client: Client) -> None:
    answer = client.leadsail("GET", "search/values", params={"field": "unti"})
    assert answer.status_code == 400
    assert answer.json()["error"]["details"][0].startswith("field: must be one of stage, status")
    answer = client.leadsail("GET", "search/values", params={"field": "tag", "q": "a\x00"})
    assert answer.status_code == 400


def test_entries_of_the_catalogue_are_offered(client: Client) -> None:
    for name in ("São Paulo", "Santos", "Recife", "Visão"):
        create(client, "units", id=name, name=name)
    act(client, "units", "Santos", "archive")
    assert offered(client, "unit", "SÃ") == [
        {"value": '"São Paulo"', "label": "São Paulo"},
        {"value": "Visão", "label": "Visão"},
        {"value": "Santos", "label": "Santos"},
    ]
    client.new_lead(source="Feira do Imóvel")
    assert values(client, "source", "feira") == ['"Feira do Imóvel"']


def test_campaigns_and_parameters_are_those_of_the_newest_leads(client: Client) -> None:
    for campaign in ("SOL26", "Verão, 26", "sol26"):
        client.new_leadsail_lead(campaignId=campaign)
    client.new_lead(utmSource="Google Ads")
    assert values(client, "campaign") == ["sol26", '"Verão, 26"']
    assert values(client, "utm_source", "ads") == ['"Google Ads"']
    assert values(client, "utm_term") == values(client, "client") == []


def test_a_completed_value_finds_exactly_the_leads_that_have_it(client: Client) -> None:
    leads = {
        name: client.new_lead(tags=[{"name": name}], leadAttributionUser={"userName": name}, unit={"name": name})
        for name in HOSTILE_NAMES
    }
    client.new_lead(name="nobody")
    for field in ("tag", "user", "unit"):
        completions = {completion["label"]: completion["value"] for completion in offered(client, field)}
        assert completions.keys() == leads.keys()
        for name, lead_id in leads.items():
            assert found(client, f"{field}:{completions[name]}") == {lead_id}, (field, name)
            assert found(client, f"{field}:{completions[name]} -stage:LOST") == {lead_id}


def test_entries_of_one_name_and_renamed_ones_find_their_own_leads(client: Client) -> None:
    first = client.new_lead(leadAttributionUser={"id": "u1", "userName": "Ana"})
    second = client.new_lead(leadAttributionUser={"id": "u2", "userName": "ana"})
    shown = {completion["label"]: completion["value"] for completion in offered(client, "user", "ana")}
    assert {frozenset(found(client, f"user:{value}")) for value in shown.values()} == {
        frozenset({first}),
        frozenset({second}),
    }
    tagged = client.new_lead(tags=[{"id": "t1", "name": "quente"}])
    update(client, "tags", "t1", {"name": "urgente"})
    later = client.new_lead(tags=[{"id": "t1"}])
    (value,) = values(client, "tag", "urg")
    assert found(client, f"tag:{value}") == {tagged, later}


@pytest.mark.parametrize("path", ["search/check", "search/values"])
def test_only_a_key_that_may_read_leads_gets_help(client: Client, path: str) -> None:
    answer = client.http.get(f"/api/v1/{path}", headers={"X-API-Key": "ll_live_x"})
    assert answer.status_code == 401
