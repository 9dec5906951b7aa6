"""Account settings over HTTP: shown, changed, kept, and effective (own.md sections 3 and 4)."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lab.server import Client, Leadloop
from tests.support.members import audit, data

DEFAULTS: dict[str, Any] = {
    "mode": "live",
    "currency": None,
    "timeZone": None,
    "language": None,
    "country": None,
    "agentsSee": "all",
    "requireVersion": False,
    "autoAttribution": False,
    "contactGoalMinutes": None,
    "officeHours": None,
    "stageOrder": [],
}
ALL = {
    "name": "Clínica São João",
    "currency": "BRL",
    "timeZone": "America/Sao_Paulo",
    "language": "pt-BR",
    "country": "BR",
    "agentsSee": "own",
    "requireVersion": True,
    "autoAttribution": True,
    "contactGoalMinutes": 15,
    "officeHours": {
        "monday": [{"from": "08:00", "to": "12:00"}, {"from": "13:30", "to": "18:00"}],
        "saturday": [{"from": "00:00", "to": "24:00"}],
    },
    "stageOrder": ["Visita", "Proposta"],
}


@pytest.fixture
def manager(server: Leadloop) -> Iterator[Client]:
    manager = server.client(["leads:read", "leads:write", "account:manage"])
    yield manager
    manager.close()


def eventually(check: Callable[[], bool]) -> None:
    """Servers notice a changed account within 5 seconds."""
    deadline = time.monotonic() + 30
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_new_account_has_defaults(manager: Client) -> None:
    shown = data(manager, "GET", "account")
    assert shown == {"id": manager.account_id, "name": "test", **DEFAULTS}


def test_every_setting_is_kept_and_can_be_reset(manager: Client) -> None:
    whole = {"id": manager.account_id, "mode": "live", **ALL}
    assert data(manager, "PATCH", "account", json=ALL) == whole
    assert data(manager, "GET", "account") == whole
    assert data(manager, "PATCH", "account", json=whole) == whole
    assert data(manager, "PATCH", "account", json={"currency": "usd"}) == {**whole, "currency": "USD"}
    nulls = dict.fromkeys(ALL) | {"name": "test"}
    assert data(manager, "PATCH", "account", json=nulls) == {"id": manager.account_id, "name": "test", **DEFAULTS}


def test_a_change_is_in_the_audit_trail_and_sending_back_what_was_read_is_not(manager: Client) -> None:
    shown = data(manager, "PATCH", "account", json=ALL)
    data(manager, "PATCH", "account", json=shown)
    data(manager, "PATCH", "account", json={})
    assert audit(manager) == [("account.changed", manager.account_id)]


def test_nothing_changes_if_one_setting_is_refused(manager: Client) -> None:
    answer = manager.leadsail("PATCH", "account", json={"currency": "EUR", "contactGoalMinuts": 5, "timeZone": "x y"})
    assert answer.status_code == 400
    assert answer.json()["error"]["details"] == [
        "contactGoalMinuts: is not a known field; did you mean contactGoalMinutes?",
        "timeZone: must be an IANA time zone such as America/Sao_Paulo",
    ]
    assert "x y" not in answer.text
    assert data(manager, "GET", "account")["currency"] is None


def test_a_required_version_takes_effect(manager: Client) -> None:
    lead_id = manager.new_lead()
    data(manager, "PATCH", "account", json={"requireVersion": True})
    eventually(lambda: manager.expad("PATCH", f"lead/{lead_id}", json={"cpf": "1"}).status_code == 428)


def test_the_two_switches_of_assignment_are_one(manager: Client) -> None:
    assert data(manager, "PATCH", "account", json={"autoAttribution": True})["autoAttribution"] is True
    assert data(manager, "GET", "attribution") == {"enabled": True}
    assert data(manager, "PATCH", "attribution", json={"enabled": False}) == {"enabled": False}
    assert data(manager, "GET", "account")["autoAttribution"] is False
    assert audit(manager) == [("account.changed", manager.account_id)] * 2


def test_a_changed_country_renews_the_keys_of_phones(manager: Client) -> None:
    """A phone without a country code is found in the account's country."""
    lead_id = manager.new_lead(phoneNumber="(201) 555-0123")
    data(manager, "PATCH", "account", json={"country": "US"})

    def is_found() -> bool:
        query = {"search": 'phone:"+1 201 555 0123"'}
        return lead_id in manager.leadsail("GET", "leads", params=query).text

    eventually(is_found)


def test_reading_needs_leads_read_and_changing_account_manage(server: Leadloop, manager: Client) -> None:
    for scopes, may_read, may_change in ((["leads:read"], 200, 403), (["account:manage"], 403, 200)):
        client = server.client(scopes, manager.account_id)
        assert client.leadsail("GET", "account").status_code == may_read
        assert client.leadsail("PATCH", "account", json={"language": "en"}).status_code == may_change
        client.close()
