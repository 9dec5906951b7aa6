"""`leadloop keys`: the API keys of an account. Only `create` shows a key."""

import re
from typing import Annotated

from cyclopts import App, Parameter

from leadloop.app import clock, pepper_of
from leadloop.cli.command import Result, command
from leadloop.cli.database import AccountId, open_account
from leadloop.cli.options import time_value
from leadloop.cli.output import CommandError, iso, moment, table
from leadloop.core.keys import DEFAULT_SCOPES, ID_LENGTH, SCOPES, ApiKey, mint
from leadloop.settings import DATABASE_DEFAULTS, DatabaseSettings

DAY_MS = 86_400_000
_WHOLE_DAYS = re.compile(r"([0-9]{1,5})d?")

app = App(name="keys", help="Create, list and revoke API keys.")


@app.command
@command
async def create(
    *,
    account: AccountId = None,
    name: Annotated[str, Parameter(help="What the key is for.")],
    scopes: Annotated[str, Parameter(help=f"What it permits, separated by commas: {', '.join(SCOPES)}.")] = ",".join(
        DEFAULT_SCOPES
    ),
    expires: Annotated[str | None, Parameter(help="When it expires: in so many days, or 2030-12-31T23:59:59Z.")] = None,
    test: Annotated[bool, Parameter(negative=(), help="Mark it as a test key (ll_test_...).")] = False,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """Create an API key and show it once."""
    now_ms = clock()
    expires_ms = _expiry_ms(expires, now_ms)
    scope_names = list(dict.fromkeys(scope.strip() for scope in scopes.split(",") if scope.strip()))
    if not name.strip() or len(name) > 200 or not name.isprintable():
        raise CommandError("--name must have 1 to 200 printable characters")
    if not scope_names:
        raise CommandError("--scopes must name at least one scope; omit it for the default ones")
    async with open_account(settings, account, may_create=True) as (store, owner):
        pepper = await pepper_of(settings, store)
        try:
            key, secret = mint(owner.id, name.strip(), scope_names, pepper, now_ms, expires_at_ms=expires_ms, test=test)
        except ValueError as error:
            raise CommandError(str(error)) from None
        await store.keys.add(key)
    value = {"id": key.id, "key": secret, "account": key.account_id, "scopes": key.scopes}
    sentence = f"created the key {key.name} ({', '.join(key.scopes)}); it is shown only once, keep it safe:"
    return Result(value, f"{sentence}\n\n{secret}\n")


@app.command(name="list")
@command
async def list_all(*, account: AccountId = None, settings: DatabaseSettings = DATABASE_DEFAULTS) -> Result:
    """List an account's keys, without their secrets."""
    async with open_account(settings, account) as (store, owner):
        keys = await store.keys.of_account(owner.id)
    titles = ["id", "name", "scopes", "created", "last used", "state"]
    nothing = f"no keys yet: leadloop keys create --account {owner.id} --name ..."
    return Result([_public(key) for key in keys], table(titles, [_row(key, clock()) for key in keys], nothing))


@app.command
@command
async def revoke(
    key_id: Annotated[str, Parameter(help="The id of the key, or the key itself.")],
    /,
    *,
    account: AccountId = None,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """Revoke a key: all servers refuse it within 5 seconds."""
    match = re.fullmatch(rf"(?:ll_(?:live|test)_)?([0-9A-Za-z]{{{ID_LENGTH}}})(?:_[0-9A-Za-z]*)?", key_id)
    if match is None:
        raise CommandError(f"the id of a key has {ID_LENGTH} letters and digits: `leadloop keys list` shows it")
    async with open_account(settings, account) as (store, owner):
        is_revoked = await store.keys.revoke(owner.id, match[1], clock())
    if not is_revoked:
        raise CommandError("there is no such key in the account, or it is already revoked")
    return Result({"id": match[1], "revoked": True}, f"revoked the key {match[1]}")


def _expiry_ms(text: str | None, now_ms: int) -> int | None:
    """Milliseconds; days count from now, and a time without a zone is UTC."""
    if text is None:
        return None
    days = _WHOLE_DAYS.fullmatch(text)
    at_ms = now_ms + int(days[1]) * DAY_MS if days else time_value(text)
    if at_ms is None:
        raise CommandError("--expires must be a number of days, or a time such as 2030-12-31T23:59:59Z")
    if at_ms <= now_ms:
        raise CommandError("--expires must be in the future")
    return at_ms


def _public(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": key.scopes,
        "createdAt": iso(key.created_at_ms),
        "expiresAt": iso(key.expires_at_ms),
        "revokedAt": iso(key.revoked_at_ms),
        "lastUsedAt": iso(key.last_used_at_ms),
    }


def _row(key: ApiKey, now_ms: int) -> list[str]:
    state = "valid"
    if key.revoked_at_ms is not None:
        state = "revoked"
    elif not key.valid_at(now_ms):
        state = "expired"
    elif key.expires_at_ms is not None:
        state = f"valid until {moment(key.expires_at_ms)}"
    return [key.id, key.name, ", ".join(key.scopes), moment(key.created_at_ms), moment(key.last_used_at_ms), state]
