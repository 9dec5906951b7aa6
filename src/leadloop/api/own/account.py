"""The settings of the caller's account, and its audit trail: `/api/v1/account`, `/api/v1/audit` (docs/people.md)."""

from typing import Any

from leadloop.api.call import Answer, Call, Route, Takes
from leadloop.api.envelope import success
from leadloop.api.own.lists import PAGE_PARAMETERS, page, read_id_cursor, read_limit
from leadloop.api.queries import parse_parameter, parse_rfc3339, read_text
from leadloop.core import account_settings
from leadloop.core.accounts import Account
from leadloop.core.errors import AccountNotFound, Problem
from leadloop.core.instants import show_instant
from leadloop.core.people.model import AuditEntry

READ, MANAGE = "leads:read", "account:manage"


def routes() -> list[Route]:
    return [
        Route("GET", "/api/v1/account", READ, get),
        Route("PATCH", "/api/v1/account", MANAGE, update, Takes.OBJECT),
        Route("GET", "/api/v1/audit", MANAGE, list_audit, query=(*PAGE_PARAMETERS, "actor", "action", "since")),
    ]


async def get(call: Call) -> Answer:
    return success(account_settings.show(await load_account(call)))


async def update(call: Call) -> Answer:
    changed = await account_settings.change(call.store, call.stamp, call.caller.account_id, call.body)
    return success(account_settings.show(changed))


async def list_audit(call: Call) -> Answer:
    """Newest first."""
    limit, before, request = read_limit(call), read_id_cursor(call), call.request
    since_ms = parse_parameter(request, "since", parse_rfc3339, Problem("instant_expected"))
    entries = await call.store.audit.page(
        call.caller.account_id,
        before,
        limit + 1,
        actor=read_text(request, "actor"),
        action=read_text(request, "action"),
        since_ms=since_ms or 0,
    )
    return page("entries", entries, limit, _show_entry, lambda entry: entry.id)


async def load_account(call: Call) -> Account:
    """Raises `AccountNotFound` for an account that was deleted a moment ago."""
    account = await call.store.accounts.get(call.caller.account_id)
    if account is None:
        raise AccountNotFound
    return account


def _show_entry(entry: AuditEntry) -> dict[str, Any]:
    return {
        "at": show_instant(entry.at_ms),
        "actor": entry.actor,
        "action": entry.action,
        "object": entry.object,
        "requestId": entry.request_id,
    }
