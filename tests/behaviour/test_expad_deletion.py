"""`markedForDeletion` deletes softly: the lead leaves the lists of both dialects, and can be read and restored."""

import time
from typing import Any

import pytest

from lab.server import Client


def listed(client: Client) -> tuple[list[str], list[str], int]:
    page = client.expad("GET").json()
    bare = [lead["id"] for lead in page["leads"]]
    leadsail = [lead["leadId"] for lead in client.leadsail("GET").json()["data"]["leads"]]
    return bare, [lead_id.removeprefix("lead_") for lead_id in leadsail], page["total"]


def test_deleting_and_restoring(client: Client) -> None:
    kept, lead_id = client.new_lead(), client.new_lead()
    answer = client.patch(lead_id, {"markedForDeletion": True})
    assert answer["changed"] == ["/markedForDeletion"]
    lead = client.get(lead_id)
    assert lead["markedForDeletion"] is True
    assert abs(lead["deletedAt"] - time.time() * 1_000) < 60_000
    assert listed(client) == ([kept], [kept], 1)

    client.patch(lead_id, {"companyName": "still changes"})
    assert client.get(lead_id)["companyName"] == "still changes"

    client.patch(lead_id, {"markedForDeletion": False})
    lead = client.get(lead_id)
    assert (lead["markedForDeletion"], lead["deletedAt"]) == (False, 0)
    assert listed(client)[2] == 2


@pytest.mark.parametrize("restored", [False, None])
def test_null_restores_too(client: Client, restored: bool | None) -> None:
    lead_id = client.new_lead(markedForDeletion=True)
    assert listed(client) == ([], [], 0)
    client.patch(lead_id, {"markedForDeletion": restored})
    assert listed(client) == ([lead_id], [lead_id], 1)


@pytest.mark.parametrize("value", [True, False])
def test_said_again_it_changes_nothing(client: Client, value: bool) -> None:
    lead_id = client.new_lead()
    first = client.patch(lead_id, {"markedForDeletion": value})
    before = client.get(lead_id)
    time.sleep(0.005)
    assert client.patch(lead_id, {"markedForDeletion": value})["version"] == first["version"]
    assert client.get(lead_id) == before


def test_the_time_of_deletion_is_the_servers(client: Client) -> None:
    lead_id = client.new_lead()
    answer = client.patch(lead_id, {"deletedAt": 1_767_225_600_000})
    assert answer["ignored"] == ["/deletedAt"]
    assert client.get(lead_id)["deletedAt"] == 0
    client.patch(lead_id, {"markedForDeletion": True, "deletedAt": 0})
    assert client.get(lead_id)["deletedAt"] > 0


def test_a_lead_that_leadsail_deletes_shows_as_marked(client: Client) -> None:
    lead_id = client.new_lead()
    assert client.leadsail("DELETE", f"leads/lead_{lead_id}").status_code == 200
    assert client.get(lead_id)["markedForDeletion"] is True


@pytest.mark.parametrize("value", ["true", 1, 0, "", []])
def test_invalid_values_are_refused(client: Client, value: Any) -> None:
    answer = client.expad("PATCH", f"lead/{client.new_lead()}", json={"markedForDeletion": value})
    assert answer.status_code == 400
    assert "markedForDeletion" in answer.json()["message"]
