"""Deleting through one dialect is seen by the other; only Expad can restore."""

from datetime import datetime

from lab.server import Client


def _listed(client: Client) -> tuple[int, int]:
    return len(client.expad("GET").json()["leads"]), len(client.leadsail("GET").json()["data"]["leads"])


def test_deleted_through_leadsail(client: Client) -> None:
    lead = client.new_leadsail_lead()
    assert client.get(lead)["markedForDeletion"] is False
    client.leadsail("DELETE", f"leads/{lead}")
    seen = client.get(lead)
    deleted = datetime.fromisoformat(client.get_leadsail(lead)["deletedAt"])
    assert (seen["markedForDeletion"], seen["deletedAt"]) == (True, round(deleted.timestamp() * 1_000))
    assert _listed(client) == (0, 0)


def test_deleted_through_expad(client: Client) -> None:
    lead = client.new_lead()
    client.patch(lead, {"markedForDeletion": True})
    assert "deletedAt" in client.get_leadsail(lead)
    assert _listed(client) == (0, 0)
    answer = client.leadsail("DELETE", f"leads/{lead}")
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')


def test_restored_through_expad(client: Client) -> None:
    lead = client.new_leadsail_lead()
    client.leadsail("DELETE", f"leads/{lead}")
    client.patch(lead, {"markedForDeletion": False})
    assert "deletedAt" not in client.get_leadsail(lead)
    assert client.get(lead)["deletedAt"] == 0
    assert _listed(client) == (1, 1)


def test_leadsail_does_not_restore(client: Client) -> None:
    lead = client.new_leadsail_lead()
    client.leadsail("DELETE", f"leads/{lead}")
    answer = client.patch_leadsail(lead, {"deletedAt": None})
    assert (answer.status_code, answer.headers["Leadloop-Ignored"]) == (200, "/deletedAt")
    assert client.get(lead)["markedForDeletion"] is True
