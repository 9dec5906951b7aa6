"""`address` is one text: as written, else the parts joined. Writing a text drops the parts."""

from typing import Any

import pytest

from lab.server import Client

PARTS = {"street": "Rua A, 1", "unit": "12", "city": "São Paulo", "state": "SP", "zip": "01000-000", "country": "BR"}


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        (PARTS, "Rua A, 1, 12, São Paulo, SP, 01000-000, BR"),
        ({"city": "São Paulo", "country": "BR"}, "São Paulo, BR"),
        ({"street": "Rua A", "city": ""}, "Rua A"),
    ],
)
def test_parts_show_joined(client: Client, parts: dict[str, Any], line: str) -> None:
    assert client.get(client.new_leadsail_lead(address=parts))["address"] == line


def test_the_joined_line_sent_back_keeps_the_parts(client: Client) -> None:
    made = client.new_leadsail_lead(address=PARTS)
    assert client.patch(made, {"address": client.get(made)["address"]})["changed"] == []
    assert client.get_leadsail(made)["address"] == PARTS


def test_a_text_drops_the_parts(client: Client) -> None:
    made = client.new_leadsail_lead(address=PARTS)
    assert client.patch(made, {"address": "Rua B, 2"})["changed"] == ["/address"]
    assert client.get(made)["address"] == "Rua B, 2"
    assert client.get_leadsail(made)["address"] == {"street": "Rua B, 2"}


def test_parts_written_over_a_text_take_it_as_their_street(client: Client) -> None:
    lead_id = client.new_lead(address="Rua B, 2")
    client.patch_leadsail(f"lead_{lead_id}", {"address": {"city": "Campinas"}})
    assert client.get(lead_id)["address"] == "Rua B, 2, Campinas"


@pytest.mark.parametrize("cleared", ["", None])
@pytest.mark.parametrize("by", ["text", "parts"])
def test_clearing(client: Client, cleared: str | None, by: str) -> None:
    lead_id = client.new_lead(address="Rua B") if by == "text" else client.new_leadsail_lead(address=PARTS)
    assert client.patch(lead_id, {"address": cleared})["changed"] == ["/address"]
    assert client.get(lead_id)["address"] == ""
    assert "address" not in client.get_leadsail(lead_id)
