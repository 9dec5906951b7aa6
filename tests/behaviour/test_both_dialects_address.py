"""An address is a text or parts, and each dialect has its view of either (semantics section 1)."""

from typing import Any

import pytest

from lab.server import Client
from tests.support.answers import FULL, version

PARTS: dict[str, str] = FULL["address"]
LINE = "1 Main St, 4B, Austin, TX, 78701, US"


def _both(client: Client, lead: str) -> tuple[str, dict[str, Any] | None]:
    return client.get(lead)["address"], client.get_leadsail(lead).get("address")


def test_a_text_shows_as_the_street(client: Client) -> None:
    lead = client.new_lead(address="Rua das Flores, 12")
    assert _both(client, lead) == ("Rua das Flores, 12", {"street": "Rua das Flores, 12"})


def test_parts_show_as_one_line_without_the_empty_ones(client: Client) -> None:
    lead = client.new_leadsail_lead(address=dict(reversed(PARTS.items())))
    assert _both(client, lead) == (LINE, PARTS)
    client.patch_leadsail(lead, {"address": {"unit": "", "state": None}})
    assert client.get(lead)["address"] == "1 Main St, Austin, 78701, US"


def test_writing_a_text_drops_the_parts(client: Client) -> None:
    lead = client.new_leadsail_lead(address=PARTS)
    client.patch(lead, {"address": "Rua das Flores, 12"})
    assert _both(client, lead) == ("Rua das Flores, 12", {"street": "Rua das Flores, 12"})


def test_writing_parts_turns_a_text_into_the_street(client: Client) -> None:
    lead = client.new_lead(address="Rua das Flores, 12")
    client.patch_leadsail(lead, {"address": {"city": "São Paulo", "country": "BR"}})
    parts = {"street": "Rua das Flores, 12", "city": "São Paulo", "country": "BR"}
    assert _both(client, lead) == ("Rua das Flores, 12, São Paulo, BR", parts)
    client.patch_leadsail(lead, {"address": {"street": "Rua Nova, 1"}})
    assert _both(client, lead)[0] == "Rua Nova, 1, São Paulo, BR"


def test_writing_the_street_replaces_a_text(client: Client) -> None:
    lead = client.new_lead(address="Rua das Flores, 12")
    client.patch_leadsail(lead, {"address": {"street": "Rua Nova, 1"}})
    assert _both(client, lead) == ("Rua Nova, 1", {"street": "Rua Nova, 1"})


@pytest.mark.parametrize("empty", [None, ""])
def test_clearing_through_expad(client: Client, empty: str | None) -> None:
    for lead in (client.new_lead(address="x"), client.new_leadsail_lead(address=PARTS)):
        client.patch(lead, {"address": empty})
        assert _both(client, lead) == ("", None)


def test_clearing_through_leadsail(client: Client) -> None:
    for clear in (None, dict.fromkeys(PARTS), {"street": None}):
        lead = client.new_lead(address="x")
        client.patch_leadsail(lead, {"address": clear})
        assert _both(client, lead) == ("", None)
    lead = client.new_leadsail_lead(address=PARTS)
    client.patch_leadsail(lead, {"address": None})
    assert _both(client, lead) == ("", None)


def test_sending_back_the_shown_address_changes_nothing(client: Client) -> None:
    lead = client.new_leadsail_lead(address=PARTS)
    assert client.patch(lead, {"address": LINE})["version"] == 1
    assert _both(client, lead) == (LINE, PARTS)
    text = client.new_lead(address="Rua das Flores, 12")
    for same in ({"street": "Rua das Flores, 12"}, {}):
        assert version(client.patch_leadsail(text, {"address": same})) == 1
    client.patch(text, {"address": "Rua das Flores, 13"})
    assert _both(client, text) == ("Rua das Flores, 13", {"street": "Rua das Flores, 13"})
