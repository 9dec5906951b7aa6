"""A lead's `currency`: an Expad extension, set only where it differs from the account's."""

from typing import Any

import pytest

from lab.server import Client, Leadloop
from tests.support.accounts import set_options
from tests.support.feed import records, values_by_field

DRY = {"Prefer": "dry-run"}


def currencies(client: Client, lead_id: str) -> list[tuple[Any, Any]]:
    """The changes of the lead's currency, before and after."""
    changes = map(values_by_field, records(client, f"leads/lead_{lead_id}/changes", full="true"))
    return [fields["/expad/currency"] for fields in changes if "/expad/currency" in fields]


def test_a_currency_is_stored_in_capitals_and_null_or_nothing_clears_it(client: Client) -> None:
    lead_id = client.new_lead(currency=" usd ", saleValue=5)
    assert client.patch(lead_id, {"currency": "USD"})["version"] == 1
    assert client.patch(lead_id, {"currency": "Usd"})["changed"] == []
    assert client.patch(lead_id, {"currency": "eur", "note": "x"})["changed"] == ["/currency", "/note"]
    assert client.patch(lead_id, {"note": "y"})["changed"] == ["/note"]
    assert client.patch(lead_id, {"currency": None})["version"] == 4
    assert client.patch(lead_id, {"currency": ""})["version"] == 4
    client.patch(lead_id, {"currency": "JPY"})
    client.patch(lead_id, {"currency": ""})
    assert currencies(client, lead_id) == [
        *((None, "USD"), ("USD", "EUR"), ("EUR", None)),
        *((None, "JPY"), ("JPY", None)),
    ]


def test_the_currency_of_the_account_is_none_of_the_leads_own(server: Leadloop, client: Client) -> None:
    set_options(server, client, currency="BRL")
    lead_id = client.new_lead(currency="BRL")
    assert client.patch(lead_id, {"currency": "brl"})["changed"] == []
    assert client.patch(lead_id, {"currency": "USD"})["changed"] == ["/currency"]
    assert client.patch(lead_id, {"currency": "BRL"})["changed"] == ["/currency"]
    assert currencies(client, lead_id) == [(None, "USD"), ("USD", None)]


def test_another_currency_of_the_account_changes_no_lead(server: Leadloop, client: Client) -> None:
    lead_id = client.new_lead(currency="BRL")
    set_options(server, client, currency="BRL")
    assert currencies(client, lead_id) == [(None, "BRL")]
    assert client.patch(lead_id, {"note": "x"})["changed"] == ["/note"]
    set_options(server, client, currency="USD")
    assert client.patch(lead_id, {"currency": "BRL"})["changed"] == []
    assert client.patch(lead_id, {"currency": "USD"})["changed"] == ["/currency"]
    assert currencies(client, lead_id) == [(None, "BRL"), ("BRL", None)]


def test_get_and_leadsail_do_not_show_it_and_get_can_be_sent_back(client: Client) -> None:
    lead_id = client.new_lead(currency="USD")
    shown = client.get(lead_id)
    assert "currency" not in shown and "currency" not in client.get_leadsail(f"lead_{lead_id}")
    assert client.patch(lead_id, shown)["changed"] == []
    assert client.patch_leadsail(f"lead_{lead_id}", {"currency": "USD"}).status_code == 400


@pytest.mark.parametrize("value", ["R$", "BRLX", "XXX", "  ", 986, True, ["BRL"], {"code": "BRL"}])
def test_other_values_are_refused_and_not_repeated(client: Client, value: object) -> None:
    lead_id = client.new_lead(currency="USD")
    answer = client.expad("PATCH", f"lead/{lead_id}", json={"currency": value, "note": "x"})
    assert answer.status_code == 400
    assert "currency" in answer.json()["message"]
    assert str(value).strip() == "" or str(value) not in answer.text
    assert len(currencies(client, lead_id)) == 1 and client.get(lead_id)["note"] == ""


def test_a_dry_run_shows_it_and_a_revert_restores_it(server: Leadloop, client: Client) -> None:
    set_options(server, client, currency="BRL")
    lead_id = client.new_lead(currency="USD")
    plan = client.patch(lead_id, {"currency": "brl"}, headers=DRY)
    assert plan["changed"] == [{"field": "/currency", "before": "USD", "after": ""}]
    client.patch(lead_id, {"currency": "EUR"})
    assert client.leadsail("POST", f"leads/lead_{lead_id}/revert", json={"version": 1}).status_code == 200
    assert currencies(client, lead_id) == [(None, "USD"), ("USD", "EUR"), ("EUR", "USD")]


def test_a_base_version_protects_it(server: Leadloop, client: Client) -> None:
    set_options(server, client, currency="BRL")
    lead_id = client.new_lead()
    client.patch(lead_id, {"currency": "EUR"})
    base = {"Leadloop-Base-Version": "1"}
    assert client.patch(lead_id, {"currency": "BRL", "note": "x"}, headers=base)["changed"] == ["/note"]
    answer = client.expad("PATCH", f"lead/{lead_id}", json={"currency": "USD"}, headers=base)
    assert answer.status_code == 409
    assert currencies(client, lead_id) == [(None, "EUR")]
