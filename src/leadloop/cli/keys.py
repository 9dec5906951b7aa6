"""`leadloop keys`: the API keys of an account. Only `create` shows a key."""

import re
from typing import Annotated

from cyclopts import App, Parameter

from leadloop.app import clock, pepper_of
from leadloop.cli.command import Result, command
from leadloop.cli.database import AccountId, open_account
from leadloop.cli.options import time_value
from leadloop.cli.output import CommandError, iso, moment, table
from leadloop.core import key_management
from leadloop.core.ids import system_stamp
from leadloop.core.keys import DEFAULT_SCOPES, ID_LENGTH, SCOPES, ApiKey
from leadloop.settings import DATABASE_DEFAULTS, DatabaseSettings

DAY_MS = 86_400_000
NO_TEST_KEYS = (
    "ll_test_ keys are created in accounts of mode test only: create one with `leadloop accounts create --mode test`"
)
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
    test: Annotated[bool, Parameter(negative=(), show=False)] = False,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """Create an API key and show it once. In an account of mode test it begins with ll_test_, else with ll_live_."""
    expires_ms = _expiry_ms(expires, clock())
    names = list(dict.fromkeys(scope.strip() for scope in scopes.split(",") if scope.strip()))
    body = {"name": name, "scopes": names} | ({} if expires_ms is None else {"expiresAt": iso(expires_ms)})
    async with open_account(settings, account, may_create=True) as (store, owner):
        if test and not owner.is_test:
            raise CommandError(NO_TEST_KEYS)
        pepper = await pepper_of(settings, store)
        key, secret = await key_management.create(store, system_stamp(clock()), owner, SCOPES, body, pepper)
    value = {**key_management.show(key, is_test=owner.is_test), "account": owner.id, "key": secret}
    sentence = f"created the key {key.name} ({', '.join(key.scopes)}); it is shown only once, keep it safe:"
    notes = [problem.text for problem in key_management.warnings(key)]
    return Result(value, f"{sentence}\n\n{secret}\n", notes)


@app.command(name="list")
@command
async def list_all(*, account: AccountId = None, settings: DatabaseSettings = DATABASE_DEFAULTS) -> Result:
    """List an account's keys, without their secrets."""
    async with open_account(settings, account) as (store, owner):
        keys = await store.keys.of_account(owner.id)
    titles = ["id", "name", "scopes", "created", "last used", "state"]
    nothing = f"no keys yet: leadloop keys create --account {owner.id} --name ..."
    shown = [key_management.show(key, is_test=owner.is_test) for key in keys]
    return Result(shown, table(titles, [_row(key, clock()) for key in keys], nothing))


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
        await key_management.revoke(store, system_stamp(clock()), owner.id, match[1])
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


def _row(key: ApiKey, now_ms: int) -> list[str]:
    state = "valid"
    if key.revoked_at_ms is not None:
        state = "revoked"
    elif not key.valid_at(now_ms):
        state = "expired"
    elif key.expires_at_ms is not None:
        state = f"valid until {moment(key.expires_at_ms)}"
    return [key.id, key.name, ", ".join(key.scopes), moment(key.created_at_ms), moment(key.last_used_at_ms), state]
