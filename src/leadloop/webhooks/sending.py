"""What it takes to send: the parts that the worker and the test button share."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import structs

from leadloop.core.ports import Clock
from leadloop.egress.addresses import Rules
from leadloop.egress.exchange import Request
from leadloop.egress.repeating import Attempt, RepeatingSender
from leadloop.webhooks import sign
from leadloop.webhooks.bodies import Views, id_of_test, render_test
from leadloop.webhooks.endpoints import Endpoint
from leadloop.webhooks.events import TEST
from leadloop.webhooks.ports import StoredEndpoint, WebhookStore
from leadloop.webhooks.vault import SecretLost, Vault

USER_AGENT = "leadloop"


class SenderContext(NamedTuple):
    store: WebhookStore
    sender: RepeatingSender
    vault: Vault
    views: Views
    rules: Rules
    clock: Clock


def sealed(vault: Vault, endpoint: Endpoint) -> Endpoint:
    """As it is stored: the values of its headers may be credentials."""
    texts = {name: vault.seal(text, endpoint.account_id, endpoint.id) for name, text in endpoint.headers.items()}
    return structs.replace(endpoint, headers=texts)


def opened(vault: Vault, endpoint: Endpoint, *, lenient: bool = False) -> Endpoint:
    """The endpoint that was `sealed`. Raises `SecretLost`, unless `lenient`: then what is lost is left out."""
    texts: dict[str, str] = {}
    for name, text in endpoint.headers.items():
        try:
            texts[name] = vault.open(text, endpoint.account_id, endpoint.id)
        except SecretLost:
            if not lenient:
                raise
    return structs.replace(endpoint, headers=texts)


class About(NamedTuple):
    """What a request says of itself beside its body. Not signed: for people and their logs."""

    event: str
    attempt: int
    trigger: str


def request(context: SenderContext, stored: StoredEndpoint, event_id: str, body: bytes, about: About) -> Request:
    """A signed request of now: the bytes that are signed are the bytes that are sent. Raises `SecretLost`."""
    endpoint, now_ms = opened(context.vault, stored.endpoint), context.clock()
    texts = [
        context.vault.open(secret.text, endpoint.account_id, endpoint.id)
        for secret in stored.secrets
        if secret.valid_at(now_ms)
    ]
    headers: Mapping[str, str] = {
        **endpoint.headers,
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "Leadloop-Event": about.event,
        "Leadloop-Attempt": str(about.attempt),
        "Leadloop-Trigger": about.trigger,
        **sign.headers(event_id, now_ms, body, texts),
    }
    return Request(endpoint.id, endpoint.url, headers, body, float(endpoint.timeout_s))


async def test(context: SenderContext, stored: StoredEndpoint, at_ms: int) -> Attempt:
    """Send a `webhook.test` once. Raises `SecretLost`."""
    endpoint = stored.endpoint
    body = render_test(endpoint.body, endpoint.account_id, endpoint.id, at_ms, context.views)
    event_id = id_of_test(endpoint.account_id, endpoint.id, at_ms)
    return await context.sender.send(request(context, stored, event_id, body, About(TEST, 1, "test")))
