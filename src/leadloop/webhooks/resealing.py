"""Finds secrets that are encrypted under an old key, and encrypts them under the current one.

To change the key: put the new one first, restart every process, reseal, remove the old one.
"""

from collections.abc import Callable
from typing import NamedTuple

from msgspec import structs

from leadloop.webhooks.endpoints import Endpoint
from leadloop.webhooks.ports import Outbox, StoredEndpoint
from leadloop.webhooks.sign import Secret
from leadloop.webhooks.vault import SecretLost, Vault


class Lost(NamedTuple):
    endpoint: Endpoint
    reason: str


class Resealed(NamedTuple):
    endpoints: int
    """How many were sealed under an old key, and are now sealed under the current one."""
    lost: list[Lost]


async def reseal_all(store: Outbox, vault: Vault, at_ms: int) -> Resealed:
    """Leaves what cannot be opened unchanged."""
    count, lost = 0, list[Lost]()
    for stored in await store.endpoints.all():
        endpoint, reason, stale = stored.endpoint, why_lost(vault, stored, at_ms), is_stale(vault, stored)
        if stale:
            await store.endpoints.change(endpoint.account_id, endpoint.id, _reseal(vault, at_ms))
        if reason is not None:
            lost.append(Lost(endpoint, reason))
        elif stale:
            count += 1
    return Resealed(count, lost)


def is_stale(vault: Vault, stored: StoredEndpoint) -> bool:
    """Whether any of its secrets is sealed under an old key."""
    texts = [*stored.endpoint.headers.values(), *(secret.text for secret in stored.secrets)]
    return any(vault.is_stale(text) for text in texts)


def why_lost(vault: Vault, stored: StoredEndpoint, at_ms: int) -> str | None:
    """Why no request to it can be signed: a secret or a header cannot be opened. `None` if all can."""
    endpoint = stored.endpoint
    try:
        for text in (*endpoint.headers.values(), *(secret.text for secret in stored.secrets if secret.valid_at(at_ms))):
            vault.open(text, endpoint.account_id, endpoint.id)
    except SecretLost as error:
        return str(error)
    return None


def _reseal(vault: Vault, at_ms: int) -> Callable[[StoredEndpoint], StoredEndpoint]:
    """Drops expired secrets."""

    def reseal(stored: StoredEndpoint) -> StoredEndpoint:
        endpoint = stored.endpoint

        def reseal_text(text: str) -> str:
            try:
                return vault.seal(vault.open(text, endpoint.account_id, endpoint.id), endpoint.account_id, endpoint.id)
            except SecretLost:
                return text

        headers = {name: reseal_text(text) for name, text in endpoint.headers.items()}
        secrets = [
            Secret(reseal_text(secret.text), secret.until_ms) for secret in stored.secrets if secret.valid_at(at_ms)
        ]
        return StoredEndpoint(structs.replace(endpoint, headers=headers), secrets)

    return reseal
