"""Builds signed requests, for the worker and for test deliveries."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import structs

from leadloop.core.store import Clock
from leadloop.egress.addresses import Rules
from leadloop.egress.exchange import OutgoingRequest
from leadloop.egress.repeating import Attempt
from leadloop.webhooks import sign
from leadloop.webhooks.account_sender import AccountSender
from leadloop.webhooks.bodies import id_of_test, render_test
from leadloop.webhooks.endpoints import ChangeView, Endpoint
from leadloop.webhooks.events import TEST
from leadloop.webhooks.ports import StoredEndpoint, WebhookStore
from leadloop.webhooks.vault import SecretLost, Vault

USER_AGENT = "leadloop"


class SenderContext(NamedTuple):
    store: WebhookStore
    sender: AccountSender
    vault: Vault
    view: ChangeView
    rules: Rules
    clock: Clock


def seal_headers(vault: Vault, endpoint: Endpoint) -> Endpoint:
    """The endpoint as it is stored: the values of its headers may be credentials."""
    texts = {name: vault.seal(text, endpoint.account_id, endpoint.id) for name, text in endpoint.headers.items()}
    return structs.replace(endpoint, headers=texts)


def open_headers(vault: Vault, endpoint: Endpoint, *, lenient: bool = False) -> Endpoint:
    """The reverse of `seal_headers`. Raises `SecretLost`; `lenient` drops lost headers instead."""
    texts: dict[str, str] = {}
    for name, text in endpoint.headers.items():
        try:
            texts[name] = vault.open(text, endpoint.account_id, endpoint.id)
        except SecretLost:
            if not lenient:
                raise
    return structs.replace(endpoint, headers=texts)


class RequestInfo(NamedTuple):
    """Header fields for people and their logs. Not signed."""

    event: str
    attempt: int
    trigger: str


def build_request(
    context: SenderContext, stored: StoredEndpoint, event_id: str, body: bytes, info: RequestInfo
) -> OutgoingRequest:
    """A request signed at the current time; the signed bytes are the sent bytes. Raises `SecretLost`."""
    endpoint, now_ms = open_headers(context.vault, stored.endpoint), context.clock()
    texts = [
        context.vault.open(secret.text, endpoint.account_id, endpoint.id)
        for secret in stored.secrets
        if secret.valid_at(now_ms)
    ]
    headers: Mapping[str, str] = {
        **endpoint.headers,
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "Leadloop-Event": info.event,
        "Leadloop-Attempt": str(info.attempt),
        "Leadloop-Trigger": info.trigger,
        **sign.headers(event_id, now_ms, body, texts),
    }
    return OutgoingRequest(endpoint.id, endpoint.url, headers, body, float(endpoint.timeout_s))


async def send_test(context: SenderContext, stored: StoredEndpoint, at_ms: int) -> Attempt:
    """Sends a `webhook.test` once. Raises `SecretLost`."""
    endpoint = stored.endpoint
    body = render_test(context.view.shapes[endpoint.body], endpoint.account_id, endpoint.id, at_ms)
    event_id = id_of_test(endpoint.account_id, endpoint.id, at_ms)
    request = build_request(context, stored, event_id, body, RequestInfo(TEST, 1, "test"))
    return await context.sender.send(endpoint.account_id, request)
