"""What the owner of an endpoint does with it, over HTTP or by command.

Who calls has found the endpoint. `None` in place of a changed one says that somebody has deleted it in the meantime.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from leadloop.core.errors import InvalidFields
from leadloop.core.ids import ID, new_id
from leadloop.webhooks import form, health, sign
from leadloop.webhooks.endpoints import ENDPOINT_LIMIT, Endpoint
from leadloop.webhooks.ports import Outbox, StoredEndpoint

if TYPE_CHECKING:
    from leadloop.webhooks.sending import SenderContext


class Made(NamedTuple):
    endpoint: Endpoint
    secret: str
    """To be shown this once."""


async def find(store: Outbox, account_id: str, endpoint_id: str) -> StoredEndpoint | None:
    """`endpoint_id` may be any text."""
    return await store.endpoint(account_id, endpoint_id) if ID.fullmatch(endpoint_id) else None


async def create(context: "SenderContext", account_id: str, body: Mapping[str, Any]) -> Made | None:
    """`None` when the account has as many as it may. Raises `InvalidFields`."""
    from leadloop.webhooks.sending import sealed  # not above: most commands send nothing, and it takes a while

    at_ms, vault = context.clock(), context.vault
    made = _read(context, body, form.blank(account_id, new_id(at_ms), at_ms), at_ms)
    text = sign.new_secret()
    stored = StoredEndpoint(sealed(vault, made), [sign.Secret(vault.seal(text, account_id, made.id))])
    return Made(made, text) if await context.store.add_endpoint(stored, ENDPOINT_LIMIT) else None


async def update(context: "SenderContext", endpoint: Endpoint, body: Mapping[str, Any]) -> Endpoint | None:
    """Raises `InvalidFields`, `SecretLost`."""
    from leadloop.webhooks.sending import opened, sealed

    at_ms, vault = context.clock(), context.vault

    def change(found: StoredEndpoint) -> StoredEndpoint:
        with_headers = "headers" in body
        before = opened(vault, found.endpoint, lenient=True) if with_headers else found.endpoint
        changed = _read(context, body, before, at_ms)
        if changed is before:
            return found
        return found._replace(endpoint=sealed(vault, changed) if with_headers else changed)

    return await _changed(context.store, endpoint, change)


async def rotate(context: "SenderContext", endpoint: Endpoint) -> Made | None:
    """With the new secret. The old one signs along for a day."""
    at_ms, text = context.clock(), sign.new_secret()
    newest = context.vault.seal(text, endpoint.account_id, endpoint.id)

    def change(found: StoredEndpoint) -> StoredEndpoint:
        done = bool(found.secrets) and found.secrets[0].text == newest
        return found if done else found._replace(secrets=sign.rotated(found.secrets, newest, at_ms))

    changed = await _changed(context.store, endpoint, change)
    return None if changed is None else Made(changed, text)


async def pause(store: Outbox, endpoint: Endpoint, at_ms: int) -> Endpoint | None:
    """What it would be sent waits until it is resumed."""

    def change(found: StoredEndpoint) -> StoredEndpoint:
        return found.with_health(health.disabled(found.endpoint.health, "asked", at_ms))

    return await _changed(store, endpoint, change)


async def resume(store: Outbox, endpoint: Endpoint, at_ms: int) -> Endpoint | None:
    def change(found: StoredEndpoint) -> StoredEndpoint:
        return found.with_health(health.enabled(found.endpoint.health, at_ms))

    return await _changed(store, endpoint, change)


async def _changed(
    store: Outbox, endpoint: Endpoint, change: Callable[[StoredEndpoint], StoredEndpoint]
) -> Endpoint | None:
    changed = await store.change_endpoint(endpoint.account_id, endpoint.id, change)
    return None if changed is None else changed.endpoint


def _read(context: "SenderContext", body: Mapping[str, Any], stored: Endpoint, at_ms: int) -> Endpoint:
    found = form.read(body, stored, at_ms, context.rules, is_field=context.views.is_field)
    if found.problems:
        raise InvalidFields(found.problems)
    return found.endpoint
