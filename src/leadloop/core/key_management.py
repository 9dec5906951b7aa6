"""API keys as their account manages them: creates, shows, changes and revokes them (own.md section 3)."""

from collections.abc import Collection, Mapping
from typing import Any

from msgspec import UNSET, structs

from leadloop.core.accounts import Account
from leadloop.core.errors import ApiKeyNotFound, ApiKeyRevoked, Problem, ScopesLacking
from leadloop.core.ids import Stamp
from leadloop.core.instants import show_instant
from leadloop.core.keys import DEFAULT_SCOPES, SCOPES, ApiKey, mint
from leadloop.core.people.audit import record
from leadloop.core.problems import Problems
from leadloop.core.readers import Field, instant, name, one_of, read_members, require, set_of
from leadloop.core.store import Store
from leadloop.core.writes.idempotency import AnswerKey

OWNED = ("id", "prefix", "createdAt", "createdBy", "revokedAt", "lastUsedAt", "lastUsedFrom", "replaces")
"""Members that only the server writes."""
WARNINGS = {
    "keys:manage": Problem("key_manages_keys"),
    "users:manage": Problem("key_manages_users"),
}


def show(key: ApiKey, *, is_test: bool = False) -> dict[str, Any]:
    """Without its secret. `is_test` is that of its account."""
    return {
        "id": key.id,
        "prefix": f"ll_{'test' if is_test else 'live'}_{key.id}",
        "name": key.name,
        "scopes": list(key.scopes),
        "createdAt": show_instant(key.created_at_ms),
        "createdBy": key.created_by,
        "expiresAt": _shown(key.expires_at_ms),
        "revokedAt": _shown(key.revoked_at_ms),
        "lastUsedAt": _shown(key.last_used_at_ms),
        "lastUsedFrom": key.last_used_from,
        "replaces": key.replaces,
    }


def warnings(key: ApiKey) -> list[Problem]:
    """What whoever creates the key should know."""
    return [problem for scope, problem in WARNINGS.items() if scope in key.scopes]


async def find(store: Store, account_id: str, key_id: str) -> ApiKey:
    """`key_id` may be any text. Raises `ApiKeyNotFound`."""
    key = await store.keys.get(key_id) if key_id.isascii() and key_id.isalnum() else None
    if key is None or key.account_id != account_id:
        raise ApiKeyNotFound
    return key


async def create(
    store: Store,
    stamp: Stamp,
    account: Account,
    scopes_of_caller: Collection[str],
    body: Mapping[str, Any],
    pepper: bytes,
    answer_key: AnswerKey | None = None,
) -> tuple[ApiKey, str]:
    """The key and its text, which is shown only once.

    Raises `InvalidFields`, `ScopesLacking`; with `answer_key` `AnsweredBefore`, `KeyReused`.
    """
    problems = Problems()
    members = read_members(problems, body, {"name": _NAME, "scopes": _SCOPES, "expiresAt": _EXPIRY}, ())
    require(problems, body, "name")
    _refuse_past(problems, members, stamp)
    problems.finish()
    scopes = members.get("scopes", DEFAULT_SCOPES)
    if lacking := tuple(scope for scope in scopes if scope not in scopes_of_caller):
        raise ScopesLacking(lacking)
    key, key_text = mint(
        account.id,
        members["name"],
        list(scopes),
        pepper,
        stamp.at_ms,
        expires_at_ms=members.get("expires_at_ms"),
        test=account.is_test,
    )
    key = structs.replace(key, created_by=stamp.actor)
    await store.keys.add(key, answer_key)
    await record(store, stamp, account.id, "key.created", key.id)
    return key, key_text


async def change(store: Store, stamp: Stamp, account_id: str, key_id: str, body: Mapping[str, Any]) -> ApiKey:
    """Absent members stay unchanged; without `expiresAt` a key does not expire. Raises `ApiKeyNotFound`,
    `ApiKeyRevoked`, `InvalidFields`."""
    key = await find(store, account_id, key_id)
    problems = Problems()
    fields = {"name": _NAME, "scopes": Field("scopes", _fixed, UNSET), "expiresAt": _EXPIRY}
    members = read_members(problems, body, fields, OWNED, show(key))
    _refuse_past(problems, members, stamp)
    problems.finish()

    def apply(stored: ApiKey) -> ApiKey:
        if stored.revoked_at_ms is not None:
            raise ApiKeyRevoked
        return structs.replace(stored, **members)

    changed = await store.keys.change(account_id, key.id, apply)
    if changed is None:
        raise ApiKeyNotFound
    if show(changed) != show(key):
        await record(store, stamp, account_id, "key.changed", key.id)
    return changed


async def revoke(store: Store, stamp: Stamp, account_id: str, key_id: str) -> ApiKey:
    """All servers refuse the key within 5 seconds. Raises `ApiKeyNotFound`, `ApiKeyRevoked`."""
    key = await find(store, account_id, key_id)
    if not await store.keys.revoke(account_id, key.id, stamp.at_ms):
        raise ApiKeyRevoked
    await record(store, stamp, account_id, "key.revoked", key.id)
    return structs.replace(key, revoked_at_ms=stamp.at_ms)


def _refuse_past(problems: Problems, members: Mapping[str, Any], stamp: Stamp) -> None:
    expires_at_ms = members.get("expires_at_ms")
    if expires_at_ms is not None and expires_at_ms <= stamp.at_ms:
        problems.refuse("/expiresAt", "in_past")


def _scopes(value: Any, at: str, problems: Problems) -> Any:
    return problems.refuse(at, "scopes_empty") if value == [] else _SCOPE_SET(value, at, problems)


def _fixed(value: Any, at: str, problems: Problems) -> Any:
    return problems.refuse(at, "scopes_fixed")


def _shown(at_ms: int | None) -> str | None:
    return None if at_ms is None else show_instant(at_ms)


_SCOPE_SET = set_of(one_of(*SCOPES), limit=100)
_NAME = Field("name", name, UNSET)
_SCOPES = Field("scopes", _scopes, DEFAULT_SCOPES)
_EXPIRY = Field("expires_at_ms", instant)
