"""The API keys of an account: `/api/v1/keys` (docs/people.md)."""

from typing import Any

from leadloop.api.call import Answer, Call, Route, Takes
from leadloop.api.envelope import success
from leadloop.api.own.account import load_account
from leadloop.api.own.lists import PAGE_PARAMETERS, page, read_limit
from leadloop.api.own.once import CREATED, create_once
from leadloop.api.queries import decode_token, parse_parameter
from leadloop.core import key_management
from leadloop.core.errors import Problem
from leadloop.core.keys import ApiKey
from leadloop.core.writes.idempotency import AnswerKey

SCOPE = "keys:manage"

_REVOKED: dict[str, tuple[bool, ...]] = {"true": (True,), "false": (False,), "all": (True, False)}


def routes() -> list[Route]:
    keys, key = "/api/v1/keys", "/api/v1/keys/{key_id}"
    return [
        Route("GET", keys, SCOPE, list_keys, query=(*PAGE_PARAMETERS, "revoked")),
        Route("POST", keys, SCOPE, create, Takes.NEW),
        Route("GET", key, SCOPE, get),
        Route("PATCH", key, SCOPE, update, Takes.OBJECT),
        Route("POST", key + "/revoke", SCOPE, revoke),
    ]


async def list_keys(call: Call) -> Answer:
    """Newest first; without `revoked` those that are not revoked."""
    limit, request, account = read_limit(call), call.request, await load_account(call)
    wanted = parse_parameter(request, "revoked", _REVOKED.get, Problem("archived_expected")) or _REVOKED["false"]
    before = parse_parameter(request, "cursor", _cursor, Problem("list_cursor_expected", member="nextCursor"))
    keys = [
        key
        for key in sorted(await call.store.keys.of_account(account.id), key=_position, reverse=True)
        if (key.revoked_at_ms is not None) in wanted and (before is None or _position(key) < before)
    ]
    return page("keys", keys, limit, lambda key: key_management.show(key, is_test=account.is_test), _position)


async def get(call: Call) -> Answer:
    return await _answer(call, await key_management.find(call.store, call.caller.account_id, _key_id(call)))


async def create(call: Call) -> Answer:
    account, pepper = await load_account(call), call.context.guard.pepper

    async def create(answer_key: AnswerKey | None) -> Answer:
        key, text = await key_management.create(
            call.store, call.stamp, account, call.caller.scopes, call.body, pepper, answer_key
        )
        return await _answer(call, key, CREATED, {"key": text, "warnings": _warnings(key)})

    async def replay(key_id: str) -> Answer:
        key = await key_management.find(call.store, account.id, key_id)
        return await _answer(call, key, CREATED, {"warnings": _warnings(key)})

    return await create_once(call, create, replay)


async def update(call: Call) -> Answer:
    key = await key_management.change(call.store, call.stamp, call.caller.account_id, _key_id(call), call.body)
    return await _answer(call, key)


async def revoke(call: Call) -> Answer:
    key = await key_management.revoke(call.store, call.stamp, call.caller.account_id, _key_id(call))
    return await _answer(call, key)


async def _answer(call: Call, key: ApiKey, status: int = 200, more: dict[str, Any] | None = None) -> Answer:
    is_test = (await load_account(call)).is_test
    return success({**key_management.show(key, is_test=is_test), **(more or {})}, status=status)


def _warnings(key: ApiKey) -> list[str]:
    return [problem.text for problem in key_management.warnings(key)]


def _position(key: ApiKey) -> tuple[int, str]:
    return key.created_at_ms, key.id


def _cursor(text: str) -> tuple[int, str] | None:
    return decode_token(text, tuple[int, str])


def _key_id(call: Call) -> str:
    key_id: str = call.request.path_params["key_id"]
    return key_id
