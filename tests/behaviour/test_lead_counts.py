"""How many leads a search finds, in all and by stage, with their values."""

from typing import Any

import pytest

from lab.server import Client, Leadloop
from tests.support.accounts import set_options


def count(client: Client, **query: Any) -> dict[str, Any]:
    return read(client, "leads/count", **query)


def stages(client: Client, **query: Any) -> list[dict[str, Any]]:
    return list(read(client, "leads/stages", **query)["stages"])


def read(client: Client, path: str, **query: Any) -> dict[str, Any]:
    answer = client.leadsail("GET", path, params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def numbers(client: Client, **query: Any) -> dict[str, int]:
    return {row["stage"]: row["count"] for row in stages(client, **query)}


def test_leads_are_counted_by_search_and_filters(client: Client) -> None:
    assert count(client) == {"count": 0, "exact": True}
    ids = [client.new_lead(name=f"Ana {n}") for n in range(3)]
    client.new_lead(name="Bia")
    client.patch(ids[0], {"status": "ACTIVE"})
    assert count(client) == {"count": 4, "exact": True}
    assert count(client, search="ana") == {"count": 3, "exact": True}
    assert count(client, q="ana -stage:active")["count"] == 2
    assert count(client, search="ana", status="qualified")["count"] == 1
    assert count(client, startDate="2020-01-01", endDate="2020-12-31")["count"] == 0
    assert client.leadsail("DELETE", f"leads/lead_{ids[1]}").status_code == 200
    assert count(client, search="ana")["count"] == 2


@pytest.mark.parametrize("path", ["leads/count", "leads/stages"])
def test_a_mistake_is_shown_at_its_place(client: Client, path: str) -> None:
    answer = client.leadsail("GET", path, params={"search": "ana unti:Centro"})
    assert answer.status_code == 400
    assert answer.json()["error"]["details"][-2:] == ["ana unti:Centro", "    ^^^^"]
    assert client.leadsail("GET", path, params={"search": "user:me"}).status_code == 400
    assert client.leadsail("GET", path, params={"statsu": "new"}).status_code == 400
    assert client.leadsail("POST", path).status_code == 405


def test_the_four_stages_come_first_then_the_accounts_own_then_others(server: Leadloop, client: Client) -> None:
    assert numbers(client) == {"NEW": 0, "ACTIVE": 0, "COMPLETE": 0, "LOST": 0}
    set_options(server, client, stage_order=("Visita", "Análise"))
    for stage in ("NEW", "visita", "VISITA", "Triagem", "LOST", "Proposta"):
        client.patch(client.new_lead(name="Ana"), {"status": stage})
    client.patch(client.new_lead(name="Bia"), {"status": "Contrato"})
    assert list(numbers(client).items()) == [
        *(("NEW", 1), ("ACTIVE", 0), ("COMPLETE", 0), ("LOST", 1), ("Visita", 2), ("Análise", 0)),
        *(("Contrato", 1), ("Proposta", 1), ("Triagem", 1)),
    ]
    assert numbers(client, search="ana -stage:triagem") == {
        **{"NEW": 1, "ACTIVE": 0, "COMPLETE": 0, "LOST": 1},
        **{"Visita": 2, "Análise": 0, "Proposta": 1},
    }


def test_values_are_added_for_each_currency(server: Leadloop, client: Client) -> None:
    set_options(server, client, currency="BRL")
    products = {"leadProducts": [{"amount": 2, "product": {"name": "Painel", "value": 10.5}}]}
    for members in (
        {"saleValue": 1000},
        {"saleValue": 0.000001},
        {"leadCart": products},
        {"saleValue": 7, "currency": "USD"},
        {"saleValue": 5, "currency": "USD"},
        {"saleValue": 3, "currency": "EUR"},
        {"saleValue": 0, "currency": "JPY"},
        {},
    ):
        client.patch(client.new_lead(), {"status": "ACTIVE", **members})
    large = 9_000_000_000_000
    for _ in range(3):
        client.patch(client.new_lead(), {"status": "COMPLETE", "saleValue": large})
    new, active, complete, _ = stages(client)
    assert new == {"stage": "NEW", "count": 0, "exact": True, "valueMicros": 0}
    assert active == {
        **{"stage": "ACTIVE", "count": 8, "exact": True, "valueMicros": 1_021_000_001},
        "otherCurrencies": [
            {"currency": "EUR", "value": 3, "valueMicros": 3_000_000},
            {"currency": "USD", "value": 12, "valueMicros": 12_000_000},
        ],
    }
    assert complete["valueMicros"] == 3 * large * 1_000_000


def test_a_lead_cannot_be_called_count(client: Client) -> None:
    """The route of a lead does not hide these."""
    lead_id = client.new_lead()
    assert client.leadsail("GET", f"leads/lead_{lead_id}").status_code == 200
    assert client.leadsail("GET", "leads/counts").status_code == 404
