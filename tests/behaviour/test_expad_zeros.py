"""Unset is shown as zeros: sent to an unset property they leave it unset; some clear, the others are values."""

from typing import Any

import pytest

from lab.server import Client
from tests.wire.expad_schema import LEAD, OWNED, zero
from tests.wire.expad_values import FULL, lacks

TEXTS = sorted(name for name, kind in LEAD.items() if kind == "s" and name not in (*OWNED, "source", "type", "status"))
ZEROS = {name: zero(kind) for name, kind in LEAD.items() if name not in (*OWNED, "name", "source", "type", "status")}


def test_all_zeros_sent_to_an_unset_lead_leave_it_unset(client: Client) -> None:
    lead_id = client.new_lead()
    before = client.get(lead_id)
    answer = client.patch(lead_id, ZEROS)
    assert (answer["version"], answer["changed"]) == (1, [])
    assert client.get(lead_id) == before


def test_each_alone(client: Client) -> None:
    lead_id = client.new_lead()
    for name, value in ZEROS.items():
        assert client.patch(lead_id, {name: value})["changed"] == [], name


def test_a_lead_created_with_all_zeros_is_one_without(client: Client) -> None:
    lead, plain = client.get(client.new_lead(**ZEROS)), client.get(client.new_lead())
    for name in set(LEAD) - {"id", "createdDate", "leadDate"}:
        assert lead[name] == plain[name]
    assert lead["leadDate"] == lead["createdDate"]


def test_an_empty_string_clears_a_text(client: Client) -> None:
    lead_id = client.new_lead(**FULL)
    for name in TEXTS:
        assert client.patch(lead_id, {name: ""})["changed"] == [f"/{name}"]
        assert client.get(lead_id)[name] == ""
        client.patch(lead_id, {name: FULL[name]})
    assert list(lacks(FULL, client.get(lead_id))) == []


VALUES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"callDuration": 93}, {"callDuration": 0}),
    ({"googleCampaignId": 5}, {"googleCampaignId": 0}),
    ({"aiData": {"isActive": True}}, {"aiData": {"hasCollectedData": False, "isActive": False}}),
    ({"conversionSteps": {"a": True}}, {"conversionSteps": {"a": False}}),
]


@pytest.mark.parametrize(("before", "after"), VALUES)
def test_other_zeros_and_false_are_values(client: Client, before: dict[str, Any], after: dict[str, Any]) -> None:
    lead_id = client.new_lead(**before)
    client.patch(lead_id, after)
    lead = client.get(lead_id)
    assert {name: lead[name] for name in after} == after


@pytest.mark.parametrize("zero_value", [0, 0.0, "0", "0.00"])
def test_a_sale_value_of_zero_is_unset(client: Client, zero_value: object) -> None:
    lead_id = client.new_lead(saleValue=10)
    client.patch(lead_id, {"saleValue": zero_value})
    assert client.get(lead_id)["saleValue"] == 0
    assert client.patch(lead_id, {"saleValue": None})["changed"] == []


def test_zeros_never_derive_a_source_on_a_lead_of_leadsail(client: Client) -> None:
    lead_id = client.new_leadsail_lead().removeprefix("lead_")
    client.patch(lead_id, {name: value for name, value in ZEROS.items() if "google" in name or "facebook" in name})
    assert client.get(lead_id)["source"] == "API"
    client.patch(lead_id, {"googleFormId": 7})
    assert client.get(lead_id)["source"] == "GOOGLE"
    client.patch(lead_id, {"googleFormId": 0})
    assert client.get(lead_id)["source"] == "API"
