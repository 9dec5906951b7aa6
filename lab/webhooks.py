"""Requests of the webhook tests, and the receiver's check of signatures."""

from datetime import datetime
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from lab.receiver import Receiver, WebhookRequest
from lab.server import Client

OPTIONS = ("--webhooks-allow-http", "--webhooks-allow-private")
"""Options of a server that may send to loopback."""


def subscribe(owner: Client, receiver: Receiver, **body: Any) -> dict[str, Any]:
    answer = owner.leadsail("POST", "webhooks", json={"url": receiver.url, **body})
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["data"])


def act(owner: Client, endpoint: dict[str, Any], verb: str, **body: Any) -> dict[str, Any]:
    answer = owner.leadsail("POST", f"webhooks/{endpoint['id']}/{verb}", json=body or None)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def get_endpoint(owner: Client, endpoint: dict[str, Any]) -> dict[str, Any]:
    return dict(owner.leadsail("GET", f"webhooks/{endpoint['id']}").json()["data"])


def page(owner: Client, endpoint: dict[str, Any], of: str, **query: Any) -> dict[str, Any]:
    """A page of the endpoint's `deliveries` or `attempts`."""
    answer = owner.leadsail("GET", f"webhooks/{endpoint['id']}/{of}", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def deliveries(owner: Client, endpoint: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    """Oldest first."""
    return list(page(owner, endpoint, "deliveries", **query)["deliveries"])[::-1]


def attempts(owner: Client, endpoint: dict[str, Any]) -> list[dict[str, Any]]:
    """Oldest first."""
    return list(page(owner, endpoint, "attempts")["attempts"])[::-1]


def ms(instant: str) -> int:
    return round(datetime.fromisoformat(instant).timestamp() * 1_000)


def is_signed(got: WebhookRequest, secret: str) -> bool:
    try:
        Webhook(secret).verify(got.raw, dict(got.headers))
    except WebhookVerificationError:
        return False
    return True
