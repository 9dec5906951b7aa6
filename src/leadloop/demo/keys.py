"""The API keys with which invented systems write invented leads. They are revoked: only their names matter."""

import os
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache

from leadloop.core.ids import stable_id
from leadloop.core.keys import DEFAULT_SCOPES, ID_LENGTH, ApiKey
from leadloop.core.store import Store

SITE, ROUTER, DIALER, AGENT, CRM = "site", "router", "dialer", "agent", "crm"
NAMES: Mapping[str, Mapping[str, str]] = {
    "en": {SITE: "Website", ROUTER: "Lead routing", DIALER: "Dialer", AGENT: "AI assistant", CRM: "CRM"},
    "pt-BR": {SITE: "Site", ROUTER: "Distribuição", DIALER: "Discador", AGENT: "Assistente de IA", CRM: "CRM"},
}
_YEAR_MS = timedelta(days=366) // timedelta(milliseconds=1)


def actor_of(account_id: str, actor: str) -> str:
    """The actor of change records: the account's key if `actor` is one of these systems, otherwise `actor` itself."""
    return f"key:{_key_id(account_id, actor)}" if actor in NAMES["en"] else actor


async def add_keys(store: Store, account_id: str, language: str | None, at_ms: int) -> None:
    """Adds the keys that the account does not have yet."""
    for system, name in NAMES["pt-BR" if language == "pt-BR" else "en"].items():
        key_id = _key_id(account_id, system)
        if await store.keys.get(key_id) is None:
            key = ApiKey(
                id=key_id,
                account_id=account_id,
                name=name,
                scopes=list(DEFAULT_SCOPES),
                digest=os.urandom(32),
                created_at_ms=at_ms - _YEAR_MS,
                revoked_at_ms=at_ms,
            )
            await store.keys.add(key)


@lru_cache(64)
def _key_id(account_id: str, system: str) -> str:
    return stable_id(account_id, system)[:ID_LENGTH]
