"""`leadloop accounts`: the customers of this instance."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from cyclopts import App, Parameter
from msgspec import structs

from leadloop.app import clock
from leadloop.app.records import default_regions
from leadloop.cli.command import Result, command
from leadloop.cli.database import AccountId, open_account, open_database
from leadloop.cli.options import given_options, list_value, option, text_value, wire_name
from leadloop.cli.output import CommandError, has_typed, iso, moment, table
from leadloop.core import account_settings
from leadloop.core.accounts import Account
from leadloop.core.ids import new_id, system_stamp
from leadloop.core.store import Store
from leadloop.settings import DATABASE_DEFAULTS, DatabaseSettings

QUESTION = "to delete the account {} with all its leads, type its name:"
NOTICE_S = 5.0
"""Within this time all servers refuse a deleted key."""
RECENT_MS = 120_000
"""A use is recorded at most a minute late."""

app = App(name="accounts", help="Create, list, change and delete accounts.")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class AccountOptions:
    """All are texts: the API's rules for bodies validate them."""

    country: Annotated[
        str | None,
        option("The country, such as BR or US, of phones without a country code. A change renews all matching keys."),
    ] = None
    currency: Annotated[str | None, option("The currency of its leads, such as BRL or USD.")] = None
    time_zone: Annotated[str | None, option("The zone whose days count, such as America/Sao_Paulo.")] = None
    language: Annotated[str | None, option("en or pt-BR, for people who have not chosen one.")] = None
    agents_see: Annotated[
        str | None,
        option("own lets agents see their own leads and unowned ones of their units, all lets them see all."),
    ] = None
    contact_goal_minutes: Annotated[
        str | None, option("Within how many minutes of office hours a new lead is to be contacted.")
    ] = None
    office_hours: Annotated[
        str | None, option('JSON such as {"monday": [{"from": "08:00", "to": "18:00"}]}; absent days are closed.')
    ] = None
    stage_order: Annotated[str | None, option("The account's own stages in the order of the board.")] = None

    def json(self) -> dict[str, Any]:
        """Raises `CommandError` for office hours that are not JSON."""
        return {wire_name(name): _READ.get(name, text_value)(value) for name, value in given_options(self).items()}


OPTIONS = AccountOptions()


@app.command
@command
async def create(
    *,
    name: Annotated[str, Parameter(help="The name of the account.")],
    mode: Annotated[
        Literal["live", "test"],
        Parameter(help="An account of mode test sends webhooks to loopback only, and its keys are ll_test_. For good."),
    ] = "live",
    options: AccountOptions = OPTIONS,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """Create an account; also the embedded database, if it does not exist. Separate the items of a list by commas."""
    now_ms = clock()
    blank = Account(id=new_id(now_ms), name="-", created_at_ms=now_ms, is_test=mode == "test")
    account = structs.replace(blank, **account_settings.read({"name": name, **options.json()}, blank))
    async with open_database(settings, may_create=True) as store:
        await store.accounts.add(account)
    text = f"created the account {account.name}: {account.id}"
    next_step = f"next: leadloop keys create --account {account.id} --name first"
    return Result(_public(account), f"{text}\n{next_step}")


@app.command
@command
async def update(
    *,
    account: AccountId = None,
    name: Annotated[str | None, Parameter(help="The new name.")] = None,
    require_version: Annotated[
        bool | None, Parameter(help="Whether changing a lead requires If-Match or Leadloop-Base-Version.")
    ] = None,
    auto_attribution: Annotated[
        bool | None, Parameter(help="Whether leads without a user are assigned one: see docs/catalogue.md.")
    ] = None,
    options: AccountOptions = OPTIONS,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """Change an account; omitted options stay unchanged, an empty text restores the default. Servers notice within 5
    seconds. Separate the items of a list by commas."""
    members = {"name": name, "requireVersion": require_version, "autoAttribution": auto_attribution}
    body = {member: value for member, value in members.items() if value is not None} | options.json()
    async with open_account(settings, account) as (store, current):
        changed = await account_settings.change(store, system_stamp(clock()), current.id, body)
    return Result(_public(changed), _rules(changed))


@app.command(name="list")
@command
async def list_all(*, settings: DatabaseSettings = DATABASE_DEFAULTS) -> Result:
    """List all accounts."""
    async with open_database(settings) as store:
        accounts = await store.accounts.all()
    rows = [
        [account.id, account.name, "test" if account.is_test else "live", moment(account.created_at_ms)]
        for account in accounts
    ]
    nothing = "no accounts yet: leadloop accounts create --name ..."
    return Result([_public(account) for account in accounts], table(["id", "name", "mode", "created"], rows, nothing))


@app.command
@command
async def delete(
    *,
    account: Annotated[str, Parameter(help="The id of the account.")],
    yes: Annotated[bool, Parameter(negative=(), help="Delete it without asking for its name.")] = False,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """Delete an account with all its leads, keys and webhooks, and the people who are in no other account. Nothing
    restores them but a backup. You can interrupt it and run it again."""
    async with open_database(settings) as store:
        stored = await store.accounts.get(account)
        if stored is None and not yes:
            raise CommandError("there is no such account; add --yes to delete what an interrupted deletion has left")
        if stored is not None and not yes and not await has_typed(QUESTION.format(stored.name), stored.name):
            raise CommandError("the name is another one: nothing was deleted")
        is_in_use = await _is_in_use(store, account)
        await store.accounts.delete(account)
        if is_in_use:  # what servers have written since the keys were deleted
            await asyncio.sleep(NOTICE_S)
            await store.accounts.delete(account)
    return Result({"id": account, "deleted": True}, f"deleted the account {account} with all its rows")


async def _is_in_use(store: Store, account_id: str) -> bool:
    used = [key.last_used_at_ms for key in await store.keys.of_account(account_id)]
    return max((at_ms for at_ms in used if at_ms is not None), default=0) > clock() - RECENT_MS


def _rules(account: Account) -> str:
    needs = "only with If-Match or a base version" if account.asks_version else "without preconditions"
    unowned = "assigned one" if account.auto_attribution else "left without one"
    seen = "their own leads and unowned ones of their units" if account.agents_see_own else "all leads"
    named = {"currency": account.currency, "time zone": account.time_zone, "language": account.language}
    return f"""\
the account {account.name} ({account.id}): leads are changed {needs}
leads without a user are {unowned}; agents see {seen}
phones without a country are read as {account.country or default_regions()}
{"; ".join(f"{name}: {value or 'not set'}" for name, value in named.items())}"""


def _public(account: Account) -> dict[str, object]:
    return {**account_settings.show(account), "createdAt": iso(account.created_at_ms)}


def _number(value: str) -> int | str | None:
    return int(value) if value.isascii() and value.isdecimal() else text_value(value)


def _hours(value: str) -> Any:
    try:
        return msgspec.json.decode(value) if value else None
    except msgspec.DecodeError:
        raise CommandError('--office-hours takes JSON such as {"monday": [{"from": "08:00", "to": "18:00"}]}') from None


_READ: dict[str, Callable[[str], Any]] = {
    "contact_goal_minutes": _number,
    "office_hours": _hours,
    "stage_order": list_value,
}
