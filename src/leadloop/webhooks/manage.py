"""Create, update, rotate, pause and resume: shared by the API and the commands.

Callers pass an endpoint that they have loaded. Functions return `None` if it has been deleted since.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from leadloop.core.ids import ID, Stamp, new_id
from leadloop.core.people.audit import record
from leadloop.core.writes.idempotency import AnswerKey
from leadloop.webhooks import form, health, sign
from leadloop.webhooks.endpoints import ENDPOINT_LIMIT, Endpoint
from leadloop.webhooks.ports import Outbox, StoredEndpoint, WebhookStore

if TYPE_CHECKING:
    from leadloop.egress.addresses import Rules
    from leadloop.webhooks.sending import SenderContext


class NewSecret(NamedTuple):
    """An endpoint that was created, or got a new secret."""

    endpoint: Endpoint
    secret: str
    """Shown only once."""


async def find(store: Outbox, account_id: str, endpoint_id: str) -> StoredEndpoint | None:
    """`endpoint_id` may be any text."""
    return await store.endpoints.get(account_id, endpoint_id) if ID.fullmatch(endpoint_id) else None


async def create(
    context: "SenderContext",
    stamp: Stamp,
    account_id: str,
    body: Mapping[str, Any],
    answer_key: AnswerKey | None = None,
) -> NewSecret | None:
    """`None` if the account has the maximum number. Raises `InvalidFields`; with `answer_key` `AnsweredBefore`,
    `KeyReused`."""
    from leadloop.webhooks.sending import seal_headers  # here, because most commands do not send and the import is slow

    at_ms, vault, rules = stamp.at_ms, context.vault, await _rules(context, account_id)
    endpoint = form.read(body, form.blank(account_id, new_id(at_ms), at_ms), at_ms, rules, context.view)
    text = sign.new_secret()
    stored = StoredEndpoint(seal_headers(vault, endpoint), [sign.Secret(vault.seal(text, account_id, endpoint.id))])
    if not await context.store.endpoints.add(stored, ENDPOINT_LIMIT, answer_key):
        return None
    await record(context.store, stamp, account_id, "webhook.created", endpoint.id)
    return NewSecret(endpoint, text)


async def update(
    context: "SenderContext", stamp: Stamp, endpoint: Endpoint, body: Mapping[str, Any]
) -> Endpoint | None:
    """Raises `InvalidFields`, `SecretLost`."""
    from leadloop.webhooks.sending import open_headers, seal_headers

    at_ms, vault, rules = stamp.at_ms, context.vault, await _rules(context, endpoint.account_id)

    def change(stored: StoredEndpoint) -> StoredEndpoint:
        with_headers = "headers" in body
        before = open_headers(vault, stored.endpoint, lenient=True) if with_headers else stored.endpoint
        changed = form.read(body, before, at_ms, rules, context.view)
        if changed is before:
            return stored
        return stored._replace(endpoint=seal_headers(vault, changed) if with_headers else changed)

    return await _change(context.store, stamp, endpoint, change, "webhook.changed")


async def rotate(context: "SenderContext", stamp: Stamp, endpoint: Endpoint) -> NewSecret | None:
    """Returns the new secret. The old one also signs for another day."""
    at_ms, text = stamp.at_ms, sign.new_secret()
    newest = context.vault.seal(text, endpoint.account_id, endpoint.id)

    def change(stored: StoredEndpoint) -> StoredEndpoint:
        is_done = bool(stored.secrets) and stored.secrets[0].text == newest
        return stored if is_done else stored._replace(secrets=sign.add_secret(stored.secrets, newest, at_ms))

    changed = await _change(context.store, stamp, endpoint, change, "webhook.secret_rotated")
    return None if changed is None else NewSecret(changed, text)


async def pause(store: WebhookStore, stamp: Stamp, endpoint: Endpoint) -> Endpoint | None:
    """Its deliveries wait until it is resumed."""

    def change(stored: StoredEndpoint) -> StoredEndpoint:
        return stored.with_health(health.disable(stored.endpoint.health, "asked", stamp.at_ms))

    return await _change(store, stamp, endpoint, change, "webhook.paused")


async def resume(store: WebhookStore, stamp: Stamp, endpoint: Endpoint) -> Endpoint | None:
    def change(stored: StoredEndpoint) -> StoredEndpoint:
        return stored.with_health(health.enable(stored.endpoint.health, stamp.at_ms))

    return await _change(store, stamp, endpoint, change, "webhook.resumed")


async def delete(store: WebhookStore, stamp: Stamp, endpoint: Endpoint) -> None:
    await store.endpoints.delete(endpoint.account_id, endpoint.id, stamp.at_ms)
    await record(store, stamp, endpoint.account_id, "webhook.deleted", endpoint.id)


async def _change(
    store: WebhookStore,
    stamp: Stamp,
    endpoint: Endpoint,
    change: Callable[[StoredEndpoint], StoredEndpoint],
    action: str,
) -> Endpoint | None:
    """Records the action in the audit trail if the endpoint, or one of its secrets, has changed."""
    is_changed = False

    def apply(stored: StoredEndpoint) -> StoredEndpoint:
        nonlocal is_changed
        changed = change(stored)
        is_changed = changed != stored
        return changed

    changed = await store.endpoints.change(endpoint.account_id, endpoint.id, apply)
    if changed is None:
        return None
    if is_changed:
        await record(store, stamp, endpoint.account_id, action, endpoint.id)
    return changed.endpoint


async def _rules(context: "SenderContext", account_id: str) -> "Rules":
    """An account of mode test sends to loopback only."""
    return context.rules._replace(only_loopback=await context.sender.is_test(account_id))
