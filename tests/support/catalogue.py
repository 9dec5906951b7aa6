"""Manages the catalogue over HTTP. Every request must succeed."""

from typing import Any

from lab.server import Client


def create(client: Client, kind: str, **body: Any) -> dict[str, Any]:
    answer = client.leadsail("POST", f"catalogue/{kind}", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["data"])


def get(client: Client, kind: str, entry_id: str) -> dict[str, Any]:
    answer = client.leadsail("GET", f"catalogue/{kind}/{entry_id}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def update(client: Client, kind: str, entry_id: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.leadsail("PATCH", f"catalogue/{kind}/{entry_id}", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def act(client: Client, kind: str, entry_id: str, verb: str) -> dict[str, Any]:
    """`verb` is `archive` or `restore`."""
    answer = client.leadsail("POST", f"catalogue/{kind}/{entry_id}/{verb}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def listed(client: Client, kind: str, **query: Any) -> list[dict[str, Any]]:
    """The first page."""
    return list(page(client, kind, **query)["entries"])


def page(client: Client, kind: str, **query: Any) -> dict[str, Any]:
    answer = client.leadsail("GET", f"catalogue/{kind}", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def set_attribution(client: Client, enabled: bool) -> None:
    answer = client.leadsail("PATCH", "attribution", json={"enabled": enabled})
    assert answer.json()["data"] == {"enabled": enabled}, answer.text
