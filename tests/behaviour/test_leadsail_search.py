"""`search` of the LeadSail list: by name, e-mail, phone and id."""

import pytest

from lab.server import Client

CONTACT = {"firstName": "José", "lastName": "O'Conceição", "email": "jose.c+tag@example.com", "phone": "(555) 123-4567"}

FOUND = {
    "name": ["José", "jose", "JOSE", "o'conceicao", "josé o'conceição", "Jose  O'Con", " jose ", "conce", "jos%"],
    "e-mail": ["jose.c+tag@example.com", "JOSE.C+TAG@EXAMPLE.COM", "jose.c", "@example.com"],
    "phone": ["555-123-4567", "5551234567", "+1 555 123 4567", "(555) 123-4567", "123.4567", "4567"],
}
NOT_FOUND = [
    "j_se",
    "ose",
    "joses",
    "@example.org",
    "555-123-4568",
    "555 123",
    "user4567@example.com",
    "lead_",
]


@pytest.mark.parametrize("by", FOUND)
def test_a_lead_is_found(client: Client, by: str) -> None:
    lead = client.new_leadsail_lead(**CONTACT)
    client.new_leadsail_lead(firstName="Mary", lastName="Jones", email="m@example.net", phone="(212) 765-0000")
    for text in FOUND[by]:
        answer = client.leadsail("GET", params={"search": text})
        assert [lead["leadId"] for lead in answer.json()["data"]["leads"]] == [lead], text


def test_a_lead_is_found_by_its_id_in_either_form(client: Client) -> None:
    lead = client.new_leadsail_lead(**CONTACT)
    client.new_leadsail_lead(**CONTACT)
    for text in (lead, lead.removeprefix("lead_"), f" {lead} "):
        answer = client.leadsail("GET", params={"search": text})
        assert [lead["leadId"] for lead in answer.json()["data"]["leads"]] == [lead]


def test_a_text_that_no_lead_contains_finds_nothing(client: Client) -> None:
    client.new_leadsail_lead(**CONTACT)
    for text in [*NOT_FOUND, "0" * 24, "x" * 1000]:
        answer = client.leadsail("GET", params={"search": text})
        assert (answer.status_code, answer.json()["data"]["leads"]) == (200, []), text


def test_an_empty_search_is_none(client: Client) -> None:
    client.new_leadsail_lead(**CONTACT)
    for text in ("", " ", "\t"):
        assert len(client.leadsail("GET", params={"search": text}).json()["data"]["leads"]) == 1


@pytest.mark.parametrize("written", ["11 98765-4321", "(11) 8765-4321", "+55 11 98765-4321", "5511987654321"])
def test_a_brazilian_mobile_is_found_with_and_without_its_ninth_digit(client: Client, written: str) -> None:
    lead = client.new_lead(phoneNumber=written)
    for text in ("11987654321", "1187654321", "+55 (11) 98765-4321", "55 11 8765-4321", "98765-4321", "8765-4321"):
        answer = client.leadsail("GET", params={"search": text})
        assert [lead["leadId"] for lead in answer.json()["data"]["leads"]] == [f"lead_{lead}"], text


def test_another_accounts_leads_are_never_found(client: Client) -> None:
    answer = client.leadsail("GET", params={"search": "mary"})
    assert answer.json()["data"]["leads"] == []
