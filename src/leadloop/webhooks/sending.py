"""What it takes to send: the parts that the worker and the test button share."""

from collections.abc import Mapping
from typing import NamedTuple

from leadloop.core.ports import Clock
from leadloop.webhooks import sign
from leadloop.webhooks.addresses import Rules
from leadloop.webhooks.bodies import Views, id_of_test, render_test
from leadloop.webhooks.ports import Stored, WebhookStore
from leadloop.webhooks.send import Attempt, Request, Sender
from leadloop.webhooks.vault import Vault

USER_AGENT = "leadloop"


class Outside(NamedTuple):
    store: WebhookStore
    sender: Sender
    vault: Vault
    views: Views
    rules: Rules
    clock: Clock


def request(outside: Outside, stored: Stored, event_id: str, body: bytes) -> Request:
    """A signed request of now: the bytes that are signed are the bytes that are sent. Raises `SecretLost`."""
    endpoint, now_ms = stored.endpoint, outside.clock()
    texts = [
        outside.vault.open(secret.text, endpoint.account_id, endpoint.id)
        for secret in stored.secrets
        if secret.valid_at(now_ms)
    ]
    headers: Mapping[str, str] = {
        **endpoint.headers,
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        **sign.headers(event_id, now_ms, body, texts),
    }
    return Request(endpoint.id, endpoint.url, headers, body, float(endpoint.timeout_s))


async def test(outside: Outside, stored: Stored, at_ms: int) -> Attempt:
    """Send a `webhook.test` once. Raises `SecretLost`."""
    endpoint = stored.endpoint
    body = render_test(endpoint.body, endpoint.account_id, endpoint.id, at_ms, outside.views)
    event_id = id_of_test(endpoint.account_id, endpoint.id, at_ms)
    return await outside.sender.send(request(outside, stored, event_id, body))
