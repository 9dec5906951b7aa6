"""Names are compared in one way: two spellings are one thing; an ambiguous name refers to nothing."""

import unicodedata
from typing import Any

import pytest

from lab.server import Client
from tests.behaviour.test_catalogue_learning import KINDS, named
from tests.behaviour.test_insights_free_catalogue import KINDS as DIMENSIONS
from tests.behaviour.test_insights_free_catalogue import groups, key
from tests.support.catalogue import act, create, listed, set_attribution, update

PERIOD = {"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
NFC, NFD = (unicodedata.normalize(form, "São José") for form in ("NFC", "NFD"))
SPELLINGS = (NFC, NFD, " São  José ", "SÃO JOSÉ", unicodedata.normalize("NFD", "são\u00a0josé"))


def arrays(client: Client, **query: str) -> dict[str, Any]:
    answer = client.expad("GET", "insights", params={**PERIOD, **query})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def rows(client: Client, name: str, **query: str) -> dict[str, int]:
    return {row["key"]: row["value"] for row in arrays(client, **query)[f"{name}Performances"]}


def users(client: Client) -> list[tuple[str, str, int, int]]:
    rows = arrays(client)["attributionUserPerformances"]
    return sorted((row["id"], row["name"], row["leadCount"], row["saleValueMicros"]) for row in rows)


def total(client: Client, **query: str) -> int:
    answer = client.expad("GET", params=query)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["leads"]) == answer.json()["total"]
    return int(answer.json()["total"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_in_any_spelling_is_one_entry(client: Client, kind: str) -> None:
    for name in SPELLINGS:
        client.new_lead(**named(kind, {"name": name}))
    [entry] = listed(client, kind)
    assert entry["name"] == SPELLINGS[0]
    client.new_lead(**named(kind, {"name": "Sao Jose"}))
    assert len(listed(client, kind)) == 2, "accents count"


@pytest.mark.parametrize(("by", "kind"), [*DIMENSIONS.items(), ("source", "sources"), ("type", "types")])
def test_a_name_in_any_spelling_is_one_row_and_each_spelling_filters_it(client: Client, by: str, kind: str) -> None:
    for name in SPELLINGS:
        client.new_lead(status="COMPLETE", saleValue=1, **named(kind, {"name": name}))
    client.new_lead(**named(kind, {"name": "Sao Jose"}))
    assert groups(client, by) == [(key(by, None, SPELLINGS[0]), 5), (key(by, None, "Sao Jose"), 1)]
    for name in SPELLINGS:
        assert groups(client, by, **{by: name}) == [(key(by, None, SPELLINGS[0]), 5)]


@pytest.mark.parametrize("kind", ["users", "products", "sources", "types"])
def test_a_name_in_any_spelling_is_one_row_of_the_arrays(client: Client, kind: str) -> None:
    for name in SPELLINGS:
        client.new_lead(status="COMPLETE", saleValue=1, **named(kind, {"name": name}))
    if kind == "users":
        assert users(client) == [("", SPELLINGS[0], 5, 5_000_000)]
    elif kind == "products":
        assert [row["count"] for row in arrays(client)["productPerformances"]] == [5]
    else:
        assert rows(client, kind[:-1])[SPELLINGS[0]] == 5


@pytest.mark.parametrize("kind", KINDS)
def test_the_exact_spelling_wins(client: Client, kind: str) -> None:
    for thing in ({"id": "k1", "name": "Kit"}, {"id": "k2", "name": "kit"}):
        client.new_lead(**named(kind, thing))
    for name, wanted in (("Kit", "k1"), ("kit", "k2"), ("KIT", None)):
        lead_id = client.new_lead(**named(kind, {"name": name}))
        assert (wanted is None) is not (f'"{wanted}"' in str(client.get(lead_id)).replace("'", '"'))


def test_a_name_of_an_entry_in_another_spelling_is_taken(client: Client) -> None:
    create(client, "units", id="u1", name=NFC)
    answer = client.leadsail("POST", "catalogue/units", json={"id": "u2", "name": NFD})
    assert answer.status_code == 409, answer.text


def test_money_of_a_name_that_two_have_goes_to_neither(client: Client) -> None:
    create(client, "users", id="u1", name="Ana Souza", email="a@example.com")
    create(client, "users", id="u2", name="Ana Souza", email="b@example.com")
    for thing in ({"id": "p1", "name": "Kit"}, {"id": "p2", "name": "Kit"}):
        client.new_lead(**named("products", thing))
    line = {"amount": 2, "product": {"name": "kit"}, "value": 30}
    sale = {"status": "COMPLETE", "saleValue": 7, "leadCart": {"leadProducts": [line]}}
    lead_id = client.new_lead(leadAttributionUser={"userName": "ana souza"}, **sale)
    client.new_lead(leadAttributionUser={"id": "u2"}, status="COMPLETE", saleValue=1)
    assert client.get(lead_id)["leadAttributionUser"]["id"] == ""
    assert users(client) == [
        ("", "Sem atribuição", 2, 0),
        ("", "ana souza", 1, 7_000_000),
        ("u2", "Ana Souza", 1, 1_000_000),
    ]
    [product] = arrays(client)["productPerformances"]
    assert (product["id"], product["name"], product["count"], product["saleValue"]) == ("", "kit", 2, 30)
    assert (key("product", None, "kit"), 1) in groups(client, "product", product="kit")
    by_user = groups(client, "user")
    assert (key("user", None, "ana souza"), 1) in by_user
    assert (key("user", "u2", "Ana Souza", email="b@example.com"), 1) in by_user
    assert len(listed(client, "users")) == 2 and len(listed(client, "products")) == 2, "nothing is learnt of it"


def test_a_source_that_two_have_the_name_of_is_nobody_s(client: Client) -> None:
    client.new_lead(source="Feira")
    create(client, "sources", id="s1", name="Feira")
    client.new_lead(source="Stand", customLeadSourceId="s2")
    client.patch(client.new_lead(source="feira", customLeadSourceId="s2"), {})
    for _ in range(3):
        client.new_lead(source="FEIRA ")
    assert groups(client, "source") == [
        (key("source", None, "FEIRA "), 4),
        (key("source", "s2", "feira"), 2),
    ]
    assert rows(client, "source") == {"FEIRA ": 6}
    assert total(client, source="s2") == 2 and total(client, source="feira") == 6


def test_leads_of_an_ambiguous_unit_are_not_given_to_its_users(client: Client) -> None:
    for n in ("1", "2"):
        client.new_lead(unit={"id": f"c{n}", "name": "Centro"})
    create(client, "users", id="ana", name="Ana", isRealUser=True, unitIds=["c1"])
    create(client, "users", id="bia", name="Bia", isRealUser=True)
    set_attribution(client, True)
    assert client.get(client.new_lead(unit={"name": "Centro"}))["leadAttributionUser"] is None
    assert client.get(client.new_lead(unit={"id": "c1"}))["leadAttributionUser"]["id"] == "ana"


def test_equal_names_within_a_lead_are_one_tag(client: Client) -> None:
    lead_id = client.new_lead(tags=[{"name": "VIP"}, {"name": "vip "}, {"name": NFC}, {"name": NFD}])
    assert [tag["name"] for tag in client.get(lead_id)["tags"]] == ["VIP", NFC]
    answer = client.leadsail("PATCH", f"leads/lead_{lead_id}", json={"tags": ["vip", NFD]})
    assert answer.status_code == 200
    answer = client.expad("PATCH", f"lead/{lead_id}", json={"tags": [{"name": "Vip"}, {"name": NFD}]})
    assert answer.json()["version"] == 1 and answer.json()["changed"] == []
    client.leadsail("PATCH", f"leads/lead_{lead_id}", json={"tags": ["vip", "new", "NEW ", "VIP"]})
    assert [tag["name"] for tag in client.get(lead_id)["tags"]] == ["VIP", "new"]


def test_custom_is_the_leads_without_a_custom_source_everywhere(client: Client) -> None:
    bodies: list[dict[str, Any]] = [{"source": "CUSTOM"}] * 4
    bodies += [{"source": "Feira"}, {"source": "feira"}, {"customLeadSourceId": "s9"}, {"source": "Rádio"}]
    for body in (*bodies, {"source": "GOOGLE"}, {"source": "GOOGLE"}):
        client.new_lead(**body)
    assert rows(client, "source") == {"CUSTOM": 4, "Feira": 2, "GOOGLE": 2, "Rádio": 1, "s9": 1}
    assert {(shown["id"], shown["name"]): n for shown, n in groups(client, "source")} == {
        (None, "CUSTOM"): 4,
        (None, "Feira"): 2,
        (None, "GOOGLE"): 2,
        (None, "Rádio"): 1,
        ("s9", None): 1,
    }
    for name, leads in rows(client, "source").items():
        assert rows(client, "source", source=name) == {name: leads}
        assert total(client, source=name) == leads
        assert sum(n for _, n in groups(client, "source", source=name)) == leads


def test_a_custom_type_is_a_filter_of_the_list_by_its_present_name(client: Client) -> None:
    for kind in ("Visita", "visita ", "FORM", "LEAD_TYPE_FORM", "CUSTOM", ""):
        client.new_lead(type=kind)
    [entry] = listed(client, "types")
    assert total(client, type="VISITA") == 2 and total(client, type="form") == 2
    assert total(client, type="LEAD_TYPE_CUSTOM") == total(client, type="custom") == 1
    assert total(client, type="LEAD_TYPE_UNSPECIFIED") == 1
    update(client, "types", entry["id"], {"name": "Tour"})
    assert total(client, type="tour") == total(client, type=entry["id"]) == 2 and total(client, type="Visita") == 0
    create(client, "types", id="t2", name="Visita")
    client.new_lead(type="VISITA")
    assert total(client, type="Visita") == total(client, type="t2") == 1 and total(client, type="Tour") == 2
    act(client, "types", "t2", "archive")
    assert total(client, type="Visita") == 1


def test_stages_of_other_spellings_are_one(client: Client) -> None:
    for stage in ("Em visita", "em  VISITA", "COMPLETE", "complete"):
        client.new_lead(status=stage, saleValue=5)
    assert rows(client, "status") == {"COMPLETE": 2, "Em visita": 2}
    assert total(client, status="EM VISITA") == 2 and total(client, status="Complete") == 2
    [own, _] = sorted(groups(client, "stage"), key=lambda group: str(group[0]).upper(), reverse=True)
    assert own[1] == 2 and groups(client, "stage", stage="EM visita") == [own]
    answer = client.leadsail("GET", "insights/funnel", params=PERIOD).json()["data"]
    assert [stage["leads"] for stage in answer["stages"]] == [0, 0, 2, 0, 2]
