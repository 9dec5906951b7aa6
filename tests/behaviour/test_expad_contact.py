"""A lead keeps at least one of name, e-mail and phone; `duplicate` counts the leads of the same contact."""

from typing import Any

import pytest

from lab.server import Client

CONTACT = {"name": "Ana Souza", "email": "ana@example.com", "phoneNumber": "+55 11 98765-4321"}


@pytest.mark.parametrize("cleared", ["", None])
@pytest.mark.parametrize("last", CONTACT)
def test_the_last_of_them_cannot_be_cleared(client: Client, last: str, cleared: str | None) -> None:
    lead_id = client.new_lead(**{"name": "", **CONTACT})
    client.patch(lead_id, {name: cleared for name in CONTACT if name != last})
    answer = client.expad("PATCH", f"lead/{lead_id}", json={last: cleared, "companyName": "X"})
    assert answer.status_code == 400
    assert last in answer.json()["message"]
    lead = client.get(lead_id)
    assert (lead[last], lead["companyName"]) == (CONTACT[last], "")


@pytest.mark.parametrize("cleared", ["", None])
def test_nor_can_all_at_once(client: Client, cleared: str | None) -> None:
    lead_id = client.new_lead(**CONTACT)
    answer = client.expad("PATCH", f"lead/{lead_id}", json=dict.fromkeys(CONTACT, cleared))
    assert answer.status_code == 400
    assert client.get(lead_id)["name"] == CONTACT["name"]


def test_one_may_go_as_another_comes(client: Client) -> None:
    lead_id = client.new_lead(name="Ana")
    client.patch(lead_id, {"name": None, "email": "ana@example.com"})
    lead = client.get(lead_id)
    assert (lead["name"], lead["email"]) == ("", "ana@example.com")


NOBODY = ["-", " ", "\u00a0", "...", "@", "\ufeff", "—", "😀", "() -"]


@pytest.mark.parametrize("nobody", NOBODY)
def test_a_contact_without_a_letter_or_a_digit_does_not_count(client: Client, nobody: str) -> None:
    assert client.expad("POST", json=dict.fromkeys(CONTACT, nobody)).status_code == 400
    lead_id = client.new_lead(name="Ana", email=nobody)
    for body in ({"name": nobody}, {"name": nobody, "email": ""}, {"name": "", "phoneNumber": nobody}):
        answer = client.expad("PATCH", f"lead/{lead_id}", json=body)
        assert answer.status_code == 400 and "name" in answer.json()["message"]
    assert client.patch(lead_id, {"phoneNumber": nobody, "name": "Bia"})["version"] == 2
    assert client.patch(lead_id, {"name": nobody, "email": "bia@example.com"})["version"] == 3


@pytest.mark.parametrize("name", ["7", "é", "李", "ª", "٣"])
def test_a_letter_or_digit_of_any_script_says_something(client: Client, name: str) -> None:
    assert client.get(client.new_lead(name=name))["name"] == name


@pytest.mark.parametrize("body", [{}, {"companyName": "X"}, dict.fromkeys(CONTACT, ""), dict.fromkeys(CONTACT)])
def test_a_create_needs_one(client: Client, body: dict[str, Any]) -> None:
    answer = client.expad("POST", json=body)
    assert answer.status_code == 400
    assert all(name in answer.json()["message"] for name in CONTACT)


@pytest.mark.parametrize("name", CONTACT)
def test_any_one_will_do(client: Client, name: str) -> None:
    answer = client.expad("POST", json={name: CONTACT[name]})
    assert answer.status_code == 200
    assert answer.json()[name] == CONTACT[name]


def test_duplicate_counts_the_others_of_the_same_email_or_phone(client: Client) -> None:
    first = client.new_lead(email="ana@example.com", phoneNumber="+55 11 98765-4321")
    second = client.new_lead(email="ANA@example.com ")
    third = client.new_lead(phoneNumber="(11) 98765-4321")
    assert [client.get(lead_id)["duplicate"] for lead_id in (first, second, third)] == [0, 1, 1]
    client.patch(second, {"phoneNumber": "11 98765 4321"})
    assert client.get(second)["duplicate"] == 2
    client.patch(second, {"email": "other@example.com", "phoneNumber": None})
    assert client.get(second)["duplicate"] == 0
