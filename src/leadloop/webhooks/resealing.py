"""Which of an endpoint's secrets are encrypted under a key that is not the present one, and encrypting them anew.

To change the key: put the new one in front, restart every process, reseal, take the old one out.
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
    """That were not sealed under the present key, and are now."""
    lost: list[Lost]


async def reseal_all(store: Outbox, vault: Vault, at_ms: int) -> Resealed:
    """What can not be opened stays as it is."""
    count, lost = 0, list[Lost]()
    for stored in await store.endpoints():
        endpoint, reason, stale = stored.endpoint, why_lost(vault, stored, at_ms), is_stale(vault, stored)
        if stale:
            await store.change_endpoint(endpoint.account_id, endpoint.id, _again(vault, at_ms))
        if reason is not None:
            lost.append(Lost(endpoint, reason))
        elif stale:
            count += 1
    return Resealed(count, lost)


def is_stale(vault: Vault, stored: StoredEndpoint) -> bool:
    """Whether anything of it is sealed under any but the present key."""
    texts = [*stored.endpoint.headers.values(), *(secret.text for secret in stored.secrets)]
    return any(vault.is_stale(text) for text in texts)


def why_lost(vault: Vault, stored: StoredEndpoint, at_ms: int) -> str | None:
    """Why nothing can be sent to it, as long as that is so: a secret or a header can not be opened."""
    endpoint = stored.endpoint
    try:
        for text in (*endpoint.headers.values(), *(one.text for one in stored.secrets if one.valid_at(at_ms))):
            vault.open(text, endpoint.account_id, endpoint.id)
    except SecretLost as error:
        return str(error)
    return None


def _again(vault: Vault, at_ms: int) -> Callable[[StoredEndpoint], StoredEndpoint]:
    """Secrets that are not valid any more are dropped."""

    def seal_again(stored: StoredEndpoint) -> StoredEndpoint:
        endpoint = stored.endpoint

        def again(text: str) -> str:
            try:
                return vault.seal(vault.open(text, endpoint.account_id, endpoint.id), endpoint.account_id, endpoint.id)
            except SecretLost:
                return text

        headers = {name: again(text) for name, text in endpoint.headers.items()}
        secrets = [Secret(again(one.text), one.until_ms) for one in stored.secrets if one.valid_at(at_ms)]
        return StoredEndpoint(structs.replace(endpoint, headers=headers), secrets)

    return seal_again
