"""`name` is one text in Expad and two in LeadSail; each dialect reads back what was written through it."""

import pytest

from lab.server import Client

SPLITS = [
    ("Ana Souza", "Ana", "Souza"),
    ("Ana Clara de Souza", "Ana", "Clara de Souza"),
    ("Ana", "Ana", None),
    ("  Ana  Souza ", "Ana", "Souza"),
    ("JOÃO da silva", "JOÃO", "da silva"),
]


@pytest.mark.parametrize(("name", "first", "last"), SPLITS)
def test_writing_it_splits_at_the_first_space(client: Client, name: str, first: str, last: str | None) -> None:
    lead_id = client.new_lead(name="Other Name")
    client.patch(lead_id, {"name": name})
    assert client.get(lead_id)["name"] == name
    shown = client.get_leadsail(f"lead_{lead_id}")
    assert (shown.get("firstName"), shown.get("lastName")) == (first, last)


def test_a_name_of_leadsail_shows_joined(client: Client) -> None:
    lead_id = client.new_leadsail_lead(firstName="Mary Ann", lastName="Jones").removeprefix("lead_")
    assert client.get(lead_id)["name"] == "Mary Ann Jones"


def test_a_joined_name_sent_back_does_not_split_again(client: Client) -> None:
    made = client.new_leadsail_lead(firstName="Mary Ann", lastName="Jones")
    assert client.patch(made, {"name": "Mary Ann Jones"})["changed"] == []
    shown = client.get_leadsail(made)
    assert (shown["firstName"], shown["lastName"]) == ("Mary Ann", "Jones")


def test_a_half_that_leadsail_writes_rejoins_the_name(client: Client) -> None:
    lead_id = client.new_lead(name="Ana Clara de Souza")
    client.patch_leadsail(f"lead_{lead_id}", {"lastName": "Lima"})
    assert client.get(lead_id)["name"] == "Ana Lima"
