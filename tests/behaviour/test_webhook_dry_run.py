"""A dry run lists the endpoints and events that the write would notify, and notifies none (semantics section 3)."""

from typing import Any

from lab.server import Client, Leadloop
from leadloop.core.keys import SCOPES

URL = "https://crm.invalid/hook"


def planned_webhooks(client: Client, lead_id: str, body: dict[str, Any]) -> list[tuple[str, str]]:
    """The planned webhooks, sorted: ids of one millisecond come in any order."""
    answer = client.expad("PATCH", f"lead/{lead_id}", json=body, headers={"Prefer": "dry-run"})
    assert answer.status_code == 200, answer.text
    return sorted((webhook["endpointId"], webhook["event"]) for webhook in answer.json()["webhooks"])


def endpoint(client: Client, **more: Any) -> str:
    answer = client.leadsail("POST", "webhooks", json={"url": URL, **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


def test_the_endpoints_that_would_be_notified(server: Leadloop) -> None:
    client = server.client(SCOPES)
    lead_id = client.new_lead()
    assert planned_webhooks(client, lead_id, {"cpf": "1"}) == []
    every, mail, gone = (
        endpoint(client),
        endpoint(client, onlyFields=["/email"]),
        endpoint(client, events=["lead.deleted"]),
    )
    assert planned_webhooks(client, lead_id, {"cpf": "1"}) == [(every, "lead.updated")]
    changed = sorted((endpoint_id, "lead.updated") for endpoint_id in (every, mail))
    assert planned_webhooks(client, lead_id, {"email": "a@example.com"}) == changed
    deleted = sorted((endpoint_id, "lead.deleted") for endpoint_id in (every, mail, gone))
    assert planned_webhooks(client, lead_id, {"markedForDeletion": True}) == deleted
    assert planned_webhooks(client, lead_id, {"name": client.get(lead_id)["name"]}) == []
    answer = client.expad("POST", json={"name": "Eva"}, headers={"Prefer": "dry-run"})
    assert {"endpointId": every, "event": "lead.created"} in answer.json()["webhooks"]
    client.close()
