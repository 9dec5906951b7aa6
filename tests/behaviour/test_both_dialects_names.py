"""One lead in both dialects: its id, name, phone and e-mail (semantics section 1)."""

from datetime import datetime
from typing import Any

import pytest

from lab.server import Client
from tests.support.answers import version

SPLIT: dict[str, tuple[str | None, str | None]] = {
    "Ana Souza": ("Ana", "Souza"),
    "Ana Maria de Souza": ("Ana", "Maria de Souza"),
    "Ana": ("Ana", None),
    "Ana-Maria Souza": ("Ana-Maria", "Souza"),
    "名前": ("名前", None),
}


def _names(client: Client, lead: str) -> tuple[str | None, str | None, str]:
    shown = client.get_leadsail(lead)
    return shown.get("firstName"), shown.get("lastName"), client.get(lead)["name"]


@pytest.mark.parametrize("name", SPLIT)
def test_a_name_is_split_at_its_first_space(client: Client, name: str) -> None:
    created = client.new_lead(name=name)
    assert _names(client, created) == (*SPLIT[name], name)
    patched = client.new_leadsail_lead()
    client.patch(patched, {"name": name})
    assert _names(client, patched) == (*SPLIT[name], name)


def test_writing_either_half_rejoins_the_name(client: Client) -> None:
    lead = client.new_lead(name="Ana Maria de Souza")
    client.patch_leadsail(lead, {"firstName": "Bia"})
    assert _names(client, lead) == ("Bia", "Maria de Souza", "Bia Maria de Souza")
    client.patch_leadsail(lead, {"lastName": "Lima"})
    assert _names(client, lead) == ("Bia", "Lima", "Bia Lima")
    client.patch_leadsail(lead, {"firstName": "Ana Clara", "lastName": "de Souza"})
    assert _names(client, lead) == ("Ana Clara", "de Souza", "Ana Clara de Souza")


def test_a_last_name_for_a_lead_with_one_name(client: Client) -> None:
    lead = client.new_lead(name="Ana")
    client.patch_leadsail(lead, {"lastName": "Souza"})
    assert _names(client, lead) == ("Ana", "Souza", "Ana Souza")
    nameless = client.new_lead(name="", email="x@example.com")
    assert _names(client, nameless) == (None, None, "")
    client.patch_leadsail(nameless, {"lastName": "Souza"})
    assert _names(client, nameless) == (None, "Souza", "Souza")


def test_a_name_reads_back_unchanged_through_the_dialect_that_wrote_it(client: Client) -> None:
    lead = client.new_leadsail_lead(firstName="Ana Clara", lastName="Souza")
    assert client.patch(lead, {"name": "Ana Clara Souza"})["version"] == 1
    assert _names(client, lead)[:2] == ("Ana Clara", "Souza")
    odd = client.new_lead(name="  Ana   Souza ")
    shown = client.get_leadsail(odd)
    half = {"firstName": shown["firstName"], "lastName": shown["lastName"]}
    assert version(client.patch_leadsail(odd, half)) == 1
    assert client.get(odd)["name"] == "  Ana   Souza "


def test_clearing_the_name_clears_both_halves(client: Client) -> None:
    for empty in (None, ""):
        lead = client.new_leadsail_lead()
        client.patch(lead, {"name": empty})
        assert _names(client, lead) == (None, None, "")


def test_phone_and_e_mail(client: Client) -> None:
    lead = client.new_lead(phoneNumber="11 98765-4321", email="Ana@Example.com")
    shown = client.get_leadsail(lead)
    assert (shown["phone"], shown["email"]) == ("11 98765-4321", "Ana@Example.com")
    client.patch_leadsail(lead, {"phone": "+55 21 99999-0000", "email": "bia@example.com"})
    seen = client.get(lead)
    assert (seen["phoneNumber"], seen["email"]) == ("+55 21 99999-0000", "bia@example.com")
    client.patch(lead, {"phoneNumber": "", "email": None})
    assert {"phone", "email"}.isdisjoint(client.get_leadsail(lead))


def test_both_forms_of_an_id_are_taken_by_both(client: Client) -> None:
    for lead in (client.new_lead(), client.new_leadsail_lead()):
        bare = lead.removeprefix("lead_")
        for form in (bare, f"lead_{bare}"):
            assert client.get(form)["id"] == bare
            assert client.get_leadsail(form)["leadId"] == f"lead_{bare}"
            client.patch(form, {"note": form})
            assert client.patch_leadsail(form, {"detail": form}).status_code == 200


def test_the_moment_of_creation_is_one(client: Client) -> None:
    for lead in (client.new_lead(), client.new_leadsail_lead()):
        created = datetime.fromisoformat(client.get_leadsail(lead)["createdAt"])
        seen: dict[str, Any] = client.get(lead)
        assert seen["createdDate"] == seen["leadDate"] == round(created.timestamp() * 1_000)
        assert seen["accountId"] == client.account_id


def test_a_lead_of_another_account_is_in_neither(client: Client, server: Any) -> None:
    other = server.client()
    lead = client.new_lead()
    assert other.leadsail("GET", f"leads/{lead}").status_code == 404
    assert other.expad("GET", f"lead/{lead}").status_code == 404
    assert other.leadsail("GET").json()["data"]["leads"] == [] == other.expad("GET").json()["leads"]
    other.close()
