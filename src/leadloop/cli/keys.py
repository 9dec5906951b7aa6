"""`leadloop keys`: the API keys of an account. A key is shown once, when it is created."""

import re
from datetime import UTC, datetime
from typing import Annotated

from cyclopts import App, Parameter

from leadloop.app import clock, pepper_of
from leadloop.cli.database import AccountId, known_account, opened, run
from leadloop.cli.output import AsJson, Failed, iso, moment, show_json, show_table
from leadloop.core.keys import DEFAULT_SCOPES, ID_LENGTH, SCOPES, ApiKey, mint
from leadloop.settings import DATABASE_DEFAULTS, DatabaseSettings

DAY_MS = 86_400_000
_WHOLE_DAYS = re.compile(r"([0-9]{1,5})d?")

app = App(name="keys", help="Create, list and revoke API keys.")


@app.command
def create(
    *,
    account: AccountId = None,
    name: Annotated[str, Parameter(help="What the key is for.")],
    scopes: Annotated[str, Parameter(help=f"What it may do, separated by commas: {', '.join(SCOPES)}.")] = ",".join(
        DEFAULT_SCOPES
    ),
    expires: Annotated[str | None, Parameter(help="When it ends: in so many days, or 2030-12-31T23:59:59Z.")] = None,
    test: Annotated[bool, Parameter(negative=(), help="Mark it as a key for tests (ll_test_...).")] = False,
    json: AsJson = False,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> int:
    """Create an API key and show it, this once."""
    now_ms = clock()
    ends_ms = _end(expires, now_ms)
    wanted = list(dict.fromkeys(scope.strip() for scope in scopes.split(",") if scope.strip()))
    if not name.strip() or len(name) > 200 or not name.isprintable():
        raise Failed("the name of a key has 1 to 200 characters")
    if not wanted:
        raise Failed("a key needs a scope: leave --scopes out for the usual ones")

    async def command() -> tuple[ApiKey, str]:
        async with opened(settings, may_make=True) as store:
            owner = await known_account(store, account)
            pepper = await pepper_of(settings, store)
            try:
                key, text = mint(owner.id, name.strip(), wanted, pepper, now_ms, expires_at_ms=ends_ms, test=test)
            except ValueError as error:
                raise Failed(str(error)) from None
            await store.keys.add(key)
            return key, text

    key, text = run(settings, command)
    if json:
        show_json({"id": key.id, "key": text, "account": key.account_id, "scopes": key.scopes})
    else:
        print(f"created the key {key.name} ({', '.join(key.scopes)}); it is shown this once, keep it safe:\n\n{text}\n")
    return 0


@app.command(name="list")
def list_all(*, account: AccountId = None, json: AsJson = False, settings: DatabaseSettings = DATABASE_DEFAULTS) -> int:
    """List an account's keys, without their secrets."""

    async def command() -> tuple[str, list[ApiKey]]:
        async with opened(settings) as store:
            owner = await known_account(store, account)
            return owner.id, await store.keys.of_account(owner.id)

    account_id, keys = run(settings, command)
    if json:
        show_json([_public(key) for key in keys])
    elif keys:
        titles = ["id", "name", "scopes", "created", "last used", "state"]
        show_table(titles, [_row(key, clock()) for key in keys])
    else:
        print(f"no keys yet: leadloop keys create --account {account_id} --name ...")
    return 0


@app.command
def revoke(
    key_id: Annotated[str, Parameter(help="The id of the key, or the key itself.")],
    /,
    *,
    account: AccountId = None,
    json: AsJson = False,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> int:
    """Revoke a key: within 5 seconds it is refused everywhere."""
    found = re.fullmatch(rf"(?:ll_(?:live|test)_)?([0-9A-Za-z]{{{ID_LENGTH}}})(?:_[0-9A-Za-z]*)?", key_id)
    if found is None:
        raise Failed(f"the id of a key has {ID_LENGTH} letters and digits: `leadloop keys list` shows it")

    async def command() -> bool:
        async with opened(settings) as store:
            owner = await known_account(store, account)
            return await store.keys.revoke(owner.id, found[1], clock())

    if not run(settings, command):
        raise Failed("the account has no such key, or it is revoked already")
    if json:
        show_json({"id": found[1], "revoked": True})
    else:
        print(f"revoked the key {found[1]}")
    return 0


def _end(text: str | None, now_ms: int) -> int | None:
    """Milliseconds; days count from now, and a time without a zone is UTC."""
    if text is None:
        return None
    if days := _WHOLE_DAYS.fullmatch(text):
        at_ms = now_ms + int(days[1]) * DAY_MS
    else:
        try:
            at = datetime.fromisoformat(text)
            at_ms = int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
        except (ValueError, OverflowError):
            raise Failed("--expires takes a number of days, or a time like 2030-12-31T23:59:59Z") from None
    if at_ms <= now_ms:
        raise Failed("--expires is in the past")
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
