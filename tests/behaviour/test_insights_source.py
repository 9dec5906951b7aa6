"""Insights of one source: by its name in any case, or by the id of a custom one."""

from typing import Any

import pytest

from lab.server import Client
from tests.support.insights import ARRAYS

PERIOD = {"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
SALE: dict[str, Any] = {"status": "COMPLETE", "saleValue": 1, "type": "FORM"}


def insights(client: Client, source: str) -> dict[str, Any]:
    answer = client.expad("GET", "insights", params={**PERIOD, "source": source})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def total(client: Client, source: str) -> int:
    answer = insights(client, source)
    totals: set[int] = {
        sum(element["value"] for element in answer[name])
        for name in ARRAYS
        if name not in ("attributionUserPerformances", "productPerformances")
    }
    totals.add(sum(user["leadCount"] for user in answer["attributionUserPerformances"]))
    assert len(totals) == 1
    return totals.pop()


@pytest.fixture
def leads(client: Client) -> Client:
    """Three of Google, two of one custom source under changing names, one without a name, one of a fair."""
    product = {"leadProducts": [{"amount": 1, "product": {"id": "p1", "name": "Casa", "value": 2}}]}
    for source in ("GOOGLE", "google", "Google"):
        client.new_lead(source=source, leadCart=product, **SALE)
    client.new_lead(source="Mutirão", customLeadSourceId="own-1")
    client.new_lead(source="Mutirão São João", customLeadSourceId="own-1", leadCart=product, **SALE)
    client.new_lead(source="CUSTOM")
    client.new_lead(source="Feira")
    return client


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("GOOGLE", 3),
        ("gOOgle", 3),
        ("own-1", 2),
        ("Mutirão São João", 2),
        ("MUTIRÃO SÃO JOÃO", 2),
        ("Mutirao Sao Joao", 0),
        ("Mutirão", 0),
        ("feira", 1),
        ("custom", 1),
        ("OWN-1", 0),
        ("FACEBOOK", 0),
        ("nothing has this", 0),
        ("%", 0),
        ("", 7),
    ],
)
def test_a_source(leads: Client, source: str, count: int) -> None:
    assert total(leads, source) == count


def test_an_unknown_source_gives_empty_arrays(leads: Client) -> None:
    assert insights(leads, "unknown") == {name: [] for name in ARRAYS}


def test_products_are_those_of_the_source(leads: Client) -> None:
    assert [row["count"] for row in insights(leads, "google")["productPerformances"]] == [3]
    assert [row["count"] for row in insights(leads, "own-1")["productPerformances"]] == [1]
    assert insights(leads, "feira")["productPerformances"] == []


def test_the_key_of_each_source_finds_what_it_counts(leads: Client) -> None:
    answer = leads.expad("GET", "insights", params=PERIOD).json()
    for element in answer["sourcePerformances"]:
        assert total(leads, element["key"]) == element["value"]


def test_a_custom_source_is_found_by_the_id_that_the_lead_shows(client: Client) -> None:
    lead_id = client.new_lead(source="Feira")
    assert total(client, client.get(lead_id)["customLeadSourceId"]) == 1
